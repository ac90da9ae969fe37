"""The addresses that ElevenLabs' agents call during a conversation, one for each tool.

https://elevenlabs.io/docs/eleven-agents/customization/tools/webhook-tools
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

import msgspec

from calls.providers.bodies import parse_json
from calls.providers.elevenlabs import words
from calls.providers.elevenlabs.conversation import PROVIDER
from calls.providers.elevenlabs.deliveries import ElevenLabsEndpoint
from calls.providers.endpoint import Answer, Incoming, Interpretation, Reply
from calls.providers.reading import identifier, phone, required_fields
from calls.providers.tools import TOOLS, OfferedTool, Tool, ToolRequested
from calls.reports import CallReport
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.wire import UNSET, SnakeStruct, UnsetType, WireStruct

# What the provider knows itself, and a tool may declare beside what the model fills in.
OF_THE_PROVIDER: Final = ("conversation_id", "agent_id", "caller_id", "called_id", "called_number")
# https://elevenlabs.io/docs/agents-platform/customization/personalization/dynamic-variables
_VARIABLES = {
    "conversation_id": "system__conversation_id",
    "agent_id": "system__agent_id",
    "caller_id": "system__caller_id",
}
_CONVERSATION = "conv_8401kabcdefgh1234567890jklmn"


def kind_of(tool: Tool) -> str:
    return f"tool {tool.name}"


class ElevenLabsTool(ElevenLabsEndpoint):
    """POST /api/webhook/elevenlabs/tools/{name}: has the shape that the tool declares, flat."""

    tool: ClassVar[Tool]

    def redacted(self, incoming: Incoming, kinds: Kinds) -> bytes:
        return words.redacted_tool(incoming, kinds, free=self.tool.free_texts)

    def interpret(self, incoming: Incoming) -> Interpretation:
        kept = body = required_fields(incoming.json, "The body")
        if incoming.original is not None:
            body = {**kept, **self._sent(required_fields(parse_json(incoming.original), "The body"))}
        conversation_id = identifier(body.get("conversation_id"))
        requested = ToolRequested(
            tool=self.tool,
            arguments={name: body[name] for name in self.tool.parameters if body.get(name) is not None},
            conversation_id=conversation_id,
            caller_number=phone(body.get("caller_id")),
            agent_id=identifier(body.get("agent_id")),
            our_number=phone(body.get("called_number")) or phone(body.get("called_id")),
            digest=hashlib.sha256(incoming.body).hexdigest(),
            is_masked=body != kept,
            whole_digest=hashlib.sha256(incoming.original).hexdigest() if incoming.original is not None else "",
        )
        # It reports nothing new of the call, but it belongs to it.
        report = CallReport(provider=PROVIDER, provider_call_id=conversation_id) if conversation_id else None
        return Interpretation(kind=kind_of(self.tool), report=report, question=requested)

    def _sent(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters that are sent to a person, in the agent's own words."""
        names = [name for name, each in self.tool.parameters.items() if each.is_sent]
        return {name: body[name] for name in names if name in body}

    def reply(self, answer: Answer) -> Reply:
        assert answer.tool is not None, "a tool is always answered"
        return Reply(answer.tool)


def _endpoint(tool: Tool) -> ElevenLabsTool:
    title = "".join(word.title() for word in tool.name.split("-"))
    kind: type[ElevenLabsTool] = type(
        f"ElevenLabs{title}",
        (ElevenLabsTool,),
        {
            "path": f"elevenlabs/tools/{tool.name}",
            "summary": f"Tool: {tool.name}",
            "description": f"{tool.description} Authenticated by the organization's tool secret.",
            "request_document": _request_of(tool, title),
            "reply_document": tool.reply,
            "tool": tool,
            # Also what a process that died has not read yet.
            "questions": frozenset({kind_of(tool), ""}) if tool.is_momentary else frozenset(),
        },
    )
    return kind()


def _request_of(tool: Tool, title: str) -> type[WireStruct]:
    """What the tool declares, for the API's document; `interpret` takes whatever comes."""
    declared: list[Any] = [
        (name, Annotated[str, msgspec.Meta(description=each.description)])
        if each.is_required
        else (name, Annotated[str, msgspec.Meta(description=each.description)] | UnsetType, UNSET)
        for name, each in tool.parameters.items()
    ]
    provided: list[Any] = [(name, str | UnsetType, UNSET) for name in OF_THE_PROVIDER]
    example = {**{name: each.example for name, each in tool.parameters.items()}, "conversation_id": _CONVERSATION}
    found: Any = msgspec.defstruct(
        f"ElevenLabs{title}Request",
        [*declared, *provided],
        bases=(SnakeStruct,),
        namespace={"example": example, "__doc__": f"What `{tool.name}` is told; more may come, and is not read."},
        kw_only=True,
    )
    document: type[WireStruct] = found
    return document


def offered() -> tuple[OfferedTool, ...]:
    return tuple(OfferedTool(tool=each.tool, path=each.path, schema=_schema_of(each.tool)) for each in ENDPOINTS)


def _schema_of(tool: Tool) -> dict[str, Any]:
    """`request_body_schema` of a tool: a property has a description for the model, or a variable of the provider's.

    The variables are those that every channel has: one that a conversation lacks ends it at its first second.
    """
    told = {name: {"type": "string", "description": each.description} for name, each in tool.parameters.items()}
    own = {name: {"type": "string", "dynamic_variable": variable} for name, variable in _VARIABLES.items()}
    required = [name for name, each in tool.parameters.items() if each.is_required]
    return {"type": "object", "properties": {**told, **own}, "required": required}


ENDPOINTS: Final = tuple(map(_endpoint, TOOLS))
