"""The endpoints of ElevenLabs' API for calls.

https://elevenlabs.io/docs/api-reference/sip-trunk/outbound-call
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from calls.demo.simulator.config import ElevenLabsAccount
from calls.demo.simulator.elevenlabs import agents, numbers, workspace
from calls.demo.simulator.elevenlabs.access import (
    Checked,
    authenticate,
    body_of,
    not_found,
    page_of,
    problem,
    query_problem,
)
from calls.demo.simulator.elevenlabs.conversations import Conversation
from calls.demo.simulator.elevenlabs.monitoring import monitor
from calls.demo.simulator.elevenlabs.story import begin_outbound
from calls.demo.simulator.http_server import Answer, NoAnswer, Request, SocketAnswer, json_answer
from calls.demo.simulator.phone import Outcome, outcome_of
from calls.demo.simulator.routing import Api, Refusal, Route
from calls.demo.simulator.world import World

_E164 = re.compile(r"\+[1-9][0-9]{4,14}")


def dial(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    body = body_of(request)
    agent_id, number_id, to_number = (body.text(name) for name in ("agent_id", "agent_phone_number_id", "to_number"))
    if to_number and not _E164.fullmatch(to_number):
        body.wrong("to_number", "Value error, the number must be in E.164 format", "value_error")
    client_data = body.object("conversation_initiation_client_data")
    user_id = client_data.text("user_id", required=False) if client_data else ""
    if client_data is not None:
        _check_variables(client_data)
    body.finish()

    if not agents.has_agent(world, account, agent_id):
        raise not_found("agent", agent_id)
    number = numbers.find_number(world, account, number_id)
    if number is None:
        raise not_found("phone_number", number_id)
    if world.is_full:
        raise Refusal(problem(429, "too_many_concurrent_requests", "Too many concurrent requests."))

    outcome = outcome_of(to_number)
    if outcome is Outcome.REFUSED:
        return json_answer(200, _outcome(success=False, message="The SIP trunk refused the call"))
    conversation = begin_outbound(
        world,
        account,
        number=number,
        agent_id=agent_id,
        to_number=to_number,
        outcome=outcome,
        client_data=client_data.document if client_data else {},
        user_id=user_id or None,
    )
    if outcome is Outcome.UNHEARD:
        raise NoAnswer(at_once=False)
    return json_answer(200, _outcome(success=True, message="Success", conversation=conversation))


def _check_variables(client_data: Checked) -> None:
    """https://elevenlabs.io/docs/agents-platform/customization/personalization/dynamic-variables"""
    variables = client_data.object("dynamic_variables")
    for name, value in variables.document.items() if variables else ():
        assert variables is not None
        if not isinstance(value, str | int | float):
            variables.wrong(name, "Input should be a valid string, number or boolean", "union_error")
        if name.startswith("system__"):
            variables.wrong(name, "Value error, names that start with system__ are reserved", "value_error")


def _outcome(*, success: bool, message: str, conversation: Conversation | None = None) -> dict[str, Any]:
    return {
        "success": success,
        "message": message,
        "conversation_id": conversation and conversation.id,
        "sip_call_id": conversation and conversation.sip_call_id,
    }


def list_conversations(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    query = {name: values[-1] for name, values in parse_qs(request.query).items()}
    after, before = _number(query, "call_start_after_unix", 0), _number(query, "call_start_before_unix", 2**53)
    found = [
        conversation
        for conversation in world.calls_of(Conversation)
        if conversation.account.api_key == account.api_key
        and query.get("agent_id", conversation.agent_id) == conversation.agent_id
        and query.get("user_id", conversation.user_id) == conversation.user_id
        and after <= int(conversation.started.timestamp()) <= before
    ]
    # The cursor is the last id of the page before; newer conversations do not shift what follows it.
    rows = [conversation.summary() for conversation in found]
    return json_answer(200, page_of(request, "conversations", rows, key="conversation_id"))


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        raise query_problem(name, "Input should be a valid integer") from None


def show_conversation(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    return json_answer(200, _conversation(world, authenticate(world, request), names).details())


def delete_conversation(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """With transcript and audio: https://elevenlabs.io/docs/api-reference/conversations/delete."""
    conversation = _conversation(world, authenticate(world, request), names)
    world.forget(conversation)
    return json_answer(200, {})


def show_audio(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    conversation = _conversation(world, authenticate(world, request), names)
    if not conversation.has_audio:
        raise Refusal(problem(404, "missing_conversation_audio", "The conversation has no audio."))
    return Answer(200, conversation.dialogue.recording, "audio/mpeg")


def monitor_conversation(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """How it refuses is not documented: as the rest of the API words it."""
    conversation = _conversation(world, authenticate(world, request), names)
    if conversation.account.monitoring == "off":
        raise Refusal(problem(403, "feature_not_available", "Monitoring is part of the enterprise plan."))
    if conversation.status != "in-progress":
        raise Refusal(problem(400, "conversation_not_active", "The conversation is not in progress."))
    if request.headers.get("upgrade", "").lower() != "websocket":
        raise Refusal(problem(426, "upgrade_required", "A WebSocket is required."))
    return SocketAnswer(serve=partial(monitor, conversation))


def _conversation(world: World, account: ElevenLabsAccount, names: Mapping[str, str]) -> Conversation:
    conversation = world.call(Conversation, names["conversation"])
    if conversation is None or conversation.account.api_key != account.api_key:
        raise not_found("conversation", names["conversation"])
    return conversation


_CONVERSATIONS = "/v1/convai/conversations"
_NUMBERS = "/v1/convai/phone-numbers"
_TOOLS = "/v1/convai/tools"
_SECRETS = "/v1/convai/secrets"

API = Api(
    provider="elevenlabs",
    prefixes=("/v1/convai/",),
    problem=problem,
    routes=(
        Route("outbound-call", "POST", "/v1/convai/sip-trunk/outbound-call", dial),
        Route("conversations", "GET", _CONVERSATIONS, list_conversations),
        Route("conversation", "GET", f"{_CONVERSATIONS}/{{conversation}}", show_conversation),
        Route("conversation-delete", "DELETE", f"{_CONVERSATIONS}/{{conversation}}", delete_conversation),
        Route("monitor", "GET", f"{_CONVERSATIONS}/{{conversation}}/monitor", monitor_conversation),
        Route("audio", "GET", f"{_CONVERSATIONS}/{{conversation}}/audio", show_audio),
        Route("agents", "POST", "/v1/convai/agents/create", agents.create_agent),
        Route("agents-list", "GET", "/v1/convai/agents", agents.list_agents),
        Route("agent", "GET", "/v1/convai/agents/{agent}", agents.show_agent),
        Route("agent-change", "PATCH", "/v1/convai/agents/{agent}", agents.change_agent),
        Route("tools", "POST", _TOOLS, workspace.create_tool),
        Route("tools-list", "GET", _TOOLS, workspace.list_tools),
        Route("tool", "GET", f"{_TOOLS}/{{tool}}", workspace.show_tool),
        Route("tool-change", "PATCH", f"{_TOOLS}/{{tool}}", workspace.change_tool),
        Route("tool", "DELETE", f"{_TOOLS}/{{tool}}", workspace.delete_tool),
        Route("secrets", "POST", _SECRETS, workspace.create_secret),
        Route("secrets-list", "GET", _SECRETS, workspace.list_secrets),
        Route("secret-change", "PATCH", f"{_SECRETS}/{{secret}}", workspace.change_secret),
        Route("phone-numbers", "POST", _NUMBERS, numbers.import_number),
        Route("phone-numbers-list", "GET", _NUMBERS, numbers.list_numbers),
        Route("phone-number", "GET", f"{_NUMBERS}/{{number}}", numbers.show_number),
        Route("phone-number", "PATCH", f"{_NUMBERS}/{{number}}", numbers.change_number),
        Route("phone-number", "DELETE", f"{_NUMBERS}/{{number}}", numbers.delete_number),
    ),
)
