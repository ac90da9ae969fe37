"""What ElevenLabs sends: the end of a conversation, its audio, a dial that reached nobody; and what it asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import ClassVar

from django.conf import settings

from calls.models import VoiceAccount, VoiceProvider
from calls.providers.credentials import ElevenLabsCredentials
from calls.providers.elevenlabs import payloads, signature
from calls.providers.elevenlabs.conversation import PROVIDER, carried_call_id
from calls.providers.reading import fields, identifier, phone
from calls.providers.verdicts import Verdict
from calls.reports import CallReport, InlineRecording
from calls.selectors.deliveries.senders import elevenlabs_accounts
from calls.selectors.voice_accounts.accounts import credentials_in
from calls.services.deliveries.incoming import Endpoint, Incoming, Interpretation
from calls.services.lifecycle.call_context import cached_context
from tether_calls.common.errors import ErrorCode, TetherError


class ElevenLabsEvents(Endpoint):
    """POST /api/webhook/elevenlabs: events with a signature, and the requests of tools, with the tool secret."""

    provider: ClassVar[str] = VoiceProvider.ELEVENLABS
    signed_headers: ClassVar[tuple[str, ...]] = (signature.HEADER.lower(),)

    def accounts(self, incoming: Incoming) -> Iterator[VoiceAccount]:
        return elevenlabs_accounts(**_names(incoming.json))

    def verdict(self, incoming: Incoming, account: VoiceAccount) -> Verdict:
        credentials = credentials_in(account, ElevenLabsCredentials)
        header = incoming.headers.get(signature.HEADER.lower())
        if header is None and incoming.authorization is not None:
            return signature.verify_bearer(authorization=incoming.authorization, secret=credentials.tool_secret)
        return signature.verify(
            header=header,
            body=incoming.body,
            secret=credentials.webhook_secret,
            now=incoming.received_at.timestamp(),
        )

    def interpret(self, incoming: Incoming, account: VoiceAccount) -> Interpretation:
        if not payloads.is_delivery(incoming.json):
            return _of_tool(payloads.read_tool_request(incoming.json))
        event = payloads.read_delivery(incoming.json)
        match event:
            case payloads.Transcription():
                report = _in_context(event.report, account.organization_id)
                return Interpretation(kind="post_call_transcription", event=event, report=report, may_create=True)
            case payloads.AudioDelivery():
                return Interpretation(
                    kind="post_call_audio",
                    event=event,
                    report=CallReport(provider=PROVIDER, provider_call_id=event.conversation_id),
                    waits=True,
                    recording=lambda: _audio(event),
                )
            case payloads.InitiationFailure():
                # It says of no time but its own when that was.
                report = replace(event.report, end_time=event.sent_at)
                return Interpretation(kind="call_initiation_failure", event=event, report=report, may_create=True)
            case _:
                return Interpretation(kind=event.event, event=event)


class ElevenLabsPersonalization(ElevenLabsEvents):
    """POST /api/webhook/elevenlabs/personalization: who is calling? Asked while it rings; nothing is changed."""

    def interpret(self, incoming: Incoming, account: VoiceAccount) -> Interpretation:
        return Interpretation(kind="personalization", event=payloads.read_personalization(incoming.json))


def _in_context(report: CallReport, organization_id: str) -> CallReport:
    """The report with our own id, where the conversation or its call was announced to us under another name."""
    names = (report.provider_call_id, report.provider_metadata.get("callSid"))
    for name in names if report.call_id is None else ():
        context = cached_context(provider=PROVIDER, conversation_id=name) if name else None
        if context is not None and context.organization_id == organization_id:
            return replace(report, call_id=context.call_id)
    return report


def _of_tool(request: payloads.ToolRequest) -> Interpretation:
    kind = f"tool {request.tool_name}" if request.tool_name else "tool"
    if request.conversation_id is None and request.call_id is None:
        return Interpretation(kind=kind, event=request)
    # It tells nothing new of the call, but it belongs to it.
    report = CallReport(provider=PROVIDER, provider_call_id=request.conversation_id, call_id=request.call_id)
    return Interpretation(kind=kind, event=request, report=report)


def _audio(delivery: payloads.AudioDelivery) -> InlineRecording:
    limit = settings.TETHER_RECORDING_MAX_BYTES
    if len(delivery.audio_base64) > 4 * limit // 3 + 4:
        raise TetherError(ErrorCode.RECORDING_TOO_LARGE, f"The recording is larger than {limit} bytes")
    file = BytesIO()
    delivery.write_to(file)
    return InlineRecording(file.getvalue())


def _names(body: object) -> dict[str, str | None]:
    """By what a body may name its organization; a tool's request has it all at the top."""
    envelope = fields(body)
    data = fields(envelope.get("data")) if payloads.is_delivery(body) else envelope
    phone_call = fields(fields(data.get("metadata")).get("phone_call"))
    details = fields(fields(data.get("metadata")).get("body"))
    return {
        "conversation_id": identifier(data.get("conversation_id")) or identifier(data.get("system__conversation_id")),
        "call_id": carried_call_id(data),
        "agent_id": identifier(data.get("agent_id")),
        "phone_number": phone(phone_call.get("agent_number"))
        or phone(details.get("from_number"))
        or phone(data.get("called_number")),
    }
