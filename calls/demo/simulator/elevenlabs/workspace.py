"""ElevenLabs' endpoints for what agents share: tools, and the secrets that these send.

https://elevenlabs.io/docs/api-reference/tools
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

from calls.demo.simulator.config import ElevenLabsAccount
from calls.demo.simulator.elevenlabs.access import Checked, authenticate, body_of, not_found, page_of
from calls.demo.simulator.http_server import Answer, Request, json_answer
from calls.demo.simulator.phone import new_id
from calls.demo.simulator.world import HostedTool, KeptSecret, World

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_KINDS = ("webhook", "client", "api_integration_webhook", "system", "mcp")
_LITERALS = ("boolean", "string", "integer", "number")
# Where the value of a property comes from: one of them, no more.
_SOURCES = ("description", "dynamic_variable", "constant_value", "is_omitted", "is_system_provided")
_TIMEOUTS = (5, 300)


# ---- Tools ----------------------------------------------------------------------------------------------------------


def create_tool(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """There may be several of one name."""
    account = authenticate(world, request)
    config = _config_of(world, account, body_of(request))
    tool = HostedTool(id=new_id("tool_", 28), account_key=account.api_key, config=config)
    world.add_tool(tool)
    return json_answer(200, _tool(tool))


def list_tools(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    query = parse_qs(request.query)
    begins, kinds = query.get("search", [""])[-1], query.get("types", [])
    found = [
        _tool(tool)
        for tool in reversed(world.tools.values())
        if tool.account_key == account.api_key
        and tool.config["name"].startswith(begins)
        and (not kinds or tool.config["type"] in kinds)
    ]
    return json_answer(200, page_of(request, "tools", found, key="id"))


def show_tool(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    return json_answer(200, _tool(_named(world, authenticate(world, request), names["tool"])))


def change_tool(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """The whole configuration, in place of the one before."""
    account = authenticate(world, request)
    tool = _named(world, account, names["tool"])
    tool.config = _config_of(world, account, body_of(request))
    return json_answer(200, _tool(tool))


def delete_tool(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    del world.tools[_named(world, account, names["tool"]).id]
    return json_answer(200, None)


def _named(world: World, account: ElevenLabsAccount, tool_id: str) -> HostedTool:
    tool = world.tools.get(tool_id)
    if tool is None or tool.account_key != account.api_key:
        raise not_found("tool", tool_id)
    return tool


def _tool(tool: HostedTool) -> dict[str, Any]:
    return {
        "id": tool.id,
        "tool_config": copy.deepcopy(tool.config),
        "access_info": {
            "is_creator": True,
            "creator_name": "Simulator",
            "creator_email": "simulator@example.com",
            "role": "admin",
        },
        "usage_stats": {"total_calls": 0, "avg_latency_secs": 0.0},
        "response_mocks": [],
    }


def _config_of(world: World, account: ElevenLabsAccount, body: Checked) -> dict[str, Any]:
    """Raises Refusal."""
    config = body.object("tool_config")
    if config is None:
        body.wrong("tool_config", "Field required", "missing")
        body.finish()
    assert config is not None
    config.choice("type", _KINDS, required=True)
    name = config.text("name")
    if name and not _NAME.fullmatch(name):
        config.wrong("name", "String should match pattern '^[a-zA-Z0-9_-]{1,64}$'", "string_pattern_mismatch")
    config.text("description")
    timeout = config.document.get("response_timeout_secs")
    if timeout is not None and not (isinstance(timeout, int) and _TIMEOUTS[0] <= timeout <= _TIMEOUTS[1]):
        config.wrong("response_timeout_secs", "Input should be from 5 to 300", "value_error")
    api = config.object("api_schema")
    if api is None:
        config.wrong("api_schema", "Field required", "missing")
    else:
        _check_api(api)
    body.finish()
    assert api is not None
    for value in (api.document.get("request_headers") or {}).values():
        if isinstance(value, dict) and "secret_id" in value:
            _secret_named(world, account, str(value["secret_id"]))
    return {**copy.deepcopy(config.document), "api_schema": {"method": "GET", **copy.deepcopy(api.document)}}


def _check_api(api: Checked) -> None:
    if (url := api.text("url")) and not url.startswith(("http://", "https://")):
        api.wrong("url", "Value error, the URL must begin with http:// or https://", "value_error")
    api.choice("method", _METHODS)
    api.object("request_headers")
    schema = api.object("request_body_schema")
    if schema is not None:
        if schema.text("type") not in ("object", ""):
            schema.wrong("type", "Input should be 'object'", "literal_error")
        properties = schema.object("properties")
        for name, message in _faults(properties.document if properties else {}):
            schema.wrong(f"properties.{name}", message, "value_error")


def _faults(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in properties.items():
        if not isinstance(value, dict) or value.get("type") not in (*_LITERALS, "object", "array"):
            yield name, "Value error, not a type of a property"
        elif value["type"] in _LITERALS and sum(value.get(source) not in (None, "", False) for source in _SOURCES) != 1:
            yield name, f"Value error, exactly one of {', '.join(_SOURCES)} must be set"


# ---- Secrets --------------------------------------------------------------------------------------------------------


def create_secret(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    body = body_of(request)
    body.choice("type", ("new",), required=True)
    name, value = body.text("name"), body.text("value")
    body.finish()
    secret = KeptSecret(id=new_id("sec_", 24), account_key=account.api_key, name=name, value=value)
    world.add_secret(secret)
    return json_answer(200, _secret(secret))


def list_secrets(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """Without a size of pages all of them."""
    account = authenticate(world, request)
    begins = parse_qs(request.query).get("search", [""])[-1]
    found = [
        {**_secret(secret), "used_by": {"tools": [], "agents": [], "others": [], "phone_numbers": []}}
        for secret in world.secrets.values()
        if secret.account_key == account.api_key and secret.name.startswith(begins)
    ]
    return json_answer(200, page_of(request, "secrets", found, key="secret_id", size=len(found) or 1))


def change_secret(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    secret = _secret_named(world, account, names["secret"])
    body = body_of(request)
    body.choice("type", ("update",), required=True)
    name, value = body.text("name"), body.text("value")
    body.finish()
    secret.name, secret.value = name, value
    return json_answer(200, _secret(secret))


def _secret_named(world: World, account: ElevenLabsAccount, secret_id: str) -> KeptSecret:
    secret = world.secrets.get(secret_id)
    if secret is None or secret.account_key != account.api_key:
        raise not_found("secret", secret_id)
    return secret


def _secret(secret: KeptSecret) -> dict[str, Any]:
    """The value is never told."""
    return {"type": "stored", "secret_id": secret.id, "name": secret.name}
