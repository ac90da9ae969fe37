"""Who is behind the organization's side of a call: a user, an agent, or neither."""

from __future__ import annotations

from dataclasses import dataclass

from calls.models import PhoneNumber, Prompt
from calls.reports import CallReport
from tether_calls.common.phone import spellings


@dataclass(frozen=True, kw_only=True)
class LineOfNumber:
    """`is_open`: whether calls may come in here."""

    user_id: str | None = None
    agent_id: str | None = None
    agent_name: str = ""
    version_id: str | None = None
    is_open: bool = False
    # The agents' provider knows the number, and answers it.
    is_answered_by_agent: bool = False


def line_of_number(*, organization_id: str, report: CallReport) -> LineOfNumber:
    """By the organization's number and, where the report names it, by the agent that spoke. At most two statements."""
    number = _number(organization_id, report.own_number)
    agent = _agent(organization_id, report.provider_agent_id)
    if number is not None and agent is None and number.ai_enabled:
        agent = number.ai_agent
    return LineOfNumber(
        user_id=None if number is None else _user_id(number),
        agent_id=agent.pk if agent else None,
        agent_name=agent.name if agent else "",
        version_id=agent.spoken_version_id if agent else None,
        is_open=number is not None and number.is_inbound_enabled,
        is_answered_by_agent=number is not None and number.ai_enabled and bool(number.elevenlabs_phone_number_id),
    )


def _number(organization_id: str, number: str | None) -> PhoneNumber | None:
    if not number:
        return None
    numbers = PhoneNumber.objects.of_organization(organization_id).select_related("ai_agent", "user")
    return numbers.filter(phone_number__in=spellings(number)).first()


def _user_id(number: PhoneNumber) -> str | None:
    """A user who cannot log in has no browser to ring, and one who has moved answers for another organization now."""
    user = number.user
    if user is None or not user.is_active or user.organization_id != number.organization_id:
        return None
    return str(user.pk)


def _agent(organization_id: str, elevenlabs_agent_id: str | None) -> Prompt | None:
    if not elevenlabs_agent_id:
        return None
    return Prompt.objects.of_organization(organization_id).filter(elevenlabs_agent_id=elevenlabs_agent_id).first()
