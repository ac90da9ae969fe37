"""The kinds of what an organization does not want to keep of its conversations."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


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

    @property
    def called(self) -> str:
        """As people read it."""
        return _CALLED[self]


_CALLED: Final = {
    RedactedKind.CARD: "Card numbers",
    RedactedKind.CVV: "Codes of cards (CVV)",
    RedactedKind.SSN_SIN: "Social security and social insurance numbers",
    RedactedKind.BANK: "Bank accounts (IBAN, routing and account numbers)",
    RedactedKind.EMAIL: "E-mail addresses",
    RedactedKind.PHONE: "Telephone numbers that are told",
    RedactedKind.BIRTH_DATE: "Dates of birth",
    RedactedKind.DIGITS: "Digits",
}


# Those that an organization can ask for.
KINDS = tuple(kind for kind in RedactedKind if kind is not RedactedKind.DIGITS)
_KNOWN = {str(kind): kind for kind in KINDS}

Kinds = frozenset[RedactedKind]
NONE: Kinds = frozenset()


def kinds_of(names: str) -> Kinds:
    """The kinds of these names, apart by blanks; names that are none are left out."""
    return frozenset(_KNOWN[name] for name in names.split() if name in _KNOWN) if names else NONE


def names_of(kinds: Iterable[str]) -> str:
    """As `kinds_of` reads them, in their order."""
    wanted = set(map(str, kinds))
    return " ".join(kind for kind in KINDS if kind in wanted)


def in_words(names: str) -> str:
    """The kinds of these names as people read them: `Card numbers, Dates of birth`."""
    return ", ".join(kind.called for kind in KINDS if kind in kinds_of(names))
