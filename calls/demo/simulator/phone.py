"""A call between two telephones, as far as all providers agree on what that is."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from calls.demo.simulator.callbacks import Callback
from calls.demo.simulator.dialogues import Dialogue, Turn, last_digit

# Of what was sent for one call, so much is remembered.
_KEPT_CALLBACKS = 60
_MOMENT = 0.01
_SCREENED = "33"


class Outcome(StrEnum):
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    # The provider itself says no: there is no call.
    REFUSED = "refused"
    # The provider dials, and does not get round to saying so.
    UNHEARD = "unheard"
    # Completed, with every callback sent twice and the last one first.
    DOUBLED = "doubled"
    # The caller hangs up while it rings. No number is like that; inbound calls can be started with it.
    CANCELED = "canceled"
    # An answering machine takes the call, and what is said is left there.
    VOICEMAIL = "voicemail"
    # A telephone that screens calls asks who is calling and why, before its owner answers.
    SCREENED = "screened"


_BY_DIGIT = {
    4: Outcome.VOICEMAIL,
    5: Outcome.BUSY,
    6: Outcome.NO_ANSWER,
    7: Outcome.REFUSED,
    8: Outcome.UNHEARD,
    9: Outcome.DOUBLED,
}


def outcome_of(number: str) -> Outcome:
    """What happens when this number is dialled."""
    if number.endswith(_SCREENED):
        return Outcome.SCREENED
    return _BY_DIGIT.get(last_digit(number), Outcome.COMPLETED)


def new_id(prefix: str, length: int = 32) -> str:
    """`prefix` and so many hex digits."""
    return prefix + secrets.token_hex((length + 1) // 2)[:length]


async def first_of(*events: asyncio.Event) -> None:
    """Wait until one of them is set."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


@dataclass(kw_only=True, eq=False)
class Happening:
    """What callbacks are sent of; `status` in the provider's own words."""

    provider: ClassVar[str]

    id: str
    direction: str
    from_number: str
    to_number: str
    outcome: Outcome
    status: str
    callbacks: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_KEPT_CALLBACKS))
    # Callbacks that are held back, with Outcome.DOUBLED.
    kept: list[Callback] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class PhoneCall(Happening):
    """Times are aware."""

    dialogue: Dialogue
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered: datetime | None = None
    ended: datetime | None = None
    # Set by a request to end the call.
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    picked_up: asyncio.Event = field(default_factory=asyncio.Event)
    # Set when the talk is over; the callbacks come after that.
    over: asyncio.Event = field(default_factory=asyncio.Event)
    # What those do who are rung in their browsers, one after the other; the last one's goes for all who follow.
    people: tuple[Outcome, ...] = ()
    # What those who were rung are told, and their callers do not hear.
    told: list[str] = field(default_factory=list)
    # The part of the dialogue that was spoken, up to 1.
    spoken: float = 0.0
    # When the talk began, by the clock of the event loop, and how many seconds all of it takes.
    _talking: tuple[float, float] | None = field(default=None, init=False)

    async def lasts(self, seconds: float) -> bool:
        """Let so much time pass; False when it was hung up before."""
        try:
            async with asyncio.timeout(seconds):
                await self.hung_up.wait()
        except TimeoutError:
            return True
        return False

    def ring_person(self) -> Outcome:
        """What the next one does; where nothing is told of people, what becomes of the call."""
        if not self.people:
            return self.outcome
        person, *others = self.people
        self.people = tuple(others) or self.people
        return person

    def answer(self) -> None:
        self.answered = datetime.now(UTC)
        self.picked_up.set()

    async def talk(self, seconds: float) -> bool:
        """Speak the dialogue in so many seconds; False when it was hung up before its end."""
        self._talking = (asyncio.get_running_loop().time(), seconds)
        to_the_end = await self.lasts(seconds)
        self.spoken = 1.0 if to_the_end else self._spoken_by_now()
        return to_the_end

    def turns_so_far(self) -> list[Turn]:
        """What has been said by now, in the time that the talk takes here."""
        heard = self.dialogue.duration * max(self.spoken, self._spoken_by_now())
        return [turn for turn in self.dialogue.turns if turn.timestamp <= heard] if self._talking else []

    def seconds_until(self, turn: Turn) -> float:
        """From now until a turn is spoken; a moment at least, and until the talk has begun."""
        if self._talking is None:
            return _MOMENT
        began, seconds = self._talking
        due = began + seconds * turn.timestamp / (self.dialogue.duration or 1.0)
        return max(_MOMENT, due - asyncio.get_running_loop().time())

    def _spoken_by_now(self) -> float:
        if self._talking is None:
            return 0.0
        began, seconds = self._talking
        return 1.0 if seconds <= 0 else min(1.0, (asyncio.get_running_loop().time() - began) / seconds)

    def end(self) -> None:
        self.ended = datetime.now(UTC)
        self.over.set()

    @property
    def duration(self) -> int:
        """Seconds of talk, as on the recording."""
        return round(self.dialogue.duration * self.spoken)

    def as_document(self) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "id": self.id,
            "direction": self.direction,
            "from": self.from_number,
            "to": self.to_number,
            "outcome": self.outcome,
            "status": self.status,
            "duration": self.duration,
            "wasAnswered": self.answered is not None,
            "told": list(self.told),
            "callbacks": list(self.callbacks),
        }
