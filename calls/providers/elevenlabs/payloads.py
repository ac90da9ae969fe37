"""What ElevenLabs sends us, in our words: https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Final

from calls.providers.bodies import PayloadError
from calls.providers.elevenlabs.conversation import (
    PROVIDER,
    carried_call_id,
    read_conversation,
)
from calls.providers.elevenlabs.endings import endings_of_failure
from calls.providers.reading import (
    MAX_NAME,
    fields,
    identifier,
    number,
    our_id,
    party,
    phone,
    required_fields,
    required_identifier,
    text,
    unix_time,
    word,
)
from calls.reports import CALL_ID_VARIABLE, Authority, CallReport, known_metadata
from tether_calls.common.base64_bytes import decode_base64

# The event itself means that there was no call; a reason without a row is a failure.
FAILURE_REASONS: Final = {"busy": "busy", "no-answer": "no-answer", "unknown": "failed"}

# Of a delivery whose audio is in the storage.
_STORED = "full_audio_is_stored"
# A multiple of four, so that every slice of base64 stands for whole bytes.
_SLICE = 4 * 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Transcription:
    """post_call_transcription: the call is over, with its transcript."""

    report: CallReport


@dataclass(frozen=True, kw_only=True)
class AudioDelivery:
    """post_call_audio: an MP3, kept as the base64 that it came as until it is written somewhere."""

    conversation_id: str
    audio_base64: str = field(repr=False)

    def write_to(self, file: BinaryIO) -> int:
        """Decode slice by slice; returns the number of bytes written. Raises PayloadError."""
        size = 0
        if len(self.audio_base64) % 4:
            raise PayloadError("full_audio is not base64")
        for start in range(0, len(self.audio_base64), _SLICE):
            try:
                content = decode_base64(self.audio_base64[start : start + _SLICE])
            except ValueError:
                raise PayloadError("full_audio is not base64") from None
            size += file.write(content)
        return size


@dataclass(frozen=True, kw_only=True)
class StoredAudio:
    """post_call_audio, as it is kept once its MP3 is in the storage (`without_audio`)."""

    conversation_id: str


@dataclass(frozen=True, kw_only=True)
class InitiationFailure:
    """call_initiation_failure: a dial that was not answered. It carries no id of ours, only the conversation's."""

    report: CallReport


@dataclass(frozen=True, kw_only=True)
class UnknownDelivery:
    """An event that we do not know yet: to be kept, and answered 200."""

    event: str


Delivery = Transcription | AudioDelivery | StoredAudio | InitiationFailure | UnknownDelivery


@dataclass(frozen=True, kw_only=True)
class PersonalizationRequest:
    """Who is calling in, asked while it rings."""

    caller_number: str | None
    called_number: str | None
    call_sid: str | None


@dataclass(frozen=True, kw_only=True)
class ToolRequest:
    """A server tool's call. Its body has the shape that the tool's own schema gives it; these names are ours."""

    tool_name: str | None
    conversation_id: str | None
    call_id: str | None


def read_delivery(body: object) -> Delivery:
    """Raises PayloadError: no `type`, no `data`, or a known event without its conversation."""
    envelope = required_fields(body, "The body")
    event = text(envelope.get("type"), MAX_NAME)
    if event is None:
        raise PayloadError("type is missing")
    data = required_fields(envelope.get("data"), "data")
    if event not in ("post_call_transcription", "post_call_audio", "call_initiation_failure"):
        return UnknownDelivery(event=event)
    conversation_id = required_identifier(data.get("conversation_id"), "conversation_id")
    if event == "post_call_audio":
        if data.get(_STORED) is True:
            return StoredAudio(conversation_id=conversation_id)
        audio = data.get("full_audio")
        if not isinstance(audio, str) or not audio:
            raise PayloadError("full_audio is missing")
        return AudioDelivery(conversation_id=conversation_id, audio_base64=audio)
    if event == "post_call_transcription":
        # Sent when the call is over, with or without a status.
        return Transcription(report=read_conversation(data, default_status="done"))
    sent_at = unix_time(envelope.get("event_timestamp"))
    return InitiationFailure(report=_failed_call(data, conversation_id, sent_at))


def without_audio(body: object) -> bytes:
    """A post_call_audio whose MP3 is kept elsewhere: the same without it, and with a mark of ours that says so."""
    envelope = fields(body)
    data = {**fields(envelope.get("data")), "full_audio": "", _STORED: True}
    return json.dumps({**envelope, "data": data}).encode()


def is_delivery(body: object) -> bool:
    """Whether this has the envelope of an event; what has none is a tool's request."""
    envelope = fields(body)
    return isinstance(envelope.get("type"), str) and isinstance(envelope.get("data"), dict)


def read_personalization(body: object) -> PersonalizationRequest:
    """https://elevenlabs.io/docs/eleven-agents/customization/personalization/twilio-personalization

    Raises PayloadError.
    """
    request = required_fields(body, "The body")
    return PersonalizationRequest(
        caller_number=phone(request.get("caller_id")),
        called_number=phone(request.get("called_number")),
        call_sid=identifier(request.get("call_sid")),
    )


def read_tool_request(body: object) -> ToolRequest:
    """`conversation_id` is the tool's parameter with the value system__conversation_id. Raises PayloadError."""
    request = required_fields(body, "The body")
    conversation = request.get("conversation_id") or request.get("system__conversation_id")
    return ToolRequest(
        tool_name=identifier(request.get("tool_name")),
        conversation_id=identifier(conversation),
        call_id=our_id(request.get(CALL_ID_VARIABLE)),
    )


def _failed_call(data: Mapping[str, Any], conversation_id: str, sent_at: datetime | None) -> CallReport:
    """`metadata` is of one of two kinds: what SIP answered, or a status callback of Twilio's."""
    metadata = fields(data.get("metadata"))
    details = fields(metadata.get("body"))
    sip_status = number(details.get("sip_status_code")) or number(details.get("SipResponseCode"))
    return CallReport(
        provider=PROVIDER,
        direction="outbound",
        status=FAILURE_REASONS.get(word(data.get("failure_reason")), "failed"),
        from_number=party(details.get("from_number")) or party(details.get("From")),
        to_number=party(details.get("to_number")) or party(details.get("To")),
        # The only time in the event is that of its sending.
        heard_at=sent_at,
        # A conversation that took place all the same has more to say of its end.
        authority=Authority.OPEN,
        provider_call_id=conversation_id,
        endings=endings_of_failure(reason=word(data.get("failure_reason")), sip_status=sip_status),
        call_id=carried_call_id(data),
        provider_agent_id=identifier(data.get("agent_id")),
        provider_metadata=known_metadata(
            failureReason=text(data.get("failure_reason"), MAX_NAME),
            callSid=identifier(details.get("call_sid")) or identifier(details.get("CallSid")),
            sipStatus=sip_status,
        ),
    )
