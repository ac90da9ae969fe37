"""What an agent of ours says and what the one at its provider does, compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from calls.models import Prompt
from calls.providers.agents import AgentSettings


@dataclass(frozen=True)
class Difference:
    """One setting that is not the same here and there, by its name in documents."""

    field: str
    ours: Any
    theirs: Any


def said_by(prompt: Prompt) -> AgentSettings:
    """Our agent in a provider's terms, without its tools."""
    return AgentSettings(
        name=prompt.name,
        instructions=prompt.prompt,
        first_message=prompt.opening,
        voice_id=prompt.voice_id,
        language=prompt.language,
        temperature=prompt.temperature,
    )


def digest_of(settings: AgentSettings) -> str:
    """A digest of the agent's settings at the provider: a change of digest is a change made there."""
    return hashlib.sha256(json.dumps(asdict(settings), sort_keys=True).encode()).hexdigest()


def digest_before_languages(settings: AgentSettings) -> str:
    """As it was kept of an agent that was last synced before there were languages, and permitted all other overrides.

    Else each such agent would be taken for one that somebody has changed there.
    """
    values = {**asdict(settings), "may_be_overridden": True}
    del values["language"]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


# By their names in documents.
_COMPARED = {
    "name": "name",
    "prompt": "instructions",
    "firstMessage": "first_message",
    "voiceId": "voice_id",
    "language": "language",
    "temperature": "temperature",
    "personalizationUrl": "personalization_url",
    "overridesPermitted": "may_be_overridden",
}


# Where they are empty.
_LEFT_OPEN = ("voice_id", "language")


def differences_of(ours: AgentSettings, theirs: AgentSettings) -> list[Difference]:
    """Of what we leave open nothing differs."""
    found = []
    for field, name in _COMPARED.items():
        wanted, there = getattr(ours, name), getattr(theirs, name)
        is_open = wanted is None or (name in _LEFT_OPEN and not wanted)
        if not is_open and wanted != there:
            found.append(Difference(field, wanted, there))
    return found
