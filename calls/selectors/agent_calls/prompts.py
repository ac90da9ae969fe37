"""Reads of agents."""

from __future__ import annotations

from calls.models import Prompt
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.pagination import Page, Paging, page_of


def prompts_page(*, organization_id: str, paging: Paging) -> Page[Prompt]:
    """One page, newest first. Two statements."""
    return page_of(Prompt.objects.of_organization(organization_id).order_by("-id"), paging)


def prompt_of(*, organization_id: str, prompt_id: str) -> Prompt:
    """One agent. One statement. Raises PROMPT_NOT_FOUND."""
    prompt = Prompt.objects.of_organization(organization_id).filter(pk=prompt_id).first()
    if prompt is None:
        raise TetherError(ErrorCode.PROMPT_NOT_FOUND)
    return prompt
