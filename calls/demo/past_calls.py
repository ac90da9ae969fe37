"""Calls of the last thirty days as a small office has them: invented, and the same at every installation."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calls.demo.dialogues import Dialogue, dialogues
from calls.demo.people import Company, Number, Person
from calls.demo.topics import TOPICS, conversation
from calls.reports import Direction, TranscriptTurn

DAYS = 30
# How long ago the recorded calls were, in hours: some are the newest of all, so that they are seen first.
_RECORDED_HOURS_AGO = (0.1, 0.7, 1.6, 4.2, 6.5, 25, 49, 76, 122, 201, 340, 500)
# The others are older than this, so that those are indeed the newest.
_HOURS_BEFORE_NOW = 2.0

_STATUSES: dict[Direction, dict[str, int]] = {
    "inbound": {"completed": 80, "no-answer": 12, "canceled": 5, "failed": 3},
    "outbound": {"completed": 63, "no-answer": 20, "busy": 8, "canceled": 5, "failed": 4},
}
# Office hours in Toronto, as UTC, with a peak in the morning.
_HOURS = dict(zip(range(12, 24), (2, 6, 11, 12, 9, 6, 8, 9, 7, 5, 3, 1), strict=True))
_WEEKEND_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class PastCall:
    """One call that is over. `ringing` and `duration` in seconds; `agent` is one of ours, `vendor_agent` is not."""

    start: datetime
    provider: str
    direction: Direction
    status: str
    person: Person
    own_number: str
    ringing: float
    duration: float
    agent: str = ""
    vendor_agent: str = ""
    turns: tuple[TranscriptTurn, ...] | None = None
    summary: str = ""
    dialogue: Dialogue | None = None

    @property
    def is_vendors(self) -> bool:
        return self.provider == "external"

    @property
    def is_answered(self) -> bool:
        return self.status == "completed"

    @property
    def answer(self) -> datetime | None:
        """When it was answered; a vendor does not tell."""
        return self.start + timedelta(seconds=self.ringing) if self.is_answered and not self.is_vendors else None

    @property
    def end(self) -> datetime:
        return (self.answer or self.start) + timedelta(seconds=self.duration if self.is_answered else self.ringing)


def past_calls(company: Company, *, now: datetime, count: int, recorded: bool) -> list[PastCall]:
    """`count` calls before `now`, oldest first; with the recorded dialogues among them if they are wanted."""
    # The same calls everywhere, at times of day that depend on when that is; nothing about them is secret.
    chance, clock = random.Random(2212), random.Random(2212)  # noqa: S311
    calls = list(_recorded(company, now)) if recorded else []
    while len(calls) < count:
        calls.append(_invented(company, chance, _moment(clock, now)))
    return sorted(calls, key=lambda call: call.start)


def _recorded(company: Company, now: datetime) -> Iterator[PastCall]:
    """Brought by the system of a vendor, whose agents they name."""
    people = {person.first_name: person for person in company.people}
    spoken = dialogues()
    for position, hours in enumerate(_RECORDED_HOURS_AGO):
        dialogue = spoken[position % len(spoken)]
        yield PastCall(
            start=now - timedelta(hours=hours),
            provider="external",
            direction=dialogue.direction,
            status="completed",
            person=people[dialogue.caller],
            own_number=company.numbers[-1].phone_number,
            ringing=0,
            duration=dialogue.duration,
            vendor_agent=dialogue.agent_name,
            turns=dialogue.turns,
            summary=dialogue.summary,
            dialogue=dialogue,
        )


def _moment(chance: random.Random, now: datetime) -> datetime:
    latest = now - timedelta(hours=_HOURS_BEFORE_NOW)
    while True:
        day = now - timedelta(days=chance.randrange(DAYS))
        hour = chance.choices(list(_HOURS), list(_HOURS.values()))[0]
        start = day.replace(hour=hour, minute=chance.randrange(60), second=chance.randrange(60), microsecond=0)
        is_weekend = start.weekday() >= 5
        if now - timedelta(days=DAYS) < start < latest and (not is_weekend or chance.random() < _WEEKEND_SHARE):
            return start


def _invented(company: Company, chance: random.Random, start: datetime) -> PastCall:
    direction: Direction = "inbound" if chance.random() < 0.45 else "outbound"
    statuses = _STATUSES[direction]
    status = chance.choices(list(statuses), list(statuses.values()))[0]
    person = chance.choice(company.people)
    # Agents answer and dial most of the time, that is what they are there for.
    number = chance.choices(company.numbers, [3 if number.agent else 1 for number in company.numbers])[0]
    ringing = round(chance.uniform(2, 14) if status == "completed" else chance.uniform(8, 30), 1)
    call = PastCall(
        start=start,
        provider=number.provider,
        direction=direction,
        status=status,
        person=person,
        own_number=number.phone_number,
        ringing=ringing,
        # What people say to each other is not written down; most of it takes two minutes.
        duration=round(min(max(chance.lognormvariate(4.8, 0.7), 12), 1500)) if status == "completed" else 0,
    )
    return _with_agent(call, chance, number) if number.agent else call


def _with_agent(call: PastCall, chance: random.Random, number: Number) -> PastCall:
    """The same call, handled by the agent of the number, and reported by ElevenLabs."""
    call = replace(call, provider="elevenlabs", agent=number.agent)
    if not call.is_answered:
        return call
    topics = [
        topic
        for topic in TOPICS
        # An unknown caller is not called by name.
        if topic.direction == call.direction and not (call.person.is_unknown and topic.names_the_caller)
    ]
    spoken = conversation(
        chance,
        topic=chance.choice(topics),
        agent=number.agent,
        name="The caller" if call.person.is_unknown else call.person.first_name,
    )
    return replace(call, turns=spoken.turns, summary=spoken.summary, duration=spoken.duration)
