"""What ElevenLabs sends: the end of a conversation, its audio, a dial that was not answered; and what it asks."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import ClassVar

import msgspec

from calls.providers.bodies import PayloadError, has_too_many_values, peek, peek_into
from calls.providers.elevenlabs import payloads, replies, requests, signature, words
from calls.providers.elevenlabs.conversation import PROVIDER, carried_call_id
from calls.providers.elevenlabs.settings import ElevenLabsCredentials
from calls.providers.endpoint import Answer, CallerQuestion, Endpoint, Incoming, Interpretation, Reply, SenderNames
from calls.providers.reading import identifier, phone
from calls.providers.verdicts import Verdict
from calls.reports import CALL_ID_VARIABLE, CallReport, InlineRecording
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.wire import WireStruct

_SIGNATURE = signature.HEADER.lower()
# How JSON begins that is no object, and so names no sender.
_OTHER_JSON = tuple(map(bytes, zip(b'["-0123456789tfn', strict=True)))


class ElevenLabsEndpoint(Endpoint[ElevenLabsCredentials]):
    """Events have a signature; tools, and the question who calls, send the tool secret."""

    signed_headers: ClassVar[tuple[str, ...]] = (_SIGNATURE,)
    security: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "elevenLabsSignature": {
            "type": "apiKey",
            "in": "header",
            "name": signature.HEADER,
            "description": "`t=<unix seconds>,v0=<hex>`, by the organization's webhook secret.",
        },
        "toolSecret": {"type": "http", "scheme": "bearer", "description": "The organization's tool secret."},
    }

    def sender(self, incoming: Incoming) -> SenderNames:
        try:
            names = _names(incoming.body)
        except PayloadError:
            if _SIGNATURE not in incoming.headers:
                raise
            # Not JSON, it may still be signed: then its sender is told what is wrong with it.
            names = SenderNames()
        if incoming.authorization is None or _SIGNATURE in incoming.headers:
            return names
        return replace(names, tool_secret=signature.bearer_of(incoming.authorization))

    def verify(self, incoming: Incoming, credentials: ElevenLabsCredentials) -> Verdict:
        header = incoming.headers.get(_SIGNATURE)
        if header is None and incoming.authorization is not None:
            return signature.verify_bearer(authorization=incoming.authorization, secret=credentials.tool_secret)
        return signature.verify(
            header=header,
            body=incoming.body,
            secret=credentials.webhook_secret,
            now=incoming.received_at.timestamp(),
        )


class ElevenLabsEvents(ElevenLabsEndpoint):
    """POST /api/webhook/elevenlabs"""

    path: ClassVar[str] = "elevenlabs"
    summary: ClassVar[str] = "A conversation's end, audio or failure"
    description: ClassVar[str] = (
        "Signed with `ElevenLabs-Signature`, or authenticated by the organization's tool secret. Each delivery is"
        " kept, and processed once. Emits `call_initiated`, `call_ended`, `call_recording_ready` and"
        " `fetch_messages`, as far as it brings something new."
    )
    reply_document: ClassVar[type[WireStruct] | str | None] = replies.WebhookReceivedResponse
    request_document: ClassVar[type[WireStruct] | None] = requests.ElevenLabsEvent
    takes_audio: ClassVar[bool] = True

    def redacted(self, incoming: Incoming, kinds: Kinds) -> bytes:
        return words.redacted_event(incoming, kinds)

    def interpret(self, incoming: Incoming) -> Interpretation:
        if not payloads.is_delivery(incoming.json):
            return _of_tool(payloads.read_tool_request(incoming.json))
        event = payloads.read_delivery(incoming.json)
        match event:
            case payloads.Transcription():
                names = (event.report.provider_call_id, event.report.provider_metadata.get("callSid"))
                return Interpretation(
                    kind="post_call_transcription",
                    report=event.report,
                    may_create=True,
                    aliases=tuple(name for name in names if name),
                )
            case payloads.AudioDelivery():
                return Interpretation(
                    kind="post_call_audio",
                    report=CallReport(provider=PROVIDER, provider_call_id=event.conversation_id),
                    waits=True,
                    recording=lambda _credentials, max_bytes: _audio(event, max_bytes),
                    without_recording=lambda: payloads.without_audio(incoming.json),
                )
            case payloads.StoredAudio():
                return Interpretation(
                    kind="post_call_audio",
                    report=CallReport(provider=PROVIDER, provider_call_id=event.conversation_id),
                )
            case payloads.InitiationFailure():
                return Interpretation(kind="call_initiation_failure", report=event.report, may_create=True)
            case _:
                return Interpretation(kind=event.event)

    def reply(self, answer: Answer) -> Reply:
        return replies.received(answer)


class ElevenLabsPersonalization(ElevenLabsEndpoint):
    """POST /api/webhook/elevenlabs/personalization: asked while a call rings; nothing is changed."""

    path: ClassVar[str] = "elevenlabs/personalization"
    summary: ClassVar[str] = "Who is calling?"
    description: ClassVar[str] = "Asked while an inbound call rings; authenticated by the organization's tool secret."
    request_document: ClassVar[type[WireStruct] | None] = requests.ElevenLabsPersonalizationRequest
    reply_document: ClassVar[type[WireStruct] | str | None] = replies.WebhookPersonalizationResponse

    def interpret(self, incoming: Incoming) -> Interpretation:
        request = payloads.read_personalization(incoming.json)
        question = CallerQuestion(
            caller_number=request.caller_number, called_number=request.called_number, alias=request.call_sid
        )
        return Interpretation(kind="personalization", question=question)

    def reply(self, answer: Answer) -> Reply:
        return replies.personalization(answer)


def _of_tool(request: payloads.ToolRequest) -> Interpretation:
    kind = f"tool {request.tool_name}" if request.tool_name else "tool"
    if request.conversation_id is None and request.call_id is None:
        return Interpretation(kind=kind)
    # It reports nothing new of the call, but it belongs to it.
    report = CallReport(provider=PROVIDER, provider_call_id=request.conversation_id, call_id=request.call_id)
    return Interpretation(kind=kind, report=report)


def _audio(delivery: payloads.AudioDelivery, max_bytes: int) -> InlineRecording:
    if len(delivery.audio_base64) > 4 * max_bytes // 3 + 4:
        raise TetherError(ErrorCode.RECORDING_TOO_LARGE, f"The recording is larger than {max_bytes} bytes")
    file = BytesIO()
    delivery.write_to(file)
    return InlineRecording(file.getvalue())


def _names(body: bytes) -> SenderNames:
    """A tool's request has all of it at the top, an event in its `data`.

    The sender is not verified yet, so nothing else of the body is decoded.
    """
    names = (
        *("conversation_id", "system__conversation_id", "agent_id", "called_number", "user_id", "metadata"),
        "conversation_initiation_client_data",
    )
    if body[:100].removeprefix(BOM_UTF8).lstrip()[:1] in _OTHER_JSON or has_too_many_values(body):
        return SenderNames()
    envelope = peek(body, "type", "data", *names)
    is_event = isinstance(envelope["type"], str) and isinstance(envelope["data"], msgspec.Raw)
    data = peek_into(envelope["data"], *names) if is_event else envelope
    metadata = peek_into(data["metadata"], "phone_call", "body")
    phone_call = peek_into(metadata["phone_call"], "agent_number", "call_sid", "call_id")
    client_data = peek_into(data["conversation_initiation_client_data"], "user_id", "dynamic_variables")
    variables = peek_into(client_data["dynamic_variables"], CALL_ID_VARIABLE)
    details = peek_into(metadata["body"], "from_number")
    return SenderNames(
        provider_call_id=identifier(data["conversation_id"]) or identifier(data["system__conversation_id"]),
        call_id=carried_call_id(
            {
                "user_id": data["user_id"],
                "conversation_initiation_client_data": {**client_data, "dynamic_variables": variables},
                "metadata": {"phone_call": phone_call},
            }
        ),
        agent_id=identifier(data["agent_id"]),
        phone_number=phone(phone_call["agent_number"]) or phone(details["from_number"]) or phone(data["called_number"]),
    )
