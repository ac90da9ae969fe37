"""Whether the people in a call know that it is recorded, and agree: in four words, and as an announcement is heard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

MAX_SOURCE: Final = 100
# So many of the agent's first turns may have the announcement; later it is a word like others.
_FIRST_TURNS: Final = 3
_ANNOUNCED = re.compile(
    r"\b(?:call|line|conversation|appel|communication|llamada|conversacion)\b[^.?!]{0,60}"
    r"\b(?:recorded|recording|enregistree?|enregistres|enregistrement|grabada|grabando|grabacion)\b"
    r"|\brecorded (?:line|call)\b|\b(?:ligne|appel) enregistree?\b|\bllamada grabada\b"
)
_LONGEST: Final = 2_000


class ConsentState(StrEnum):
    """In the order in which they count: whatever is told later, the greatest stays."""

    UNKNOWN = "unknown"
    ANNOUNCED = "announced"
    GRANTED = "granted"
    DENIED = "denied"


_RANK: Final = {str(state): rank for rank, state in enumerate(ConsentState)}


@dataclass(frozen=True, slots=True)
class RecordingConsent:
    """`at`: when it was given, where that is known; `source`: by whose word."""

    state: ConsentState
    at: datetime | None = None
    source: str = ""


def outranks(one: str, other: str) -> bool:
    return _RANK[one] > _RANK[other]


def is_announced(turns: Iterable[tuple[str, str]]) -> bool:
    """Whether the agent says at the beginning, of (role, message), that the call is recorded."""
    left = _FIRST_TURNS
    for role, message in turns:
        if role != "agent":
            continue
        if _ANNOUNCED.search(_plain(message[:_LONGEST])):
            return True
        left -= 1
        if not left:
            return False
    return False


def _plain(text: str) -> str:
    """Small letters without accents."""
    text = text.casefold()
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
