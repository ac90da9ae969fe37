"""What a signature check finds. Anything but VALID is a refusal."""

from __future__ import annotations

import hmac
from enum import StrEnum


class Verdict(StrEnum):
    VALID = "valid"
    MISSING = "missing"  # no signature came with it
    MALFORMED = "malformed"  # not in the provider's form
    WRONG = "wrong"  # not made with this secret over these bytes
    STALE = "stale"  # rightly signed, too long ago
    FUTURE = "future"  # rightly signed, with a clock that is ahead
    AMBIGUOUS = "ambiguous"  # rightly signed, by an account that several organizations have: of which is not known
    NOT_CONFIGURED = "not_configured"  # no secret to check with, which is never a bypass


def is_same(given: str | bytes, expected: str | bytes) -> bool:
    """Compares in constant time; text may be anything that arrives in a header."""
    first, second = (
        value.encode("utf-8", "replace") if isinstance(value, str) else value for value in (given, expected)
    )
    return hmac.compare_digest(first, second)


def verdict_of_age(seconds: float, *, oldest: float, ahead: float) -> Verdict:
    """VALID for a rightly signed delivery of this age; a negative age is a clock that is ahead."""
    if seconds > oldest:
        return Verdict.STALE
    return Verdict.FUTURE if seconds < -ahead else Verdict.VALID
