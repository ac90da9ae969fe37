"""Agents at ElevenLabs: https://elevenlabs.io/docs/api-reference/agents"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calls.providers.base import AgentSettings
from calls.providers.elevenlabs.answers import Listed, listed
from calls.providers.elevenlabs.asking import PAGE
from calls.providers.elevenlabs.hosting import ElevenLabsHosting
from calls.providers.reading import PayloadError, fields, flag, identifier, number, required_identifier

_AGENTS = "/v1/convai/agents"
_CREATE = "/v1/convai/agents/create"
_AGENT = "/v1/convai/agents/{id}"

# What a conversation may have otherwise than its agent; all false at first.
# https://elevenlabs.io/docs/agents-platform/customization/personalization/overrides
_OVERRIDES = {
    "agent": {"first_message": True, "language": True, "prompt": {"prompt": True}},
    "tts": {"voice_id": True},
}
# Agents that are made by API have no tools of the provider's own, and could not hang up.
# https://elevenlabs.io/docs/agents-platform/customization/tools/system-tools/end-call
_END_CALL = {
    "type": "system",
    "name": "end_call",
    "description": "",
    "params": {"system_tool_type": "end_call"},
}


class ElevenLabsAgents(ElevenLabsHosting):
    """Every method raises ProviderError."""

    def find(self, tag: str) -> str | None:
        rows = self._rows("list agents", _AGENTS, _read_agents, {"tags": tag, "page_size": PAGE})
        # Asked of their server, and looked at here: an unknown parameter would be ignored.
        return next((agent_id for agent_id, tags in rows if tag in tags), None)

    def make(self, agent: AgentSettings, *, tag: str) -> str:
        body = _body_of(agent)
        prompt = body["conversation_config"]["agent"]["prompt"]
        prompt["built_in_tools"] = {"end_call": _END_CALL}
        ask = self._ask("make agent", "POST", self._http.url(_CREATE), {**body, "tags": [tag]})
        return self._http.answer(ask, lambda told: required_identifier(told.get("agent_id"), "agent_id"))

    def read(self, agent_id: str) -> AgentSettings:
        return self._http.answer(self._ask("read agent", "GET", self._http.url(_AGENT, id=agent_id)), _read_agent)

    def change(self, agent_id: str, agent: AgentSettings) -> AgentSettings:
        """What is sent is merged by name there, so nothing is sent that is not ours."""
        ask = self._ask("change agent", "PATCH", self._http.url(_AGENT, id=agent_id), _body_of(agent))
        return self._http.answer(ask, _read_agent)


def _body_of(agent: AgentSettings) -> dict[str, Any]:
    prompt: dict[str, Any] = {"prompt": agent.instructions}
    if agent.temperature is not None:
        prompt["temperature"] = agent.temperature
    config: dict[str, Any] = {"agent": {"first_message": agent.first_message, "prompt": prompt}}
    if agent.language:
        config["agent"]["language"] = agent.language
    if agent.voice_id:
        config["tts"] = {"voice_id": agent.voice_id}
    platform: dict[str, Any] = {}
    if agent.may_be_overridden:
        platform["overrides"] = {"conversation_config_override": _OVERRIDES}
    if agent.personalization_url is not None and agent.secret_id is not None:
        platform.setdefault("overrides", {})["enable_conversation_initiation_client_data_from_webhook"] = True
        platform["workspace_overrides"] = {
            "conversation_initiation_client_data_webhook": {
                "url": agent.personalization_url,
                "request_headers": {"Authorization": {"secret_id": agent.secret_id}},
            }
        }
    return {"name": agent.name, "conversation_config": config, "platform_settings": platform}


def _read_agent(body: dict[str, Any]) -> AgentSettings:
    """Texts as they are: a blank more is a change. Raises PayloadError."""
    config = body.get("conversation_config")
    if not isinstance(config, dict):
        raise PayloadError("conversation_config is not an object")
    agent, tts = fields(config.get("agent")), fields(config.get("tts"))
    prompt = fields(agent.get("prompt"))
    platform = fields(body.get("platform_settings"))
    overrides = fields(platform.get("overrides"))
    webhook = fields(fields(platform.get("workspace_overrides")).get("conversation_initiation_client_data_webhook"))
    is_asked = flag(overrides.get("enable_conversation_initiation_client_data_from_webhook"))
    secret = fields(fields(webhook.get("request_headers")).get("Authorization"))
    return AgentSettings(
        name=_text(body.get("name")),
        instructions=_text(prompt.get("prompt")),
        first_message=_text(agent.get("first_message")),
        voice_id=_text(tts.get("voice_id")),
        language=_text(agent.get("language")),
        temperature=number(prompt.get("temperature")),
        personalization_url=_text(webhook.get("url")) or None if is_asked else None,
        secret_id=identifier(secret.get("secret_id")),
        may_be_overridden=_permits(fields(overrides.get("conversation_config_override")), _OVERRIDES),
    )


def _permits(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(
        _permits(fields(there.get(name)), value) if isinstance(value, dict) else there.get(name) is True
        for name, value in wanted.items()
    )


def _text(value: object) -> str:
    """Empty where it is none; what no database can store is left out."""
    return value.replace("\0", "").encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _read_agents(body: dict[str, Any]) -> Listed[tuple[str, list[str]]]:
    """https://elevenlabs.io/docs/api-reference/agents/list - raises PayloadError."""

    def read(row: Mapping[str, Any]) -> tuple[str, list[str]] | None:
        agent_id, tags = identifier(row.get("agent_id")), row.get("tags")
        return None if agent_id is None or not isinstance(tags, list) else (agent_id, tags)

    return listed(body, "agents", read)
