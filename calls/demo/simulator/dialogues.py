"""What is said on a simulated call: the demo's dialogues, with their recordings.

calls/demo/dialogues.py reads the same file into values of the application, which nothing in this package may import.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

# Data of the package calls.demo, read as files: nothing of the application is imported here.
_FOLDER = Path(__file__).resolve().parents[1]
# The ones in which the agent is called, as a caller's dialogue should be.
_INBOUND = (2, 3)


@dataclass(frozen=True, slots=True)
class Turn:
    role: str
    message: str
    timestamp: float


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`duration` in seconds, that of the recording."""

    agent_name: str
    summary: str
    duration: float
    turns: tuple[Turn, ...]
    file: Path

    @property
    def recording(self) -> bytes:
        """An MP3."""
        return _read(self.file)


@functools.cache
def dialogues() -> tuple[Dialogue, ...]:
    documents = json.loads((_FOLDER / "dialogues.json").read_text(encoding="utf-8"))
    return tuple(
        Dialogue(
            agent_name=document["agentName"],
            summary=document["summary"],
            duration=document["duration"],
            turns=tuple(Turn(turn["role"], turn["message"], turn["timestamp"]) for turn in document["turns"]),
            file=_FOLDER / "audio" / document["audio"],
        )
        for document in documents
    )


def dialogue_with(number: str, *, inbound: bool) -> Dialogue:
    """The same number always has the same to say: its last digit chooses."""
    digit = last_digit(number)
    everything = dialogues()
    return everything[_INBOUND[digit % len(_INBOUND)]] if inbound else everything[digit % len(everything)]


def last_digit(number: str) -> int:
    """0 for what does not end in one, such as the name of a browser client."""
    return int(number[-1]) if number[-1:].isascii() and number[-1:].isdigit() else 0


@functools.cache
def _read(file: Path) -> bytes:
    return file.read_bytes()
