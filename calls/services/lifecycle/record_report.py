"""A report of a call reaches its row: the one that it names, the one that it must be, or a new one."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.events import call_event
from calls.models import Call, CallDirection, CallStatus
from calls.reports import CallReport, StoredRecording
from calls.selectors.lifecycle.line_of_number import LineOfNumber, line_of_number
from calls.selectors.lifecycle.match_report import is_discarded, match_by_id, match_by_numbers
from calls.services.lifecycle.apply_report import AppliedReport, apply_report
from contacts.selectors.contacts import find_contact_by_number
from contacts.services import find_or_create_caller
from conversations.services import find_or_create_conversation
from tether_calls.common.phone import is_e164
from tether_calls.common.statements import insert
from tether_calls.realtime.events import EventName, publish


@transaction.atomic
def record_report(
    *, organization_id: str, report: CallReport, may_create: bool, stored: StoredRecording | None = None
) -> AppliedReport | None:
    """Apply a report, and a recording, to the organization's call; with `may_create` one is made where there is none.

    None: there is none, or it was discarded by its user.
    """
    call_id = match_by_id(organization_id=organization_id, report=report)
    if call_id is None:
        try:
            with transaction.atomic():
                call_id = _claim(organization_id, report)
                if call_id is None and may_create and not is_discarded(organization_id=organization_id, report=report):
                    call_id = _create(organization_id, report)
        except IntegrityError:
            # Two reports of the same call at the same moment.
            call_id = match_by_id(organization_id=organization_id, report=report)
    if call_id is None:
        return None
    try:
        return apply_report(organization_id=organization_id, call_id=call_id, report=report, stored=stored)
    except Call.DoesNotExist:
        return None  # thrown away since it was found


def _claim(organization_id: str, report: CallReport) -> str | None:
    """Give a call that its provider has not named yet its name; of two that want it at once, one gets it."""
    found = match_by_numbers(organization_id=organization_id, report=report)
    if found is None:
        return None
    column = "provider_call_id" if found.provider == report.provider else "ai_conversation_id"
    unnamed = Call.objects.of_organization(organization_id).filter(pk=found.pk, **{column: None})
    return found.pk if unnamed.update(**{column: report.provider_call_id}) else None


def _create(organization_id: str, report: CallReport) -> str:
    line = line_of_number(organization_id=organization_id, report=report)
    direction = report.direction or CallDirection.INBOUND
    call = Call(
        organization_id=organization_id,
        user_id=report.user_id or line.user_id,
        provider=report.provider,
        provider_call_id=report.provider_call_id,
        direction=direction,
        # Where it began; the report says how far it has come.
        status=CallStatus.RINGING if direction == CallDirection.INBOUND else CallStatus.INITIATED,
        from_number=report.from_number or "",
        to_number=report.to_number or "",
        provider_phone_number=report.own_number or "",
        start_time=report.start_time or _latest_start(report),
        # A caller whom an agent hands over is talked to by a person, whoever answers the number else.
        ai_agent_id=None if report.transfer_id is not None else line.agent_id,
        agent_name="" if report.transfer_id is not None else line.agent_name,
        transferred_from_id=report.transferred_from,
        prompt_version_id=None if report.transfer_id is not None else line.version_id,
    )
    _meet(call, report, line)
    insert(call)
    publish(organization_id=organization_id, call_id=call.pk, events=[call_event(EventName.CALL_INITIATED, call)])
    return str(call.pk)


def _latest_start(report: CallReport) -> datetime:
    """Of a call whose start nobody tells: before what was said in it, up to its end or the moment of the report."""
    over_at = min(filter(None, (report.end_time, report.heard_at or timezone.now())))
    return over_at - timedelta(seconds=max(report.spoken_seconds, report.duration or 0.0))


def _meet(call: Call, report: CallReport, line: LineOfNumber) -> None:
    """Contact and conversation: a caller becomes a contact; a person whom we call is one already, or stays unknown."""
    if report.transfer_id is not None:
        # The number may be the agent's; whose call it is, the agent's call knows.
        calls = Call.objects.of_organization(call.organization_id).filter(pk=report.transferred_from)
        of_agents = calls.values_list("contact_id", "conversation_id").first()
        call.contact_id, call.conversation_id = of_agents or (None, None)
        return
    number = report.customer_number
    if not number or not is_e164(number):
        return  # hidden, or a short code: no person's
    if call.direction == CallDirection.INBOUND:
        contact, _ = find_or_create_caller(
            organization_id=call.organization_id,
            user_id=line.user_id,
            phone_number=number,
            caller_name=report.caller_name,
        )
        call.contact_id = contact.pk
    else:
        known = find_contact_by_number(organization_id=call.organization_id, phone_number=number)
        call.contact_id = known.pk if known else None
    if call.contact_id is not None:
        call.conversation_id = find_or_create_conversation(
            organization_id=call.organization_id,
            user_id=line.user_id,
            contact_id=call.contact_id,
            channel_identifier=report.own_number or "",
        ).pk
