"""Who sent a webhook: https://elevenlabs.io/docs/eleven-api/resources/webhooks#authentication

The official package verifies the past only and compares byte by byte until one differs; this does neither.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from calls.providers.verdicts import Verdict, is_same, verdict_of_age

HEADER = "ElevenLabs-Signature"
# The first is documented. The second is ours: clocks differ by seconds, not by more.
OLDEST_SECONDS = 30 * 60
AHEAD_SECONDS = 5 * 60

_MOST_PARTS = 16
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def sign(*, body: bytes, secret: str, timestamp: int) -> str:
    """The header that ElevenLabs sends: `t=<unix seconds>,v0=<hex>`."""
    return f"t={timestamp},v0={_digest(body, secret, str(timestamp))}"


def verify(*, header: str | None, body: bytes, secret: str, now: float) -> Verdict:
    """The verdict on a delivery's raw body; `now` in Unix seconds."""
    if not secret:
        return Verdict.NOT_CONFIGURED
    if not header:
        return Verdict.MISSING
    parts = [part.strip().partition("=") for part in header.split(",", _MOST_PARTS)]
    timestamps = [value for name, _, value in parts if name == "t"]
    # More than one while a secret is being replaced.
    digests = [value for name, _, value in parts if name == "v0"]
    if len(timestamps) != 1 or not _TIMESTAMP.fullmatch(timestamps[0]) or not digests:
        return Verdict.MALFORMED
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        return Verdict.MALFORMED
    expected = _digest(body, secret, timestamps[0])
    if not any(is_same(digest, expected) for digest in digests):
        return Verdict.WRONG
    return verdict_of_age(now - int(timestamps[0]), oldest=OLDEST_SECONDS, ahead=AHEAD_SECONDS)


def verify_bearer(*, authorization: str | None, secret: str) -> Verdict:
    """The verdict on what carries no signature: tools and personalization, with our own secret as a Bearer token.

    https://elevenlabs.io/docs/eleven-agents/customization/tools/server-tools
    """
    if not secret:
        return Verdict.NOT_CONFIGURED
    if not authorization:
        return Verdict.MISSING
    token = bearer_of(authorization)
    if token is None:
        return Verdict.MALFORMED
    return Verdict.VALID if is_same(token, secret) else Verdict.WRONG


def bearer_of(authorization: str) -> str | None:
    """The secret in the header; None where there is none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _digest(body: bytes, secret: str, timestamp: str) -> str:
    digest = hmac.new(secret.encode(), timestamp.encode() + b".", hashlib.sha256)
    # Beside it, so that a body with a recording is not copied.
    digest.update(body)
    return digest.hexdigest()
