"""The five dialogues that were really spoken; README.md has how."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from calls.reports import Direction, TranscriptTurn

_FOLDER = Path(__file__).parent

# Who is on the other side, and who called whom: what dialogues.json leaves to the ear.
_CALLERS: dict[str, tuple[str, Direction]] = {
    "appointment.mp3": ("Daniel", "outbound"),
    "insurance-quote.mp3": ("Priya", "outbound"),
    "delivery.mp3": ("Tom", "inbound"),
    "invoice.mp3": ("Grace", "inbound"),
    "voicemail.mp3": ("Sam", "outbound"),
}


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """A recorded conversation; `duration` in seconds."""

    audio: Path
    caller: str
    direction: Direction
    agent_name: str
    summary: str
    duration: float
    turns: tuple[TranscriptTurn, ...]


def dialogues() -> list[Dialogue]:
    return [
        Dialogue(
            audio=_FOLDER / "audio" / entry["audio"],
            caller=_CALLERS[entry["audio"]][0],
            direction=_CALLERS[entry["audio"]][1],
            agent_name=entry["agentName"],
            summary=entry["summary"],
            duration=entry["duration"],
            turns=tuple(TranscriptTurn(**turn) for turn in entry["turns"]),
        )
        for entry in json.loads((_FOLDER / "dialogues.json").read_text(encoding="utf-8"))
    ]
