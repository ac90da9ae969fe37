"""What a provider has of an agent: its texts and voice, the tools that it uses, the secret that they send."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class SecretToKeep:
    """What an organization's tools send to be believed; `known_id` is the provider's id as far as we know it."""

    name: str
    value: str = dataclasses.field(repr=False)
    known_id: str | None


@dataclass(frozen=True, kw_only=True)
class ToolToRegister:
    """A tool as the provider is to have it: where it is called, what it is told, and with which kept secret.

    `known_id` is the provider's id of it, None: there is none yet.
    """

    name: str
    description: str
    url: str
    schema: Mapping[str, Any]
    secret_id: str
    known_id: str | None
    # Names of its answer that the conversation keeps as variables.
    assigns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RegisteredThere:
    """A tool that the provider has; `secret_id`: the kept secret that it sends, None: another one, or none."""

    id: str
    name: str
    secret_id: str | None


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """What an agent is told and how it speaks, as a provider has it or is to have it.

    Of an agent that is to be so, None, an empty voice and language leave what the provider has. `personalization_url`
    is asked when somebody calls the agent, with the kept secret `secret_id`; `may_be_overridden`: one conversation may
    have other instructions, first message, voice and language.
    """

    name: str
    instructions: str
    first_message: str
    voice_id: str = ""
    # ISO 639-1, or what else the provider has there.
    language: str = ""
    temperature: float | None = None
    personalization_url: str | None = None
    secret_id: str | None = None
    may_be_overridden: bool = True
