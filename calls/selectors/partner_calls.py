"""Calls for partners: by page, and one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from calls.documents.facts import CallFacts, full_facts_of
from calls.models import Call, Prompt, Recording
from calls.selectors.call_rows import with_agent_and_contact
from calls.selectors.counting.far_pages import page_of_calls
from calls.selectors.counting.tally import tally
from calls.selectors.history import HistoryFilter, count_to_cap, matching, question_of, recordings_of, start_of
from tether_calls.common.errors import ErrorCode
from tether_calls.common.object_id import is_object_id
from tether_calls.common.pagination import Page, Paging


@dataclass(frozen=True)
class ShownCall:
    """A call with agent and contact and, where it has one, its newest recording."""

    facts: CallFacts
    recording: Recording | None


@dataclass(frozen=True)
class CallsPage(Page[ShownCall]):
    """`is_capped`: counting stopped, there are at least `total`."""

    is_capped: bool = False


def partner_calls_page(
    *, organization_id: str, zone: ZoneInfo, wanted: HistoryFilter, agent: str | None, paging: Paging
) -> CallsPage:
    """One page, newest first, without transcripts; `zone` is the organization's.

    `agent` is one's id, or its id at its provider; None: those of all.

    Three statements, one more far from the beginning, and one more for an agent that is named by its id at its
    provider.
    """
    agent_id = agent
    if agent_id is not None and not is_object_id(agent_id):
        agent_id = _agent_id(organization_id, agent_id)
        if agent_id is None:
            return CallsPage([], 0)
    by_agent = {} if agent_id is None else {"ai_agent_id": agent_id}
    calls = matching(organization_id, wanted).filter(**by_agent)
    asked = question_of(organization_id, zone, wanted)
    if asked is not None:
        asked = replace(asked, conditions={**asked.conditions, **by_agent})
        total, is_capped = sum(numbers.calls for numbers in tally(asked).values()), False
    else:
        total, is_capped = count_to_cap(calls)
    rows = page_of_calls(
        calls,
        organization_id=organization_id,
        asked=asked,
        offset=paging.rows.start,
        limit=paging.size,
        start=start_of(wanted),
    )
    page = with_agent_and_contact(rows)
    recordings = recordings_of([facts.id for facts in page])
    return CallsPage([ShownCall(facts, _newest(recordings, facts.id)) for facts in page], total, is_capped)


def _agent_id(organization_id: str, elevenlabs_agent_id: str) -> str | None:
    agents = Prompt.objects.of_organization(organization_id).filter(elevenlabs_agent_id=elevenlabs_agent_id)
    return agents.values_list("pk", flat=True).first()


def partner_call(*, organization_id: str, call_id: str) -> ShownCall:
    """One call with its transcript. Two statements. Raises CALL_NOT_FOUND."""
    calls = Call.objects.of_organization(organization_id).select_related("ai_agent", "contact", "disposition")
    call = calls.get_or_refuse(ErrorCode.CALL_NOT_FOUND, pk=call_id)
    return ShownCall(full_facts_of(call), _newest(recordings_of([call_id]), call_id))


def _newest(recordings: Mapping[str, list[Recording]], call_id: str) -> Recording | None:
    return next(reversed(recordings.get(call_id, [])), None)
