"""Reads of agents."""

from __future__ import annotations

from calls.models import Prompt
from tether_calls.common.errors import ErrorCode
from tether_calls.common.pagination import Page, Paging, page_of


def prompts_page(*, organization_id: str, paging: Paging) -> Page[Prompt]:
    """One page, newest first. Two statements."""
    return page_of(Prompt.objects.of_organization(organization_id).order_by("-id"), paging)


def prompt_of(*, organization_id: str, prompt_id: str) -> Prompt:
    """One agent. One statement. Raises PROMPT_NOT_FOUND."""
    return Prompt.objects.of_organization(organization_id).get_or_refuse(ErrorCode.PROMPT_NOT_FOUND, pk=prompt_id)


def synced_prompts(organization_id: str) -> list[Prompt]:
    """The agents that there are at the provider, by name. One statement."""
    agents = Prompt.objects.of_organization(organization_id).filter(elevenlabs_agent_id__isnull=False)
    return list(agents.order_by("name", "id"))
