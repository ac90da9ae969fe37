"""What agents say, in versions: each change makes one, none is ever changed, and an older one can be restored.

Two people who change an agent at once: whoever names the version that was read is refused with both texts where another
one is the agent's by then. Who names none has the last word.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db import transaction

from calls.documents.prompt import PromptTexts, prompt_texts
from calls.models import Prompt, PromptVersion, SyncState
from calls.services.agent_calls.choose_version import has_its_language
from tether_calls.accounts.models import AccessRole, User
from tether_calls.accounts.roles import require_role
from tether_calls.common.errors import ErrorCode, TetherError

# What a version is made of, by the names that agent and version have in common.
SPOKEN = ("prompt", "first_message", "disclosure", "voice_id", "language")
# The role that writes agents; every role reads them.
WRITING_ROLE = AccessRole.DEPARTMENT_HEAD


class SpokenValues(TypedDict, total=False):
    """What an agent says, as far as it is to change."""

    prompt: str
    first_message: str
    disclosure: str
    voice_id: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """Who changes it, why, and which version was read before; `base` None: whichever there is."""

    by: User
    note: str = ""
    base: int | None = None


def write_version(
    *, organization_id: str, prompt_id: str, values: SpokenValues, change: Change, activate: bool = True
) -> PromptVersion:
    """A version with these changes; the agent says it from now on, or, without `activate`, in a split only.

    What is as it was makes a version, too: somebody wanted one. Raises FORBIDDEN, PROMPT_NOT_FOUND, PROMPT_CHANGED.
    """
    require_role(change.by, WRITING_ROLE)
    with transaction.atomic():
        prompt = locked_prompt(organization_id, prompt_id)
        refuse_stale(prompt, values, change)
        if activate:
            for name, value in values.items():
                setattr(prompt, name, value)
        version = _made(prompt, {**spoken_by(prompt), **values}, change)
        _keep(prompt, version, activate=activate, columns=[*values] if activate else [])
    return version


def restore_version(*, organization_id: str, prompt_id: str, version_id: str, change: Change) -> PromptVersion:
    """A new version that says what an older one said, and that the agent says from now on.

    Raises FORBIDDEN, PROMPT_NOT_FOUND, PROMPT_VERSION_NOT_FOUND, PROMPT_CHANGED.
    """
    require_role(change.by, WRITING_ROLE)
    with transaction.atomic():
        prompt = locked_prompt(organization_id, prompt_id)
        older = _version(prompt, version_id)
        values = spoken_by(older)
        refuse_stale(prompt, values, change)
        for name, value in values.items():
            setattr(prompt, name, value)
        version = _made(prompt, values, change, restored_from=older.number)
        _keep(prompt, version, activate=True, columns=list(SPOKEN))
    return version


def split_calls(*, organization_id: str, prompt_id: str, version_id: str, percent: int, by: User) -> Prompt:
    """Have another version speak in so many of a hundred of the agent's outbound calls.

    Raises FORBIDDEN, PROMPT_NOT_FOUND, PROMPT_VERSION_NOT_FOUND, VALIDATION_ERROR for the version that speaks anyway,
    and for one that leaves its language to the provider, where the agent's is the one that is set there.
    """
    require_role(by, WRITING_ROLE)
    with transaction.atomic():
        prompt = locked_prompt(organization_id, prompt_id)
        version = _version(prompt, version_id)
        if version.pk == prompt.version_id:
            raise TetherError.of_field("versionId", "This is the version that the agent says in its other calls")
        if not has_its_language(prompt, version):
            sentence = f"This version has no language, and would be spoken in {prompt.language}; make one that has"
            raise TetherError.of_field("versionId", sentence)
        prompt.split_version, prompt.split_percent = version, percent
        prompt.save(update_fields=["split_version", "split_percent", "updated_at"])
    return prompt


def end_split(*, organization_id: str, prompt_id: str, by: User) -> Prompt:
    """Have the agent say the same in all of its calls. Raises FORBIDDEN, PROMPT_NOT_FOUND."""
    require_role(by, WRITING_ROLE)
    with transaction.atomic():
        prompt = locked_prompt(organization_id, prompt_id)
        prompt.split_version, prompt.split_percent = None, 0
        prompt.save(update_fields=["split_version", "split_percent", "updated_at"])
    return prompt


# ---- What changes of agents are made of -----------------------------------------------------------------------------


def locked_prompt(organization_id: str, prompt_id: str) -> Prompt:
    """The agent with its version, held for a change until the transaction ends; calls may still refer to it."""
    prompts = Prompt.objects.of_organization(organization_id).select_related("version", "split_version")
    return prompts.select_for_update(of=("self",), no_key=True).get_or_refuse(ErrorCode.PROMPT_NOT_FOUND, pk=prompt_id)


def spoken_by(row: Prompt | PromptVersion) -> SpokenValues:
    return {
        "prompt": row.prompt,
        "first_message": row.first_message,
        "disclosure": row.disclosure,
        "voice_id": row.voice_id,
        "language": row.language,
    }


# What belongs to how an agent is at its provider, beside what it says.
_SYNCED = (*SPOKEN, "name", "temperature", "voice_enabled")


def mark_changed(prompt: Prompt, columns: Collection[str]) -> list[str]:
    """Have it synced, as these columns have changed; the names of those that are to be saved because of it.

    An agent that nobody has had synced stays by itself, unless it is to be called with and is nowhere yet. What was
    changed there as well is for people to decide.
    """
    if not set(columns) & set(_SYNCED) or prompt.sync_state == SyncState.CHANGED_THERE:
        return []
    if not prompt.sync_state and not (prompt.voice_enabled and prompt.elevenlabs_agent_id is None):
        return []
    prompt.sync_state, prompt.sync_error = SyncState.CHANGED_HERE, ""
    return ["sync_state", "sync_error"]


def forget_sync(prompt: Prompt) -> list[str]:
    """It is another agent there from now on, or none: nothing is known of that one. What is to be saved."""
    values: dict[str, Any] = {"sync_state": "", "sync_error": "", "synced_at": None, "synced_version": None}
    values |= {"synced_digest": "", "making_since": None, "looked_at": None}
    for name, value in values.items():
        setattr(prompt, name, value)
    return list(values)


def refuse_stale(prompt: Prompt, values: SpokenValues, change: Change) -> None:
    """Raises PROMPT_CHANGED, with the agent's texts and those that were to take their place."""
    current = prompt.version
    if change.base is None or current is None or change.base == current.number:
        return
    yours: dict[str, Any] = {**spoken_by(prompt), **values}
    more: Mapping[str, PromptTexts] = {
        "current": prompt_texts(spoken_by(prompt), version=current.number),
        "yours": prompt_texts(yours, version=change.base),
    }
    raise TetherError(ErrorCode.PROMPT_CHANGED, more=more)


@transaction.atomic
def save_new(prompt: Prompt, change: Change) -> None:
    """A new agent with its first version. Two statements."""
    version = _made(prompt, spoken_by(prompt), change)
    prompt.version, prompt.versions_made = version, version.number
    # Each of the two names the other: foreign keys are looked at when it is committed.
    prompt.save(force_insert=True)
    version.save(force_insert=True)


def next_version(prompt: Prompt, before: SpokenValues, change: Change) -> PromptVersion | None:
    """The version that a changed agent needs, saved; the agent is not. None where it says what it said `before`."""
    if spoken_by(prompt) == before:
        return None
    if prompt.version is None:
        # Made without: what it said until now is kept as well.
        _save_version(prompt, _made(prompt, before, None))
    version = _made(prompt, spoken_by(prompt), change)
    _save_version(prompt, version)
    prompt.version = version
    return version


def _made(
    prompt: Prompt, values: SpokenValues, change: Change | None, *, restored_from: int | None = None
) -> PromptVersion:
    return PromptVersion(
        organization_id=prompt.organization_id,
        agent_id=prompt.pk,
        number=prompt.versions_made + 1,
        made_by=None if change is None else change.by,
        note="" if change is None else change.note,
        restored_from=restored_from,
        **values,
    )


def _keep(prompt: Prompt, version: PromptVersion, *, activate: bool, columns: list[str]) -> None:
    _save_version(prompt, version)
    if activate:
        prompt.version = version
        columns = [*columns, *mark_changed(prompt, columns)]
    prompt.save(update_fields=[*columns, "version", "versions_made", "updated_at"])


def _save_version(prompt: Prompt, version: PromptVersion) -> None:
    version.number = prompt.versions_made + 1
    version.save(force_insert=True)
    prompt.versions_made = version.number


def _version(prompt: Prompt, version_id: str) -> PromptVersion:
    versions = PromptVersion.objects.of_organization(prompt.organization_id).filter(agent_id=prompt.pk)
    return versions.get_or_refuse(ErrorCode.PROMPT_VERSION_NOT_FOUND, pk=version_id)
