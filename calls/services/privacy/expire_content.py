"""The job that erases what is past its time: slice by slice, with room between them for others."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from calls.events import call_erased
from calls.models import LegalHold, RetentionRule
from calls.selectors.privacy.expired import PARTS, expired
from calls.selectors.privacy.holds import held_calls, placed_holds
from calls.services.lifecycle.heed_holds import heeded_holds
from calls.services.privacy.erase_content import erase_audio, erase_persons_of_calls, erase_transcripts
from tether_calls.background.jobs import stopping
from tether_calls.common.transactions import until_done
from tether_calls.realtime.events import publish_all

# Calls of a slice: their rows are held for as long as it takes.
SLICE: Final = 500
# The job stops after this long; the next run goes on with what is left.
RUN_SECONDS: Final = 1_200.0
# As long as what was done before it: others have half of the time, whatever it costs.
_LONGEST_PAUSE: Final = 1.0


@dataclass(frozen=True)
class Expired:
    """One slice that was erased: of which organization, which part, of how many calls."""

    organization_id: str
    part: str
    calls: int


def expire_content() -> None:
    """The job: as much as can be erased in twenty minutes."""
    until = time.monotonic() + RUN_SECONDS
    for _ in expire_step_by_step(now=timezone.now()):
        if time.monotonic() > until or stopping.is_set():
            return


def expire_step_by_step(*, now: datetime) -> Generator[Expired, None, None]:
    """Erase what is past its time, telling after each slice. Cut off anywhere, the next run finds what is left."""
    # wall: the job goes through the rules of every organization
    rules = list(RetentionRule.objects.order_by("organization_id", "id"))
    for rule in rules:
        for part in PARTS:
            yield from _expire(rule.organization_id, rule.pk, part, now=now)


def erase_parts(
    *, organization_id: str, call_ids: Sequence[str], parts: Sequence[str], now: datetime | None = None
) -> list[str]:
    """Erase parts of calls, and have webhooks told, in the transaction of the last of them. Not in a transaction.

    A call that loses its person loses all else first. Returns the calls of which all these parts are gone: what a legal
    hold covers stays, from the moment at which it is placed.
    """
    at = now or timezone.now()
    left = list(call_ids)
    if "audio" in parts or "call" in parts:
        left = erase_audio(organization_id=organization_id, call_ids=call_ids, now=at)
    return until_done(lambda: _erase_rest(organization_id, left, parts, at))


@transaction.atomic
def _erase_rest(organization_id: str, call_ids: Sequence[str], parts: Sequence[str], at: datetime) -> list[str]:
    """All but the audio, which is gone where it is among the parts."""
    words, persons = "transcript" in parts or "call" in parts, "call" in parts
    holds = heeded_holds(organization_id) if words else []
    kept = held_calls(organization_id, holds, call_ids)
    left = [call_id for call_id in call_ids if call_id not in kept]
    if words:
        erase_transcripts(organization_id=organization_id, call_ids=left, now=at, holds=holds)
    if persons:
        erase_persons_of_calls(organization_id=organization_id, call_ids=left, now=at, holds=holds)
    told = [(call_id, parts) for call_id in left]
    if "audio" in parts or persons:
        told += [(call_id, ["audio"]) for call_id in sorted(kept)]
    if told:
        events = [(call_id, call_erased(call_id=call_id, parts=which, at=at)) for call_id, which in told]
        publish_all(organization_id=organization_id, of_calls=events)
    return left


def _expire(organization_id: str, rule_id: str, part: str, *, now: datetime) -> Iterator[Expired]:
    begin: tuple[datetime, str] | None = None
    while True:
        # Each time anew: what is changed meanwhile, a rule or a hold, holds from the next slice on.
        rules = {each.pk: each for each in RetentionRule.objects.of_organization(organization_id)}
        rule = rules.get(rule_id)
        if rule is None:
            return
        others = [each.agent_id for each in rules.values() if each.agent_id is not None]
        holds: list[LegalHold] = list(placed_holds(organization_id))
        calls = expired(rule, part, now=now, holds=holds, others=others)
        if calls is None:
            return
        calls = calls.order_by("start_time", "id")
        if begin is not None:
            calls = calls.filter(start_time__gte=begin[0])
        found = list(calls.values_list("start_time", "pk")[:SLICE])
        if not found:
            return
        began = time.monotonic()
        ids = [pk for _, pk in found]
        erased = erase_parts(organization_id=organization_id, call_ids=ids, parts=[part], now=now)
        begin = found[-1]
        yield Expired(organization_id, part, len(erased))
        time.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))
