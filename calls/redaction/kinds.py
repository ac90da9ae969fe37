"""The kinds of what is redacted, and where one was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class RedactedKind(StrEnum):
    """On the wire and in masks: `[card]`."""

    CARD = "card"
    CVV = "cvv"
    SSN_SIN = "ssn_sin"
    BANK = "bank"
    EMAIL = "email"
    PHONE = "phone"
    BIRTH_DATE = "birth_date"
    # Of a call that goes on: digits that may be the beginning of any of these. No organization asks for it by name.
    DIGITS = "digits"

    @property
    def mask(self) -> str:
        return f"[{self.value}]"


# Those that an organization can ask for.
KINDS = tuple(kind for kind in RedactedKind if kind is not RedactedKind.DIGITS)


def kinds_of(names: Iterable[str]) -> frozenset[RedactedKind]:
    """The kinds of these names; names that are none are left out."""
    known = {str(kind): kind for kind in KINDS}
    return frozenset(known[name] for name in names if name in known)


@dataclass(frozen=True, slots=True)
class Finding:
    """`turn` counts from 0; `begin` and `end` are characters of its text. What spans turns is one finding of each."""

    turn: int
    begin: int
    end: int
    kind: RedactedKind


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds from the start of the audio."""

    begin: float
    end: float
