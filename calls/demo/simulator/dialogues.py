"""What is said on a simulated call: the demo's dialogues, with their recordings.

calls/demo/dialogues.py reads the same file into values of the application, which nothing in this package may import.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

# Data of the package calls.demo, read as files: nothing of the application is imported here.
_FOLDER = Path(__file__).resolve().parents[1]
# The ones in which the agent is called, as a caller's dialogue should be, and the one that ends at a mailbox.
_INBOUND = (2, 3)
_VOICEMAIL = 4
# A sentence that has been told no end of its own.
_ENDS = (".", "!", "?")
# Where the words of a dial go.
_PLACE = re.compile(r"\{[a-z]+\}")


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

    def put(self, **words: str) -> Dialogue:
        """The same with these words in place of `{name}` of each, where they are read; one hears chimes there."""
        places = {f"{{{name}}}": text for name, text in words.items()}

        def filled(text: str) -> str:
            return _PLACE.sub(lambda match: places.get(match[0], match[0]), text)

        turns = tuple(replace(turn, message=filled(turn.message)) for turn in self.turns)
        return replace(self, agent_name=filled(self.agent_name), summary=filled(self.summary), turns=turns)

    def screened(self) -> Dialogue:
        """The same after a telephone has asked who is calling and why; its recording begins behind that."""
        asked = (
            Turn("user", "This call is screened. Please say your name, and why you are calling.", 0.0),
            Turn("agent", f"This is {self.agent_name}. I have a short question.", 0.0),
            Turn("user", "Thank you. Please hold.", 0.0),
        )
        return replace(self, turns=(*asked, *self.turns))

    def spoken_by(self, agent: str) -> Dialogue:
        """The same where it is read, with another agent's name; its recording keeps the one that was spoken."""
        own = re.compile(rf"\b{re.escape(self.agent_name.partition(' ')[0])}\b")
        turns = tuple(replace(turn, message=own.sub(lambda _: agent, turn.message)) for turn in self.turns)
        return replace(self, agent_name=agent, summary=own.sub(lambda _: agent, self.summary), turns=turns)


def dialogues() -> tuple[Dialogue, ...]:
    """Those that are whole."""
    return _read_dialogues("dialogues.json")


@functools.cache
def _read_dialogues(name: str) -> tuple[Dialogue, ...]:
    documents = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
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


def dialogue_about(reason: str, number: str, *, agent: str) -> Dialogue:
    """What `agent` says who was told why to call: to the customer, or to the mailbox of a number that has one."""
    task, voicemail = _read_dialogues("tasks.json")
    is_voicemail = last_digit(number) == _VOICEMAIL
    reason = " ".join(reason.split())
    told = reason if reason.endswith(_ENDS) else f"{reason}."
    return (voicemail if is_voicemail else task).put(agent=agent, reason=told)


def last_digit(number: str) -> int:
    """0 for what does not end in one, such as the name of a browser client."""
    return int(number[-1]) if number[-1:].isascii() and number[-1:].isdigit() else 0


@functools.cache
def _read(file: Path) -> bytes:
    return file.read_bytes()
