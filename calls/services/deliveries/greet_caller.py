"""Who is calling? Told to an AI agent before it answers."""

from __future__ import annotations

from dataclasses import dataclass

from calls.models import Call, CallProvider
from calls.providers.elevenlabs.payloads import PersonalizationRequest
from calls.reports import CallReport
from calls.selectors.lifecycle.match_report import match_by_numbers
from calls.services.lifecycle.call_context import remember_context
from contacts.selectors import find_contact_by_number
from contacts.services import known_name
from tether_calls.accounts.models import Organization


@dataclass(frozen=True, kw_only=True)
class CallerFacts:
    """`caller_name` is empty for somebody whom nobody has named yet."""

    caller_name: str
    caller_number: str
    org_name: str


def greet_caller(*, organization_id: str, asked: PersonalizationRequest) -> CallerFacts | None:
    """What the organization knows of a caller; None where no number is shown.

    Where a carrier has told us of the call, its context is cached for a day under the call's SID, by which the
    conversation's webhook names it. At most three statements.
    """
    if asked.caller_number is None:
        return None
    contact = find_contact_by_number(organization_id=organization_id, phone_number=asked.caller_number)
    call = _carried_call(organization_id, asked)
    if call is not None and asked.call_sid:
        remember_context(call=call, provider=CallProvider.ELEVENLABS, conversation_id=asked.call_sid)
    return CallerFacts(
        caller_name=known_name(contact) if contact else "",
        caller_number=asked.caller_number,
        org_name=Organization.objects.values_list("name", flat=True).get(pk=organization_id),
    )


def _carried_call(organization_id: str, asked: PersonalizationRequest) -> Call | None:
    report = CallReport(
        provider=CallProvider.ELEVENLABS,
        direction="inbound",
        from_number=asked.caller_number,
        to_number=asked.called_number,
    )
    found = match_by_numbers(organization_id=organization_id, report=report)
    return None if found is None else Call.objects.without_transcript().get(pk=found.pk)
