"""Reads of agents."""

from __future__ import annotations

from calls.models import Prompt, PromptVersion
from tether_calls.common.errors import ErrorCode
from tether_calls.common.pagination import Page, Paging, page_of
from tether_calls.common.querysets import OrganizationQuerySet


def prompts_page(*, organization_id: str, paging: Paging) -> Page[Prompt]:
    """One page, newest first. Two statements."""
    return page_of(_prompts(organization_id).order_by("-id"), paging)


def prompt_of(*, organization_id: str, prompt_id: str) -> Prompt:
    """One agent. One statement. Raises PROMPT_NOT_FOUND."""
    return _prompts(organization_id).get_or_refuse(ErrorCode.PROMPT_NOT_FOUND, pk=prompt_id)


def _prompts(organization_id: str) -> OrganizationQuerySet[Prompt]:
    return Prompt.objects.of_organization(organization_id).select_related("version", "split_version")


def versions_page(*, organization_id: str, prompt_id: str, paging: Paging) -> tuple[Prompt, Page[PromptVersion]]:
    """The agent, and one page of what it said, newest first. Three statements. Raises PROMPT_NOT_FOUND."""
    prompt = prompt_of(organization_id=organization_id, prompt_id=prompt_id)
    return prompt, page_of(versions_of(prompt), paging)


def version_of(*, organization_id: str, prompt_id: str, version_id: str) -> tuple[Prompt, PromptVersion]:
    """The agent and one version. Two statements. Raises PROMPT_NOT_FOUND, PROMPT_VERSION_NOT_FOUND."""
    prompt = prompt_of(organization_id=organization_id, prompt_id=prompt_id)
    return prompt, versions_of(prompt).get_or_refuse(ErrorCode.PROMPT_VERSION_NOT_FOUND, pk=version_id)


def versions_of(prompt: Prompt) -> OrganizationQuerySet[PromptVersion]:
    """With who made them, newest first."""
    versions = PromptVersion.objects.of_organization(prompt.organization_id).filter(agent_id=prompt.pk)
    return versions.select_related("made_by").order_by("-number")


def synced_prompts(organization_id: str) -> list[Prompt]:
    """The agents that there are at the provider, by name. One statement."""
    agents = Prompt.objects.of_organization(organization_id).filter(elevenlabs_agent_id__isnull=False)
    return list(agents.order_by("name", "id"))
