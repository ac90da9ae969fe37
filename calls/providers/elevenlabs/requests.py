"""What ElevenLabs sends, for the API's document; `payloads` reads it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from tether_calls.common.wire import UNSET, SnakeStruct, UnsetType

_AGENT = "agent_7101k5zvyjhmfg983brhmhkd98n6"


class ElevenLabsEvent(SnakeStruct):
    """An event has `type` and `data`; the request of an agent's tool has whatever the tool declares.

    https://elevenlabs.io/docs/agents-platform/workflows/post-call-webhooks
    """

    type: (
        Annotated[
            str,
            msgspec.Meta(description="post_call_transcription, post_call_audio or call_initiation_failure are used."),
        ]
        | UnsetType
    ) = UNSET
    event_timestamp: Annotated[int, msgspec.Meta(description="Unix seconds.")] | UnsetType = UNSET
    data: dict[str, Any] | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {
        "type": "call_initiation_failure",
        "event_timestamp": 1778836260,
        "data": {
            "agent_id": _AGENT,
            "conversation_id": "conv_8401kabcdefgh1234567890jklmn",
            "failure_reason": "no-answer",
            "metadata": {"type": "sip", "body": {"from_number": "+14165550100", "to_number": "+14165550171"}},
        },
    }


class ElevenLabsPersonalizationRequest(SnakeStruct):
    """A call comes in for an agent."""

    caller_id: Annotated[str | None, msgspec.Meta(description="Empty or a word where the caller hides it.")] = None
    agent_id: str | None = None
    called_number: str | None = None
    call_sid: str | None = None

    example: ClassVar[dict[str, Any]] = {
        "caller_id": "+14165550171",
        "agent_id": _AGENT,
        "called_number": "+14165550100",
        "call_sid": "SCL_in1",
    }
