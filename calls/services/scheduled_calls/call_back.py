"""What an agent has promised: that the person is called back, by the same agent and from the same number."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from calls.models import Call, Prompt, ScheduledCall, ScheduledSource
from calls.selectors.agent_calls.dialling import agent_named, agent_to_call, number_to_call_back_from
from calls.services.scheduled_calls.askers import member_for
from calls.services.scheduled_calls.change_call import move_call
from calls.services.scheduled_calls.request_call import Wanted, add_scheduled_call
from calls.services.scheduled_calls.schedule import Schedule
from contacts.models import CallPurpose, ConsentBasis, Contact
from contacts.services import find_or_create_dialled
from contacts.services.consents import Given
from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError

_EVIDENCE = "They have asked an agent to be called back, in a call"
_REASON = "They have asked to be called back at this time."


@transaction.atomic
def plan_call_back(
    *,
    organization_id: str,
    phone_number: str,
    at: datetime,
    call_id: str | None,
    agent_name: str | None,
    our_number: str,
) -> ScheduledCall:
    """A call to the number at this time. Another one that agents have promised to it, and not kept yet, is moved.

    The agent is the conversation's: of the call where that is known, else by its id at its provider.

    Raises AGENT_NOT_FOUND, NO_VOICE_AGENT, AGENT_NOT_SYNCED, NO_PHONE_NUMBER, FORBIDDEN, and what
    `add_scheduled_call` raises.
    """
    calls = Call.objects.of_organization(organization_id).select_related("user__organization")
    call = None if call_id is None else calls.filter(pk=call_id).first()
    agent = _agent(organization_id, call, agent_name)
    from_number = our_number if call is None else call.provider_phone_number
    # For what is promised there must be a number today.
    number_to_call_back_from(agent, from_number)
    user = _user(organization_id, call)
    found = find_or_create_dialled(organization_id=organization_id, user_id=user.pk, phone_number=phone_number)
    # One after the other, so that the second of two promises finds the first.
    contacts = Contact.objects.of_organization(organization_id).select_for_update(no_key=True)
    contact = contacts.get_or_refuse(ErrorCode.CONTACT_NOT_FOUND, pk=found.pk)
    schedule = Schedule(not_before=at)
    promised = ScheduledCall.objects.of_organization(organization_id).filter(
        contact=contact, source=ScheduledSource.AGENT, state__in=ScheduledCall.WAITING
    )
    earlier = promised.order_by("pk").first()
    if earlier is not None:
        return move_call(organization_id=organization_id, scheduled_id=earlier.pk, schedule=schedule)
    return add_scheduled_call(
        wanted=Wanted(
            source=ScheduledSource.AGENT,
            user=user,
            agent=agent,
            phone_number=phone_number,
            contact=contact,
            from_number=from_number,
            call_reason=_REASON,
            purpose=CallPurpose.SERVICE,
            # They have asked for it themselves.
            consent=Given(
                basis=ConsentBasis.INBOUND_REQUEST,
                obtained_at=timezone.now(),
                evidence=_EVIDENCE if call_id is None else f"{_EVIDENCE}: {call_id}",
            ),
            asking_call_id=call_id,
        ),
        schedule=schedule,
    )


def _agent(organization_id: str, call: Call | None, agent_name: str | None) -> Prompt:
    if call is not None and call.ai_agent_id is not None:
        return agent_to_call(organization_id=organization_id, agent_id=call.ai_agent_id)
    if agent_name is not None:
        return agent_named(organization_id=organization_id, name=agent_name)
    raise TetherError(ErrorCode.AGENT_NOT_FOUND, "It is not known which agent asks")


def _user(organization_id: str, call: Call | None) -> User:
    """Whose call it was, else who answers for what no user has asked for. Raises FORBIDDEN."""
    user = None if call is None else call.user
    is_member = user is not None and user.is_active and user.organization_id == organization_id
    return user if user is not None and is_member else member_for(organization_id)
