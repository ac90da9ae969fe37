"""Agents at ElevenLabs: https://elevenlabs.io/docs/api-reference/agents"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calls.providers.agents import AgentSettings
from calls.providers.bodies import PayloadError
from calls.providers.elevenlabs.answers import Listed, listed
from calls.providers.elevenlabs.asking import PAGE
from calls.providers.elevenlabs.hosting import ElevenLabsHosting
from calls.providers.reading import fields, flag, identifier, number, required_identifier

_AGENTS = "/v1/convai/agents"
_CREATE = "/v1/convai/agents/create"
_AGENT = "/v1/convai/agents/{id}"

# What a conversation may have otherwise than its agent; all false at first.
# https://elevenlabs.io/docs/agents-platform/customization/personalization/overrides
_OVERRIDES = {
    "agent": {"first_message": True, "language": True, "prompt": {"prompt": True}},
    "tts": {"voice_id": True},
}
# Which model speaks instead of which, in English and in other languages; a new agent has Flash v2. Else ElevenLabs
# answers 400: "Non-english Agents must use turbo or flash v2_5", "English Agents must use turbo or flash v2".
# https://github.com/elevenlabs/elevenlabs-mcp/issues/36
_ENGLISH = "en"
_OF_OTHERS = {"eleven_flash_v2": "eleven_flash_v2_5", "eleven_turbo_v2": "eleven_turbo_v2_5"}
_OF_ENGLISH = {other: english for english, other in _OF_OTHERS.items()}
_FIRST_MODEL = "eleven_flash_v2"
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
        body = _body_of(agent, model=_FIRST_MODEL)
        prompt = body["conversation_config"]["agent"]["prompt"]
        prompt["built_in_tools"] = {"end_call": _END_CALL}
        ask = self._ask("make agent", "POST", self._http.url(_CREATE), {**body, "tags": [tag]})
        return self._http.answer(ask, lambda told: required_identifier(told.get("agent_id"), "agent_id"))

    def read(self, agent_id: str) -> AgentSettings:
        return self._http.answer(self._ask("read agent", "GET", self._http.url(_AGENT, id=agent_id)), _read_agent)

    def change(self, agent_id: str, agent: AgentSettings) -> AgentSettings:
        """What is sent is merged by name there, so nothing is sent that is not ours: the model where it must be."""
        url = self._http.url(_AGENT, id=agent_id)
        # It may have been chosen there, and is asked for where a language is to be written alone.
        model = self._http.answer(self._ask("read agent", "GET", url), _read_model) if agent.language else ""
        ask = self._ask("change agent", "PATCH", url, _body_of(agent, model=model))
        return self._http.answer(ask, _read_agent)


def _body_of(agent: AgentSettings, *, model: str) -> dict[str, Any]:
    """`model`: what speaks by now."""
    prompt: dict[str, Any] = {"prompt": agent.instructions}
    if agent.temperature is not None:
        prompt["temperature"] = agent.temperature
    config: dict[str, Any] = {"agent": {"first_message": agent.first_message, "prompt": prompt}}
    if agent.language:
        config["agent"]["language"] = agent.language
    if agent.voice_id:
        config["tts"] = {"voice_id": agent.voice_id}
    if agent.language:
        instead = (_OF_ENGLISH if agent.language == _ENGLISH else _OF_OTHERS).get(model)
        config.setdefault("tts", {}).update({"model_id": instead} if instead else {})
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


def _read_model(body: dict[str, Any]) -> str:
    return _text(fields(fields(body.get("conversation_config")).get("tts")).get("model_id")) or _FIRST_MODEL


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
