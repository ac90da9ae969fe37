"""Calls for partners: by page, and one of them."""

from __future__ import annotations

from dataclasses import dataclass

from calls.models import Call, Recording
from calls.selectors.history import recordings_of
from tether_calls.common.errors import ErrorCode
from tether_calls.common.object_id import is_object_id
from tether_calls.common.pagination import Page, Paging, page_of


@dataclass(frozen=True, kw_only=True)
class CallsWanted:
    """What to look for; None: everything. An agent is named by its id, or by its id at its provider."""

    agent: str | None = None
    status: str | None = None
    direction: str | None = None


@dataclass(frozen=True)
class RecordedCall:
    """A call with agent and contact and, where it has one, its newest recording."""

    call: Call
    recording: Recording | None


def partner_calls_page(*, organization_id: str, wanted: CallsWanted, paging: Paging) -> Page[Call]:
    """One page, newest first, without transcripts. Two statements."""
    agent_column = "ai_agent_id" if is_object_id(wanted.agent) else "ai_agent__elevenlabs_agent_id"
    conditions = {agent_column: wanted.agent, "status": wanted.status, "direction": wanted.direction}
    calls = Call.objects.of_organization(organization_id).filter(
        **{column: value for column, value in conditions.items() if value is not None}
    )
    shown = calls.defer("ai_transcript", "metadata", "provider_metadata")
    return page_of(shown.select_related("ai_agent", "contact").order_by("-start_time", "-id"), paging)


def with_recordings(calls: list[Call]) -> list[RecordedCall]:
    """One statement."""
    recordings = recordings_of([call.pk for call in calls])
    return [RecordedCall(call, next(reversed(recordings.get(call.pk, [])), None)) for call in calls]


def partner_call(*, organization_id: str, call_id: str) -> RecordedCall:
    """One call with its transcript. Two statements. Raises CALL_NOT_FOUND."""
    calls = Call.objects.of_organization(organization_id).select_related("ai_agent", "contact")
    call = calls.get_or_refuse(ErrorCode.CALL_NOT_FOUND, pk=call_id)
    return with_recordings([call])[0]
