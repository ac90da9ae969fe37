"""Who is to call whom at a time, by the rules of each API: asked now, so that what is in the way is known now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from calls.models import ScheduledCall, ScheduledSource
from calls.selectors.agent_calls.dialling import (
    agent_named,
    agent_to_call,
    contact_with_number_named,
    number_of_agent,
    number_to_call_from,
    whom_to_call,
)
from calls.services.agent_calls.call_variables import personalize
from calls.services.scheduled_calls.request_call import Wanted, add_scheduled_call
from calls.services.scheduled_calls.schedule import Schedule
from contacts.models import CallPurpose, Reminder
from contacts.services.consents import Given
from tether_calls.accounts.models import ApiKey, User
from tether_calls.common.errors import TetherError
from tether_calls.common.phone import is_same_number


def schedule_for_user(
    *,
    user: User,
    schedule: Schedule,
    contact_id: str | None = None,
    phone_number: str | None = None,
    agent_id: str | None = None,
    from_number: str | None = None,
    call_reason: str = "",
    purpose: CallPurpose = CallPurpose.MARKETING,
    consent: Given | None = None,
    source: ScheduledSource = ScheduledSource.USER,
    reminder: Reminder | None = None,
) -> ScheduledCall:
    """Plan what `call_for_user` would do at once. Agent and number are asked for again when it is dialled.

    Raises what `call_for_user` raises of them, and what `add_scheduled_call` raises.
    """
    contact, number_to_call, whom = whom_to_call(user=user, contact_id=contact_id, phone_number=phone_number)
    agent = agent_to_call(organization_id=user.home_id, agent_id=agent_id)
    number = number_to_call_from(organization_id=user.home_id, user_id=user.pk, phone_number=from_number)
    if is_same_number(number_to_call, number.phone_number):
        raise TetherError.of_field(whom, "This is the number that the call would be made from")
    return add_scheduled_call(
        wanted=Wanted(
            source=source,
            user=user,
            agent=agent,
            phone_number=number_to_call,
            contact=contact,
            from_number="" if from_number is None else number.phone_number,
            call_reason=call_reason,
            purpose=purpose,
            consent=consent,
            reminder=reminder,
        ),
        schedule=schedule,
    )


def schedule_for_partner(
    *,
    api_key: ApiKey,
    schedule: Schedule,
    phone_number: str,
    agent: str,
    contact_id: str | None,
    variables: Mapping[str, Any],
    purpose: CallPurpose,
    consent: Given | None,
    made: Callable[[ScheduledCall], object],
) -> ScheduledCall:
    """Plan what `call_for_partner` would do at once; `made` gets the row, in the transaction that makes it.

    Raises AGENT_NOT_FOUND (404), NO_PHONE_NUMBER, CONTACT_NOT_FOUND, VALIDATION_ERROR, INVALID_VARIABLES, and what
    `add_scheduled_call` raises.
    """
    organization_id = api_key.user.home_id
    found = agent_named(organization_id=organization_id, name=agent)
    number = number_of_agent(found)
    if is_same_number(phone_number, number.phone_number):
        raise TetherError.of_field("phone_number", "This is the number that the call would be made from")
    contact = None if contact_id is None else contact_with_number_named(organization_id, contact_id, phone_number)
    personalize(found, variables)
    return add_scheduled_call(
        wanted=Wanted(
            source=ScheduledSource.PARTNER,
            user=api_key.user,
            api_key=api_key,
            agent=found,
            phone_number=phone_number,
            contact=contact,
            variables=variables,
            purpose=purpose,
            consent=consent,
        ),
        schedule=schedule,
        made=made,
    )
