"""Who can call, and from where: the agent and the number of an AI call."""

from __future__ import annotations

from calls.models import PhoneNumber, Prompt
from calls.models.phone_number import NumberProvider
from tether_calls.common.errors import ErrorCode, TetherError


def agent_to_call(*, organization_id: str, agent_id: str | None) -> Prompt:
    """The agent named, else the first that the organization has enabled for voice. One statement.

    Raises AGENT_NOT_FOUND, NO_VOICE_AGENT, AGENT_NOT_SYNCED.
    """
    agents = Prompt.objects.of_organization(organization_id)
    if agent_id is None:
        agent = agents.filter(voice_enabled=True).order_by("id").first()
        if agent is None:
            raise TetherError(ErrorCode.NO_VOICE_AGENT)
    else:
        agent = agents.filter(pk=agent_id).first()
        if agent is None:
            raise TetherError(ErrorCode.AGENT_NOT_FOUND)
    if not agent.elevenlabs_agent_id:
        raise TetherError(ErrorCode.AGENT_NOT_SYNCED)
    if not agent.voice_enabled:
        raise TetherError(ErrorCode.NO_VOICE_AGENT, "The agent is not enabled for voice")
    return agent


def number_to_call_from(*, organization_id: str, user_id: str, phone_number: str | None) -> PhoneNumber:
    """The number named, else the user's first: of Sinch, and enabled for AI. One statement.

    Raises NO_AI_NUMBER, NUMBER_NOT_ON_TRUNK.
    """
    numbers = PhoneNumber.objects.of_organization(organization_id).filter(
        user_id=user_id, provider=NumberProvider.SINCH, ai_enabled=True
    )
    if phone_number is not None:
        numbers = numbers.filter(phone_number=phone_number)
    number = numbers.order_by("id").first()
    if number is None:
        if phone_number is not None:
            raise TetherError(
                ErrorCode.NO_AI_NUMBER, "fromNumber is not a Sinch number of the user that is enabled for AI calls"
            )
        raise TetherError(ErrorCode.NO_AI_NUMBER)
    if not number.elevenlabs_phone_number_id:
        raise TetherError(ErrorCode.NUMBER_NOT_ON_TRUNK)
    return number
