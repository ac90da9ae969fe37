"""What an agent at its provider says becomes what ours says: a version, like every change."""

from __future__ import annotations

from calls.models import Prompt
from calls.models.agent_language import AgentLanguage
from calls.providers.agents import AgentSettings
from calls.services.agent_calls.prompts import PromptValues, update_prompt
from tether_calls.accounts.models import User

_LONGEST_NAME, _LONGEST_ID = 200, 100


def _without_disclosure(said_first: str, prompt: Prompt) -> str:
    """What is said there behind our disclosure, which stays ours; of another beginning all of it."""
    disclosure = prompt.disclosure.strip()
    return said_first.removeprefix(disclosure).removeprefix("\n") if disclosure else said_first


def take_theirs(prompt: Prompt, there: AgentSettings, *, by: User) -> Prompt:
    """Raises FORBIDDEN, PROMPT_NOT_FOUND."""
    values: PromptValues = {
        "name": there.name.strip()[:_LONGEST_NAME] or prompt.name,
        "prompt": there.instructions,
        "first_message": _without_disclosure(there.first_message, prompt),
        "temperature": there.temperature,
    }
    # One that we have no name for stays theirs.
    values["language"] = there.language if there.language in AgentLanguage.values else ""
    # An id that is no id of ours to keep stays where it is.
    if len(there.voice_id) <= _LONGEST_ID:
        values["voice_id"] = there.voice_id
    return update_prompt(
        user=by,
        organization_id=prompt.organization_id,
        prompt_id=prompt.pk,
        changes=values,
        note="Taken over from the provider",
    )
