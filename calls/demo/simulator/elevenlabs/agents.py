"""ElevenLabs' endpoints for agents: made, read, changed, listed.

https://elevenlabs.io/docs/api-reference/agents
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

from calls.demo.simulator.config import ElevenLabsAccount
from calls.demo.simulator.elevenlabs.access import Checked, authenticate, body_of, not_found, page_of, problem
from calls.demo.simulator.http_server import Answer, Request, json_answer
from calls.demo.simulator.phone import new_id
from calls.demo.simulator.routing import Refusal
from calls.demo.simulator.world import HostedAgent, World

_TEMPERATURES = (0.0, 1.0)
_LANGUAGE = "en"
_MODEL = "eleven_flash_v2"
# Of Flash and Turbo, what speaks other languages than English, and English alone.
_OF_OTHERS, _OF_ENGLISH = ("eleven_flash_v2_5", "eleven_turbo_v2_5"), ("eleven_flash_v2", "eleven_turbo_v2")
_TRANSFER = ("agent", "prompt", "built_in_tools", "transfer_to_number")
# https://elevenlabs.io/docs/eleven-agents/customization/tools/system-tools/transfer-to-number
_DESTINATIONS = {
    "phone": "phone_number",
    "phone_dynamic_variable": "phone_number",
    "sip_uri": "sip_uri",
    "sip_uri_dynamic_variable": "sip_uri",
}
# What an override of a conversation may be of, and where the agent's settings permit it.
_OVERRIDES = {
    ("agent", "first_message"): "first_message",
    ("agent", "language"): "language",
    ("agent", "prompt", "prompt"): "prompt",
    ("tts", "voice_id"): "voice_id",
}


def agent_of(world: World, account: ElevenLabsAccount, agent_id: str) -> HostedAgent | None:
    """One that was made by a request, or one of the account's own, of which nothing is known but its name."""
    agent = world.agents.get((account.api_key, agent_id))
    if agent is None and account.has_agent(agent_id):
        agent = HostedAgent(id=agent_id, account_key=account.api_key, name=account.agents.get(agent_id, "Agent"))
        world.add_agent(agent)
    return agent


def has_agent(world: World, account: ElevenLabsAccount, agent_id: str) -> bool:
    return (account.api_key, agent_id) in world.agents or account.has_agent(agent_id)


def name_of(world: World, account: ElevenLabsAccount, agent_id: str | None) -> str:
    """Empty where the account has no agent of that id."""
    made = world.agents.get((account.api_key, agent_id or ""))
    return made.name if made is not None and made.is_made_here else account.agents.get(agent_id or "", "")


def refused_override(
    world: World, account: ElevenLabsAccount, agent_id: str, client_data: Mapping[str, Any]
) -> str | None:
    """The first field that the conversation is to have otherwise, although its agent does not permit it.

    https://elevenlabs.io/docs/agents-platform/customization/personalization/overrides
    """
    agent = world.agents.get((account.api_key, agent_id))
    if agent is None or not agent.is_made_here:
        return None
    override = client_data.get("conversation_config_override")
    permitted = _at(agent.platform_settings, ("overrides", "conversation_config_override"))
    for path, name in _OVERRIDES.items():
        if _at(override, path) is not None and _at(permitted, path) is not True:
            return name
    return None


def language_of(world: World, account: ElevenLabsAccount, agent_id: str, client_data: Mapping[str, Any]) -> str:
    """In which a conversation is held: its own, else its agent's."""
    agent = world.agents.get((account.api_key, agent_id))
    own = _at(client_data.get("conversation_config_override"), ("agent", "language"))
    return str(own or (agent and _at(agent.conversation_config, ("agent", "language"))) or _LANGUAGE)


def missing_variable(
    world: World, account: ElevenLabsAccount, agent_id: str, client_data: Mapping[str, Any]
) -> str | None:
    """The first variable to whose number the agent hands over, and that the conversation has not got."""
    given = _at(client_data, ("dynamic_variables",))
    names = transfer_variables(world, account, agent_id)
    return next((name for name in names if not isinstance(given, dict) or name not in given), None)


def transfer_variables(world: World, account: ElevenLabsAccount, agent_id: str) -> list[str]:
    """By which its system tool may hand callers over; empty also for an agent of which nothing is known."""
    agent = world.agents.get((account.api_key, agent_id))
    rules = None if agent is None else _at(agent.conversation_config, (*_TRANSFER, "params", "transfers"))
    destinations = [_at(rule, ("transfer_destination",)) for rule in rules or []]
    return [each["phone_number"] for each in destinations if each["type"] == "phone_dynamic_variable"]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def create_agent(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    body = body_of(request)
    if body.object("conversation_config") is None and "conversation_config" not in body.document:
        body.wrong("conversation_config", "Field required", "missing")
    agent = HostedAgent(id=new_id("agent_", 28), account_key=account.api_key, name="New agent", is_made_here=True)
    _apply(world, account, agent, body)
    world.add_agent(agent)
    return json_answer(200, {"agent_id": agent.id})


def show_agent(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    return json_answer(200, _document(_named(world, account, names["agent"])))


def change_agent(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """What is sent is merged name by name; lists are replaced."""
    account = authenticate(world, request)
    agent = _named(world, account, names["agent"])
    _apply(world, account, agent, body_of(request))
    return json_answer(200, _document(agent))


def list_agents(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    query = parse_qs(request.query)
    tags = query.get("tags", [])
    begins = query.get("search", [""])[-1].lower()
    # The account's own ones are among them once they were asked for.
    for agent_id in account.agents:
        agent_of(world, account, agent_id)
    found = [
        _summary(agent)
        for agent in reversed(world.agents.values())
        if agent.account_key == account.api_key
        and (not tags or not set(tags).isdisjoint(agent.tags))
        and begins in agent.name.lower()
    ]
    return json_answer(200, page_of(request, "agents", found, key="agent_id"))


def _named(world: World, account: ElevenLabsAccount, agent_id: str) -> HostedAgent:
    agent = agent_of(world, account, agent_id)
    if agent is None:
        raise not_found("agent", agent_id)
    return agent


def _apply(world: World, account: ElevenLabsAccount, agent: HostedAgent, body: Checked) -> None:
    """Raises Refusal, and then nothing has changed."""
    changes = {
        name: section.document
        for name in ("conversation_config", "platform_settings")
        if (section := body.object(name))
    }
    name = body.text("name", required=False)
    tags = body.document.get("tags")
    if tags is not None and not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        body.wrong("tags", "Input should be a valid list", "list_type")
    for path, message, kind in _faults(changes.get("conversation_config", {})):
        body.wrong(f"conversation_config.{path}", message, kind)
    body.finish()
    for tool_id in _at(changes.get("conversation_config"), ("agent", "prompt", "tool_ids")) or []:
        tool = world.tools.get(tool_id)
        if tool is None or tool.account_key != account.api_key:
            raise not_found("tool", str(tool_id))
    before = copy.deepcopy(agent.conversation_config)
    merged = _merged(agent.conversation_config, changes.get("conversation_config", {}))
    _check_model(merged)
    agent.conversation_config = merged
    agent.platform_settings = _merged(agent.platform_settings, changes.get("platform_settings", {}))
    agent.name = name or agent.name
    agent.tags = tags if tags is not None else agent.tags
    agent.updated = int(time.time())
    # What belongs to no version leaves the version as it is.
    if agent.conversation_config != before:
        agent.version_id = new_id("agtvrsn_", 24)


def _faults(config: Any) -> Iterator[tuple[str, str, str]]:
    prompt = _at(config, ("agent", "prompt"))
    if isinstance(prompt, dict) and prompt.get("tools") and prompt.get("tool_ids"):
        yield "agent.prompt", "Value error, tools and tool_ids cannot both be set", "value_error"
    for path, kind, words in (
        (("agent", "prompt", "prompt"), str, "string"),
        (("agent", "first_message"), str, "string"),
        (("agent", "language"), str, "string"),
        (("tts", "voice_id"), str, "string"),
        (("agent", "prompt", "tool_ids"), list, "list"),
    ):
        value = _at(config, path)
        if value is not None and not isinstance(value, kind):
            yield ".".join(path), f"Input should be a valid {words}", f"{words}_type"
    if (tool := _at(config, _TRANSFER)) is not None:
        rules = _at(tool, ("params", "transfers"))
        if _at(tool, ("params", "system_tool_type")) != "transfer_to_number" or not isinstance(rules, list):
            yield ".".join(_TRANSFER), "Field required", "missing"
        elif not all(map(_is_transfer, rules)):
            yield ".".join((*_TRANSFER, "params", "transfers")), "Input should be valid", "value_error"
    temperature = _at(config, ("agent", "prompt", "temperature"))
    if temperature is not None and not (
        isinstance(temperature, int | float) and _TEMPERATURES[0] <= temperature <= _TEMPERATURES[1]
    ):
        yield "agent.prompt.temperature", "Input should be less than or equal to 1", "less_than_equal"


def _check_model(config: Mapping[str, Any]) -> None:
    """https://github.com/elevenlabs/elevenlabs-mcp/issues/36 - raises Refusal."""
    language, model = _at(config, ("agent", "language")) or _LANGUAGE, _at(config, ("tts", "model_id")) or _MODEL
    if language != _LANGUAGE and model in _OF_ENGLISH:
        raise Refusal(problem(400, "invalid_agent_config", "Non-english Agents must use turbo or flash v2_5."))
    if language == _LANGUAGE and model in _OF_OTHERS:
        raise Refusal(problem(400, "invalid_agent_config", "English Agents must use turbo or flash v2."))


def _is_transfer(rule: Any) -> bool:
    destination = _at(rule, ("transfer_destination",))
    value = _at(destination, (_DESTINATIONS.get(_at(destination, ("type",)), ""),))
    return isinstance(value, str) and isinstance(_at(rule, ("condition",)), str)


def _merged(there: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(there[name], value) if isinstance(value, dict) and isinstance(there.get(name), dict) else value
        for name, value in told.items()
    }
    return {**there, **copy.deepcopy(both)}


def _document(agent: HostedAgent) -> dict[str, Any]:
    defaults = {
        "agent": {
            "first_message": "",
            "language": _LANGUAGE,
            "prompt": {
                "prompt": "",
                "llm": "gemini-2.5-flash",
                "temperature": 0.0,
                "tool_ids": [],
                "built_in_tools": {},
            },
        },
        "tts": {"voice_id": "cjVigY5qzO86Huf0OWal", "model_id": _MODEL},
    }
    config = _merged(defaults, agent.conversation_config)
    # Deprecated, and shown beside the ids all the same: https://elevenlabs.io/docs/agents-platform/customization/tools
    config["agent"]["prompt"]["tools"] = [{"name": tool_id} for tool_id in config["agent"]["prompt"]["tool_ids"]]
    return {
        "agent_id": agent.id,
        "name": agent.name,
        "conversation_config": config,
        "platform_settings": agent.platform_settings,
        "metadata": {"created_at_unix_secs": agent.created, "updated_at_unix_secs": agent.updated},
        "phone_numbers": [],
        "tags": agent.tags,
        "version_id": agent.version_id,
        "branch_id": None,
        "main_branch_id": None,
        "access_info": None,
    }


def _summary(agent: HostedAgent) -> dict[str, Any]:
    return {
        "agent_id": agent.id,
        "name": agent.name,
        "voice_id": _at(agent.conversation_config, ("tts", "voice_id")) or "cjVigY5qzO86Huf0OWal",
        "tags": agent.tags,
        "created_at_unix_secs": agent.created,
        "updated_at_unix_secs": agent.updated,
        "last_call_time_unix_secs": None,
        "archived": False,
        "access_info": {
            "is_creator": True,
            "creator_name": "Simulator",
            "creator_email": "simulator@example.com",
            "role": "admin",
        },
    }
