"""Who is calling? What an AI agent is given before it answers."""

from __future__ import annotations

from calls.models import Call
from calls.providers.endpoint import CallerFacts, CallerQuestion
from calls.reports import CallReport
from calls.selectors.deliveries.last_summary import last_summary
from calls.selectors.lifecycle.match_report import match_by_numbers
from calls.services.lifecycle.call_context import remember_context
from contacts.selectors.contacts import find_contact_by_number
from contacts.selectors.context_variables import context_of
from contacts.selectors.reminders import open_reminders_of_contact
from contacts.services import known_name
from tether_calls.accounts.models import Organization


def greet_caller(*, organization_id: str, provider: str, question: CallerQuestion) -> CallerFacts:
    """What the organization knows of a caller; of a hidden one, name and number are empty.

    Where a carrier has reported the call, its context is cached for a day under the question's alias, by which the
    conversation's webhook names it. At most six statements.
    """
    contact = None
    if question.caller_number is not None:
        contact = find_contact_by_number(organization_id=organization_id, phone_number=question.caller_number)
        call = _carried_call(organization_id, provider, question)
        if call is not None and question.alias:
            remember_context(call=call, provider=provider, conversation_id=question.alias)
    return CallerFacts(
        caller_name=known_name(contact) if contact else "",
        caller_number=question.caller_number or "",
        org_name=Organization.objects.values_list("name", flat=True).get(pk=organization_id),
        last_summary="" if contact is None else last_summary(organization_id=organization_id, contact_id=contact.pk),
        open_reminders=0
        if contact is None
        else open_reminders_of_contact(organization_id=organization_id, contact_id=contact.pk),
        context=context_of(organization_id=organization_id, contact_id=None if contact is None else contact.pk),
    )


def _carried_call(organization_id: str, provider: str, question: CallerQuestion) -> Call | None:
    report = CallReport(
        provider=provider,
        direction="inbound",
        from_number=question.caller_number,
        to_number=question.called_number,
    )
    calls = Call.objects.of_organization(organization_id).without_transcript()
    found = match_by_numbers(organization_id=organization_id, report=report)
    return None if found is None else calls.get(pk=found.pk)
