"""Who can call, and from where: the agent and the number of an AI call."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import IsNull

from calls.models import PhoneNumber, Prompt
from calls.providers.registry import agents_provider, provider_of, trunk_carriers
from contacts.models import Contact
from contacts.selectors.contacts import contact_of
from tether_calls.accounts.models import User
from tether_calls.accounts.sight import sight_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import is_object_id
from tether_calls.common.phone import canonical, dialable, numbers_to_find


def agent_to_call(*, organization_id: str, agent_id: str | None) -> Prompt:
    """The agent named, else the first that the organization has enabled for voice. One statement.

    Raises AGENT_NOT_FOUND, NO_VOICE_AGENT, AGENT_NOT_SYNCED.
    """
    agents = Prompt.objects.of_organization(organization_id)
    if agent_id is None:
        agent = agents.order_by("id").get_or_refuse(ErrorCode.NO_VOICE_AGENT, voice_enabled=True)
    else:
        agent = agents.get_or_refuse(ErrorCode.AGENT_NOT_FOUND, pk=agent_id)
    if not agent.elevenlabs_agent_id:
        raise TetherError(ErrorCode.AGENT_NOT_SYNCED)
    if not agent.voice_enabled:
        raise TetherError(ErrorCode.NO_VOICE_AGENT, "The agent is not enabled for voice")
    return agent


def number_to_call_from(*, organization_id: str, user_id: str, phone_number: str | None) -> PhoneNumber:
    """The number named, else the user's first: of a carrier with a trunk, and enabled for AI. One statement.

    Raises NO_AI_NUMBER, NUMBER_NOT_ON_TRUNK.
    """
    numbers = PhoneNumber.objects.of_organization(organization_id).filter(
        user_id=user_id, provider__in=trunk_carriers(), ai_enabled=True
    )
    if phone_number is not None:
        numbers = numbers.filter(phone_number__in=numbers_to_find(phone_number))
    number = numbers.order_by("id").first()
    if number is None:
        if phone_number is not None:
            raise TetherError(
                ErrorCode.NO_AI_NUMBER,
                f"fromNumber is not a {_trunks()} number of the user that is enabled for AI calls",
            )
        raise TetherError(ErrorCode.NO_AI_NUMBER)
    if not number.elevenlabs_phone_number_id:
        raise TetherError(ErrorCode.NUMBER_NOT_ON_TRUNK)
    return number


def _trunks() -> str:
    return " or ".join(provider_of(name).label for name in trunk_carriers())


def agent_named(*, organization_id: str, name: str) -> Prompt:
    """The agent with this id, or with this id at its provider, that can make calls. One statement.

    Raises AGENT_NOT_FOUND as 404, which also stands for an agent that cannot.
    """
    named = Q(elevenlabs_agent_id=name) | (Q(pk=name) if is_object_id(name) else Q())
    # Its own id, should it be another one's at the provider.
    agents = sorted(Prompt.objects.of_organization(organization_id).filter(named), key=lambda found: found.pk != name)
    if not agents:
        raise TetherError(ErrorCode.AGENT_NOT_FOUND, "AI agent not found or you do not have access", status=404)
    agent = agents[0]
    if not agent.elevenlabs_agent_id:
        raise TetherError(
            ErrorCode.AGENT_NOT_FOUND, f"The agent is not synced with {agents_provider().label}", status=404
        )
    if not agent.voice_enabled:
        raise TetherError(ErrorCode.AGENT_NOT_FOUND, "The agent is not enabled for voice", status=404)
    return agent


def numbers_of_agents(organization_id: str) -> QuerySet[PhoneNumber]:
    """The numbers that agents call from, each agent's first one first: those that the provider knows, then by age."""
    numbers = PhoneNumber.objects.of_organization(organization_id).filter(
        provider__in=trunk_carriers(), ai_enabled=True, ai_agent_id__isnull=False
    )
    return numbers.order_by(IsNull(F("elevenlabs_phone_number_id"), True), "id")


def number_of_agent(agent: Prompt) -> PhoneNumber:
    """The number that is assigned to the agent. One statement. Raises NO_PHONE_NUMBER."""
    number = numbers_of_agents(agent.organization_id).filter(ai_agent_id=agent.pk).first()
    if number is None:
        raise TetherError(ErrorCode.NO_PHONE_NUMBER)
    if not number.elevenlabs_phone_number_id:
        raise TetherError(
            ErrorCode.NO_PHONE_NUMBER, f"The agent's phone number is not imported at {agents_provider().label}"
        )
    return number


def whom_to_call(*, user: User, contact_id: str | None, phone_number: str | None) -> tuple[Contact | None, str, str]:
    """The contact that is named, the number to dial, and the field that says so. One statement, or none.

    Raises VALIDATION_ERROR, CONTACT_NOT_FOUND.
    """
    contact: Contact | None = None
    if contact_id is not None:
        contact = contact_of(organization_id=user.home_id, contact_id=contact_id, sight=sight_of(user))
        phone_number = contact.phone_number
    if phone_number is None:
        raise TetherError.of_field("contactId", "Either contactId or phoneNumber is required")
    number_to_call = dialable(phone_number, is_international=contact is None)
    if number_to_call is None:
        if contact is not None:
            raise TetherError.of_field("contactId", "The contact's number cannot be dialled")
        raise TetherError.of_field("phoneNumber", "Not a number that can be dialled, such as +14165550199")
    return contact, number_to_call, "phoneNumber" if contact is None else "contactId"


def contact_with_number_named(organization_id: str, contact_id: str, phone_number: str) -> Contact:
    """The contact of this id, which must have the number. One statement. Raises CONTACT_NOT_FOUND, VALIDATION_ERROR."""
    contact = contact_of(organization_id=organization_id, contact_id=contact_id, sight=None)
    # Else what a stranger says would be found in the contact's history.
    if canonical(contact.phone_number) != canonical(phone_number):
        raise TetherError.of_field("contact_id", "The contact has another phone number than phone_number")
    return contact


def number_to_call_back_from(agent: Prompt, preferred: str) -> PhoneNumber:
    """The number over which they talked, where an agent can call from it; else the agent's own. One or two statements.

    Raises NO_PHONE_NUMBER.
    """
    numbers = numbers_of_agents(agent.organization_id).filter(
        phone_number=preferred, elevenlabs_phone_number_id__isnull=False
    )
    return (numbers.first() if preferred else None) or number_of_agent(agent)
