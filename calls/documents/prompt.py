"""Agents as clients see them; in the API an agent is called a prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from calls.models import Prompt, PromptVersion
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset


class PromptTexts(WireStruct):
    """What an agent says, and the number of the version."""

    version: int
    prompt: str
    first_message: str
    disclosure: str
    voice_id: str
    language: str


def prompt_texts(spoken: Mapping[str, Any], *, version: int) -> PromptTexts:
    return PromptTexts(
        version=version,
        prompt=spoken["prompt"],
        first_message=spoken["first_message"],
        disclosure=spoken["disclosure"],
        voice_id=spoken["voice_id"],
        language=spoken["language"],
    )


class PromptVersionAuthor(WireStruct):
    id: str = msgspec.field(name="_id")
    full_name: str
    email: str


class PromptVersionDocument(WireStruct):
    """What an agent said, from one change to the next."""

    id: str = msgspec.field(name="_id")
    version: Annotated[int, msgspec.Meta(description="From 1 on, of one agent.")]
    prompt: str
    first_message: str
    disclosure: str
    voice_id: str
    language: Annotated[str, msgspec.Meta(description="ISO 639-1; empty: its provider's own.")]
    is_current: Annotated[bool, msgspec.Meta(description="It is what the agent says.")]
    created_at: Timestamp
    note: str | UnsetType = UNSET
    made_by: Annotated[PromptVersionAuthor, msgspec.Meta(description="Absent: nobody who is known.")] | UnsetType = (
        UNSET
    )
    restored_from: Annotated[int, msgspec.Meta(description="The older version that it repeats.")] | UnsetType = UNSET


def prompt_version_document(version: PromptVersion, *, current_id: str | None) -> PromptVersionDocument:
    """A version that was read with its author."""
    author = version.made_by
    return PromptVersionDocument(
        id=version.pk,
        version=version.number,
        prompt=version.prompt,
        first_message=version.first_message,
        disclosure=version.disclosure,
        voice_id=version.voice_id,
        language=version.language,
        is_current=version.pk == current_id,
        created_at=to_wire(version.created_at),
        note=or_unset(version.note),
        made_by=UNSET if author is None else PromptVersionAuthor(author.pk, author.full_name, author.email),
        restored_from=or_unset(version.restored_from),
    )


class PromptSplit(WireStruct):
    """Another version, and in how many of a hundred outbound calls it speaks."""

    version_id: str
    version: int
    percent: int


class PromptSync(WireStruct):
    """How the agent here and the one at its provider are to each other."""

    state: Literal["synced", "changed_here", "changed_there", "error"]
    error: Annotated[str, msgspec.Meta(description="Why the last sync failed, such as `refused`.")] | UnsetType = UNSET
    synced_at: Timestamp | UnsetType = UNSET


class PromptVoiceAi(WireStruct):
    """Whether it can be called with."""

    enabled: bool


class PromptDocument(WireStruct):
    """A voice agent: what it is told, how it begins, which voice it has."""

    id: str = msgspec.field(name="_id")
    name: str
    prompt: Annotated[str, msgspec.Meta(description="The agent's instructions.")]
    voice_enabled: bool
    voice_ai: Annotated[PromptVoiceAi, msgspec.Meta(description="The same as `voiceEnabled`.")] = msgspec.field(
        name="voiceAI"
    )
    created_at: Timestamp
    updated_at: Timestamp
    elevenlabs_agent_id: Annotated[str, msgspec.Meta(description="Absent: not synced with ElevenLabs.")] | UnsetType = (
        UNSET
    )
    first_message: str | UnsetType = UNSET
    disclosure: Annotated[str, msgspec.Meta(description="What is said before the first message.")] | UnsetType = UNSET
    voice_id: str | UnsetType = UNSET
    language: Annotated[str, msgspec.Meta(description="ISO 639-1. Absent: its provider's own.")] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    temperature: Annotated[float, msgspec.Meta(description="Absent: its provider's own.")] | UnsetType = UNSET
    version: Annotated[int, msgspec.Meta(description="The number of the version that it says.")] | UnsetType = UNSET
    sync: Annotated[PromptSync, msgspec.Meta(description="Absent: nobody has had it synced.")] | UnsetType = UNSET
    split: Annotated[PromptSplit, msgspec.Meta(description="Absent: it says the same in all calls.")] | UnsetType = (
        UNSET
    )


def _sync(prompt: Prompt) -> PromptSync | UnsetType:
    if not prompt.sync_state:
        return UNSET
    return PromptSync(
        state=prompt.sync_state,  # type: ignore[arg-type]  # a constraint keeps it one of these
        error=or_unset(prompt.sync_error),
        synced_at=UNSET if prompt.synced_at is None else to_wire(prompt.synced_at),
    )


def _split(prompt: Prompt) -> PromptSplit | UnsetType:
    other = prompt.split_version
    return UNSET if other is None else PromptSplit(other.pk, other.number, prompt.split_percent)


def prompt_document(prompt: Prompt) -> PromptDocument:
    """An agent that was read with its versions."""
    return PromptDocument(
        id=prompt.pk,
        name=prompt.name,
        prompt=prompt.prompt,
        voice_enabled=prompt.voice_enabled,
        voice_ai=PromptVoiceAi(prompt.voice_enabled),
        elevenlabs_agent_id=or_unset(prompt.elevenlabs_agent_id),
        first_message=or_unset(prompt.first_message),
        disclosure=or_unset(prompt.disclosure),
        voice_id=or_unset(prompt.voice_id),
        language=or_unset(prompt.language),
        description=or_unset(prompt.description),
        temperature=UNSET if prompt.temperature is None else prompt.temperature,
        version=UNSET if prompt.version is None else prompt.version.number,
        sync=_sync(prompt),
        split=_split(prompt),
        created_at=to_wire(prompt.created_at),
        updated_at=to_wire(prompt.updated_at),
    )
