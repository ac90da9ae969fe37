"""How a secret is shown: enough to tell two apart, too little to be of use."""

from __future__ import annotations

MASK = "********"
_SHOWN = 4
# Of a shorter one, four characters would be too much of it.
_LONG_ENOUGH = 12


def masked(secret: str) -> str:
    """`********wxyz`; nothing of a short secret, and nothing at all of none. The length is not told."""
    if not secret:
        return ""
    return MASK + (secret[-_SHOWN:] if len(secret) >= _LONG_ENOUGH else "")
