"""A logged-in user has an agent call a contact or a number."""

from __future__ import annotations

from functools import partial

from calls.selectors.agent_calls.dialling import agent_to_call, number_to_call_from, whom_to_call
from calls.services.agent_calls.place_call import PlacedCall, place_call
from calls.services.agent_calls.plan_call import Dial
from contacts.models import CallPurpose, DialPath
from contacts.services.consents import Given
from tether_calls.accounts.models import User
from tether_calls.accounts.services.dial_limits import count_dial_by_user


def call_for_user(
    *,
    user: User,
    contact_id: str | None = None,
    phone_number: str | None = None,
    agent_id: str | None = None,
    from_number: str | None = None,
    call_reason: str = "",
    purpose: CallPurpose = CallPurpose.MARKETING,
    consent: Given | None = None,
) -> PlacedCall:
    """Have an agent call a contact, or a number; with both the contact counts. Not within a transaction.

    The number as people write it; its digits begin with the country code, whether there is a plus or not.

    Raises VALIDATION_ERROR, CONTACT_NOT_FOUND, AGENT_NOT_FOUND, NO_VOICE_AGENT, AGENT_NOT_SYNCED, NO_AI_NUMBER,
    NUMBER_NOT_ON_TRUNK, DIAL_LIMIT_REACHED, LIMIT_UNAVAILABLE: nothing was kept or dialled; and what `place_call`
    raises.
    """
    organization_id = user.home_id
    contact, number_to_call, whom = whom_to_call(user=user, contact_id=contact_id, phone_number=phone_number)
    agent = agent_to_call(organization_id=organization_id, agent_id=agent_id)
    number = number_to_call_from(organization_id=organization_id, user_id=user.pk, phone_number=from_number)
    return place_call(
        dial=Dial(
            user=user,
            contact=contact,
            phone_number=number_to_call,
            agent=agent,
            number=number,
            call_reason=call_reason,
            whom=whom,
            path=DialPath.USER,
            purpose=purpose,
            consent=consent,
        ),
        admit=partial(count_dial_by_user, user_id=user.pk, organization_id=organization_id),
    )
