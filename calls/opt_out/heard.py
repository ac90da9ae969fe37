"""How it is known that somebody wants no more calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

# Characters of what was said that are kept beside the transcript.
MAX_TEXT: Final = 200


class HeardBy(StrEnum):
    PHRASE = "phrase"
    TOOL = "tool"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class OptOut:
    """`turn` counts the transcript's turns from 0; None, with no text: it was heard in no transcript.

    `language`: in which it was asked, in two letters; empty where that is not known.
    """

    by: HeardBy
    turn: int | None = None
    text: str = ""
    language: str = ""

    def as_document(self) -> dict[str, Any]:
        return {"by": str(self.by), "turn": self.turn, "text": self.text}
