"""Where people's words are in what ElevenLabs sends, and the same bodies with these redacted."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from calls.providers.bodies import PayloadError
from calls.providers.elevenlabs.payloads import is_delivery
from calls.providers.endpoint import Incoming
from calls.providers.reading import fields
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.redaction.mask import redacted_bytes, redacted_json, redacted_turns

# Of a turn: https://elevenlabs.io/docs/api-reference/conversations/get
_OF_TURN: Final = ("original_message", "tool_calls", "tool_results", "llm_override", "feedback", "source_medium")
# Of a request of a tool that is none of ours these are ids and numbers of the provider's.
_NAMES: Final = frozenset(
    {
        *("conversation_id", "system__conversation_id", "agent_id", "caller_id", "called_id", "called_number"),
        *("tool_name", "tether_call_id", "phone_number", "user_id", "call_sid"),
    }
)


def redacted_event(incoming: Incoming, kinds: Kinds) -> bytes:
    """A conversation's transcript and analysis, or what a tool is told that is none of ours."""
    try:
        body = incoming.json
    except PayloadError:
        return redacted_bytes(incoming.body, kinds)
    if not isinstance(body, dict):
        return incoming.body
    if not is_delivery(body):
        return _told(body, kinds, {name for name in body if name not in _NAMES})
    if body.get("type") == "post_call_audio":
        return incoming.body
    return json.dumps({**body, "data": redacted_conversation(fields(body.get("data")), kinds)}).encode()


def redacted_conversation(data: Mapping[str, Any], kinds: Kinds) -> dict[str, Any]:
    """As the webhook and the API have it."""
    redacted = dict(data)
    if isinstance(data.get("transcript"), list):
        redacted["transcript"] = _turns(data["transcript"], kinds)
    if "analysis" in data:
        redacted["analysis"] = redacted_json(data["analysis"], kinds)
    return redacted


def redacted_tool(incoming: Incoming, kinds: Kinds, *, free: Collection[str]) -> bytes:
    """The arguments that are `free` text; others are asked for to be kept, such as a person's e-mail address."""
    try:
        body = incoming.json
    except PayloadError:
        return redacted_bytes(incoming.body, kinds)
    return _told(body, kinds, set(free)) if isinstance(body, dict) else incoming.body


def _told(body: Mapping[str, Any], kinds: Kinds, names: Collection[str]) -> bytes:
    return json.dumps(
        {name: redacted_json(value, kinds) if name in names else value for name, value in body.items()}
    ).encode()


def _turns(turns: list[Any], kinds: Kinds) -> list[Any]:
    """The messages as one conversation; what else a turn has is read by itself."""
    spoken = [place for place, turn in enumerate(turns) if isinstance(fields(turn).get("message"), str)]
    told = [(str(turns[place].get("role")), turns[place]["message"]) for place in spoken]
    texts = dict(zip(spoken, redacted_turns(told, kinds)[0], strict=True))
    redacted = []
    for place, turn in enumerate(turns):
        if not isinstance(turn, dict):
            redacted.append(redacted_json(turn, kinds))
            continue
        rest = {name: redacted_json(turn[name], kinds) for name in _OF_TURN if turn.get(name) is not None}
        redacted.append({**turn, **rest, **({"message": texts[place]} if place in texts else {})})
    return redacted
