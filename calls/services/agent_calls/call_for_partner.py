"""A partner's system has an agent call a number, on behalf of its key's user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from calls.models import Call
from calls.selectors.agent_calls.dialling import agent_named, contact_with_number_named, number_of_agent
from calls.services.agent_calls.place_call import PlacedCall, place_call
from calls.services.agent_calls.plan_call import Dial
from contacts.models import CallPurpose, DialPath
from contacts.services.consents import Given
from tether_calls.accounts.models import ApiKey


def call_for_partner(
    *,
    api_key: ApiKey,
    phone_number: str,
    agent: str,
    contact_id: str | None,
    variables: Mapping[str, Any],
    purpose: CallPurpose,
    consent: Given | None,
    admit: Callable[[], object],
    begun: Callable[[Call], object],
) -> PlacedCall:
    """Have an agent, by its id here or at its provider, call a number that can be dialled. Not within a transaction.

    A contact that is named must have the number. Raises AGENT_NOT_FOUND (404), NO_PHONE_NUMBER, CONTACT_NOT_FOUND,
    VALIDATION_ERROR: nothing was kept or dialled; and what `place_call` raises, to which `admit` and `begun` go.
    """
    user = api_key.user
    organization_id = user.home_id
    found = agent_named(organization_id=organization_id, name=agent)
    number = number_of_agent(found)
    contact = None if contact_id is None else contact_with_number_named(organization_id, contact_id, phone_number)
    return place_call(
        dial=Dial(
            user=user,
            contact=contact,
            phone_number=phone_number,
            agent=found,
            number=number,
            variables=variables,
            whom="phone_number",
            path=DialPath.PARTNER,
            api_key_id=api_key.pk,
            purpose=purpose,
            consent=consent,
        ),
        admit=admit,
        begun=begun,
    )
