"""Make, change and delete agents."""

from __future__ import annotations

from typing import TypedDict

from calls.models import Prompt
from tether_calls.common.errors import ErrorCode
from tether_calls.common.transactions import delete_until_done, unique_or_refuse


class PromptValues(TypedDict, total=False):
    """What a user says of an agent; an empty `elevenlabs_agent_id`: it is not synced."""

    name: str
    prompt: str
    first_message: str
    voice_id: str
    voice_enabled: bool
    elevenlabs_agent_id: str


def create_prompt(*, organization_id: str, values: PromptValues) -> Prompt:
    """An agent of the organization. One statement. Raises PROMPT_EXISTS."""
    prompt = Prompt(organization_id=organization_id)
    _set(prompt, values)
    with unique_or_refuse(ErrorCode.PROMPT_EXISTS):
        prompt.save(force_insert=True)
    return prompt


def update_prompt(*, organization_id: str, prompt_id: str, changes: PromptValues) -> Prompt:
    """Change what is given, and nothing else. Two statements. Raises PROMPT_NOT_FOUND, PROMPT_EXISTS."""
    with unique_or_refuse(ErrorCode.PROMPT_EXISTS):
        prompt = _locked(organization_id, prompt_id)
        _set(prompt, changes)
        prompt.save(update_fields=[*changes, "updated_at"])
    return prompt


def delete_prompt(*, organization_id: str, prompt_id: str) -> None:
    """Delete an agent; its calls and telephone numbers stay, without agent. Raises PROMPT_NOT_FOUND."""
    delete_until_done(lambda: _locked(organization_id, prompt_id).delete())


def _set(prompt: Prompt, values: PromptValues) -> None:
    for name, value in values.items():
        # Of agents that are not synced there may be many; NULL is what a unique constraint leaves alone.
        setattr(prompt, name, (value or None) if name == "elevenlabs_agent_id" else value)


def _locked(organization_id: str, prompt_id: str) -> Prompt:
    """The agent, held for a change until the transaction ends; calls may still refer to it."""
    prompts = Prompt.objects.of_organization(organization_id).select_for_update(no_key=True)
    return prompts.get_or_refuse(ErrorCode.PROMPT_NOT_FOUND, pk=prompt_id)
