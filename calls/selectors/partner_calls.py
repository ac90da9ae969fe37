"""Calls for partners: by page, and one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calls.documents.facts import CallFacts, full_facts_of
from calls.models import Call, Recording
from calls.selectors.call_rows import with_agent_and_contact
from calls.selectors.history import recordings_of
from tether_calls.common.errors import ErrorCode
from tether_calls.common.object_id import is_object_id
from tether_calls.common.pagination import Page, Paging


@dataclass(frozen=True, kw_only=True)
class CallsWanted:
    """What to look for; None: everything. An agent is named by its id, or by its id at its provider."""

    agent: str | None = None
    status: str | None = None
    direction: str | None = None


@dataclass(frozen=True)
class ShownCall:
    """A call with agent and contact and, where it has one, its newest recording."""

    facts: CallFacts
    recording: Recording | None


def partner_calls_page(*, organization_id: str, wanted: CallsWanted, paging: Paging) -> Page[ShownCall]:
    """One page, newest first, without transcripts. Three statements."""
    agent_column = "ai_agent_id" if is_object_id(wanted.agent) else "ai_agent__elevenlabs_agent_id"
    conditions = {agent_column: wanted.agent, "status": wanted.status, "direction": wanted.direction}
    calls = Call.objects.of_organization(organization_id).filter(
        **{column: value for column, value in conditions.items() if value is not None}
    )
    page = with_agent_and_contact(calls.order_by("-start_time", "-id")[paging.rows])
    recordings = recordings_of([facts.id for facts in page])
    return Page([ShownCall(facts, _newest(recordings, facts.id)) for facts in page], calls.count())


def partner_call(*, organization_id: str, call_id: str) -> ShownCall:
    """One call with its transcript. Two statements. Raises CALL_NOT_FOUND."""
    calls = Call.objects.of_organization(organization_id).select_related("ai_agent", "contact")
    call = calls.get_or_refuse(ErrorCode.CALL_NOT_FOUND, pk=call_id)
    return ShownCall(full_facts_of(call), _newest(recordings_of([call_id]), call_id))


def _newest(recordings: Mapping[str, list[Recording]], call_id: str) -> Recording | None:
    return next(reversed(recordings.get(call_id, [])), None)
