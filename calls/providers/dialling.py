"""What a provider is told so that an agent can call and be called: the dial, the numbers, the trunk to a carrier."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AgentDial:
    """A call that an agent is to make. Ids of agent and number are the provider's, `call_id` is ours.

    `instructions`, `first_message`, `voice_id` and `language` take the place of the agent's own, where given.
    """

    agent_id: str
    phone_number_id: str
    to_number: str
    call_id: str
    dynamic_variables: Mapping[str, str | int | float | bool]
    instructions: str | None = None
    first_message: str | None = None
    voice_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class DialAnswer:
    """A dial that the provider has accepted."""

    conversation_id: str
    sip_call_id: str | None


@dataclass(frozen=True, kw_only=True)
class SipTrunk:
    """Where an agent's calls are sent to a carrier; without a username the carrier knows the sender by its address."""

    address: str
    transport: str = "tcp"
    media_encryption: str = "allowed"
    username: str = ""
    password: str = dataclasses.field(default="", repr=False)
    # From where calls may come in; empty is from anywhere.
    allowed_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NumberToAnswer:
    """A number that an agent is to answer and to dial from; `known_id` is the provider's id as far as we know it."""

    phone_number: str
    label: str
    agent_id: str
    trunk: SipTrunk
    known_id: str | None


@dataclass(frozen=True)
class AnsweredNumber:
    """`is_new`: the number was made known to the provider by this request."""

    id: str
    is_new: bool
