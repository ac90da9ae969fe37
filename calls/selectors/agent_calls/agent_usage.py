"""Agents with their calls and minutes, and whether they could make a call now."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Sum

from calls.models import Call, PhoneNumber, Prompt
from calls.selectors.agent_calls.dialling import numbers_of_agents


@dataclass(frozen=True, kw_only=True)
class AgentUsage:
    """`seconds` of all its calls; `number` is the one that it calls from."""

    agent: Prompt
    number: PhoneNumber | None
    calls: int
    seconds: float

    @property
    def can_make_calls(self) -> bool:
        is_ready = self.agent.voice_enabled and bool(self.agent.elevenlabs_agent_id)
        return is_ready and self.number is not None and bool(self.number.elevenlabs_phone_number_id)


def agents_with_usage(*, organization_id: str) -> list[AgentUsage]:
    """All agents, newest first. Three statements: agents, numbers, and one aggregate over the calls."""
    agents = list(Prompt.objects.of_organization(organization_id).defer("prompt", "first_message").order_by("-id"))
    numbers = _numbers(organization_id)
    calls = Call.objects.of_organization(organization_id).filter(ai_agent_id__isnull=False).order_by()
    rows = calls.values_list("ai_agent_id").annotate(Count("pk"), Sum("duration", default=0.0))
    used = {agent_id: (count, seconds) for agent_id, count, seconds in rows}
    return [
        AgentUsage(
            agent=agent,
            number=numbers.get(agent.pk),
            calls=used.get(agent.pk, (0, 0.0))[0],
            seconds=used.get(agent.pk, (0, 0.0))[1],
        )
        for agent in agents
    ]


def _numbers(organization_id: str) -> dict[str, PhoneNumber]:
    """By agent."""
    found: dict[str, PhoneNumber] = {}
    for number in numbers_of_agents(organization_id):
        found.setdefault(str(number.ai_agent_id), number)
    return found
