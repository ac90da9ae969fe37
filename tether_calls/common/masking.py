"""Secrets and people's data where others may read: shown in part, or as a digest."""

from __future__ import annotations

import hashlib
import json

MASK = "********"
_SHOWN = 4
# Of a shorter one, four characters would be too much of it.
_LONG_ENOUGH = 12


def masked(secret: str) -> str:
    """`********wxyz`; nothing of a short secret, and nothing at all of none. The length stays hidden."""
    if not secret:
        return ""
    return MASK + (secret[-_SHOWN:] if len(secret) >= _LONG_ENOUGH else "")


def digest_name(kind: str, *parts: str) -> str:
    """A name for the cache, `kind:` and a digest of the parts: no telephone number or address is stored in it."""
    # As JSON has it, each part has an end: "a", "bc" is not "ab", "c".
    return f"{kind}:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"
