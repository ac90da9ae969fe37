"""Agents as clients see them; in the API an agent is called a prompt."""

from __future__ import annotations

from typing import Annotated

import msgspec

from calls.models import Prompt
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset


class PromptDocument(WireStruct):
    """A voice agent: what it is told, how it begins, which voice it has."""

    id: str = msgspec.field(name="_id")
    name: str
    prompt: Annotated[str, msgspec.Meta(description="The agent's instructions.")]
    voice_enabled: bool
    created_at: Timestamp
    updated_at: Timestamp
    elevenlabs_agent_id: Annotated[str, msgspec.Meta(description="Absent: not synced with ElevenLabs.")] | UnsetType = (
        UNSET
    )
    first_message: str | UnsetType = UNSET
    voice_id: str | UnsetType = UNSET


def prompt_document(prompt: Prompt) -> PromptDocument:
    return PromptDocument(
        id=prompt.pk,
        name=prompt.name,
        prompt=prompt.prompt,
        voice_enabled=prompt.voice_enabled,
        elevenlabs_agent_id=or_unset(prompt.elevenlabs_agent_id),
        first_message=or_unset(prompt.first_message),
        voice_id=or_unset(prompt.voice_id),
        created_at=to_wire(prompt.created_at),
        updated_at=to_wire(prompt.updated_at),
    )
