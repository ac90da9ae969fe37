"""What Twilio sends: where a call shall go, how its legs are doing, who answered, where the recording is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import BinaryIO, ClassVar
from urllib.parse import parse_qsl, urlsplit

from calls.providers.endpoint import (
    FORM,
    Answer,
    Endpoint,
    Incoming,
    Interpretation,
    NextPersonQuestion,
    Reply,
    RouteQuestion,
    SenderNames,
    WhisperQuestion,
)
from calls.providers.reading import identifier, our_id
from calls.providers.twilio import payloads, replies, signature, texts
from calls.providers.twilio.client import TwilioClient
from calls.providers.twilio.forms import (
    TwilioMachineDetectionForm,
    TwilioRecordingForm,
    TwilioStatusForm,
    TwilioTextForm,
    TwilioTextStatusForm,
    TwilioVoiceForm,
)
from calls.providers.twilio.settings import TwilioCredentials
from calls.providers.verdicts import Verdict
from calls.reports import CallReport, ProvidedRecording
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.wire import WireStruct

_SIGNATURE = signature.HEADER.lower()


class _TwilioEndpoint(Endpoint[TwilioCredentials]):
    """A form, signed over the address and the fields; answered `OK` unless it asks something."""

    signed_headers: ClassVar[tuple[str, ...]] = (_SIGNATURE, "i-twilio-idempotency-token")
    media_type: ClassVar[str] = FORM
    security: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "twilioSignature": {
            "type": "apiKey",
            "in": "header",
            "name": signature.HEADER,
            "description": "Twilio's signature over the address and the fields, by the account's token.",
        }
    }
    reply_document: ClassVar[type[WireStruct] | str | None] = replies.TEXT

    def sender(self, incoming: Incoming) -> SenderNames:
        return SenderNames(account_id=identifier(incoming.form.get("AccountSid")))

    def verify(self, incoming: Incoming, credentials: TwilioCredentials) -> Verdict:
        return signature.verify(
            signature=incoming.headers.get(_SIGNATURE),
            url=incoming.url,
            content_type=incoming.content_type,
            body=incoming.body,
            token=credentials.auth_token,
        )

    def reply(self, answer: Answer) -> Reply:
        return replies.received()


class _TwilioVoice(_TwilioEndpoint):
    """A number of ours is called, or a browser calls: where shall the call go?"""

    request_document: ClassVar[type[WireStruct] | None] = TwilioVoiceForm
    reply_document: ClassVar[type[WireStruct] | str | None] = replies.TWIML
    questions: ClassVar[frozenset[str]] = frozenset({"voice inbound", "voice outbound"})

    def interpret(self, incoming: Incoming) -> Interpretation:
        event = payloads.read_voice_request(incoming.form)
        dialled = event.report.to_number if event.identity is not None else None
        return Interpretation(
            kind=f"voice {event.report.direction}",
            report=event.report,
            may_create=True,
            browser_user_id=event.identity,
            question=RouteQuestion(phone_number=dialled),
        )

    def reply(self, answer: Answer) -> Reply:
        return replies.connected(answer)


class TwilioInbound(_TwilioVoice):
    path: ClassVar[str] = "calls/twilio/inbound"
    summary: ClassVar[str] = "A call comes in at Twilio"
    description: ClassVar[str] = (
        "Answered with where it goes: to the number's AI agent or its user. Emits `call_initiated`."
    )


class TwilioOutbound(_TwilioVoice):
    path: ClassVar[str] = "calls/twilio/outbound"
    summary: ClassVar[str] = "A browser calls through Twilio"
    description: ClassVar[str] = (
        "Answered with whom to call. Emits `call_initiated` where the call has not been recorded yet."
    )


class TwilioNext(_TwilioEndpoint):
    path: ClassVar[str] = replies.NEXT_PATH
    request_document: ClassVar[type[WireStruct] | None] = TwilioVoiceForm
    reply_document: ClassVar[type[WireStruct] | str | None] = replies.TWIML
    summary: ClassVar[str] = "A person was rung for a caller who is handed over"
    description: ClassVar[str] = "Answered with the next person, while nobody has talked to the caller yet."

    def interpret(self, incoming: Incoming) -> Interpretation:
        report = _of_our_call(payloads.report_of(incoming.form), incoming)
        was_answered = incoming.form.get("DialCallStatus") in ("completed", "answered")
        return Interpretation(kind="next person", report=report, question=NextPersonQuestion(was_answered=was_answered))

    def reply(self, answer: Answer) -> Reply:
        return replies.connected(answer)


class TwilioWhisper(_TwilioEndpoint):
    path: ClassVar[str] = replies.WHISPER_PATH
    request_document: ClassVar[type[WireStruct] | None] = TwilioVoiceForm
    reply_document: ClassVar[type[WireStruct] | str | None] = replies.TWIML
    summary: ClassVar[str] = "A person has answered a caller who is handed over"
    description: ClassVar[str] = "Answered with what they are told before the two are connected."

    def interpret(self, incoming: Incoming) -> Interpretation:
        report = _of_our_call(payloads.report_of(incoming.form), incoming)
        return Interpretation(kind="whisper", report=report, question=WhisperQuestion())

    def reply(self, answer: Answer) -> Reply:
        return replies.whispered(answer)


class TwilioStatus(_TwilioEndpoint):
    path: ClassVar[str] = replies.STATUS_PATH
    request_document: ClassVar[type[WireStruct] | None] = TwilioStatusForm
    summary: ClassVar[str] = "How a leg of a Twilio call is doing"
    description: ClassVar[str] = "Emits `call_answered`, `call_ended` and `fetch_messages`."

    def interpret(self, incoming: Incoming) -> Interpretation:
        event = payloads.read_status(incoming.form)
        report = _of_our_call(event.report, incoming)
        if_answered = None
        if event.is_first_leg and event.is_over and report.status is None:
            # The leg that reached Twilio ends like this, answered or not, and sometimes before the other one. Its end
            # is the call's as long as the other leg's is not known.
            if_answered = replace(report, status="completed", heard_at=event.at)
        kind = f"status {incoming.form.get('CallStatus', '')}".strip()
        return Interpretation(kind=kind, report=report, if_answered=if_answered)


class TwilioMachineDetection(_TwilioEndpoint):
    path: ClassVar[str] = "calls/twilio/amd"
    request_document: ClassVar[type[WireStruct] | None] = TwilioMachineDetectionForm
    summary: ClassVar[str] = "Who answered a Twilio call"

    def interpret(self, incoming: Incoming) -> Interpretation:
        report = payloads.read_machine_detection(incoming.form)
        return Interpretation(kind="amd", report=_of_our_call(report, incoming))


class TwilioRecording(_TwilioEndpoint):
    path: ClassVar[str] = replies.RECORDING_PATH
    request_document: ClassVar[type[WireStruct] | None] = TwilioRecordingForm
    summary: ClassVar[str] = "A recording at Twilio"
    description: ClassVar[str] = "It is fetched with the account's credentials and kept. Emits `call_recording_ready`."

    def interpret(self, incoming: Incoming) -> Interpretation:
        event = payloads.read_recording(incoming.form)
        report = _of_our_call(event.report, incoming)
        kind = f"recording {event.state}".strip()
        url = report.recording_url
        if url is None:
            return Interpretation(kind=kind, report=report)

        def source(credentials: TwilioCredentials, _max_bytes: int) -> ProvidedRecording:
            def download(file: BinaryIO, max_bytes: int) -> object:
                return TwilioClient(credentials).recording(url, file, max_bytes=max_bytes)

            return ProvidedRecording(download)

        return Interpretation(kind=kind, report=report, recording=source)


class TwilioText(_TwilioEndpoint):
    path: ClassVar[str] = "twilio/sms"
    request_document: ClassVar[type[WireStruct] | None] = TwilioTextForm
    reply_document: ClassVar[type[WireStruct] | str | None] = replies.TWIML
    summary: ClassVar[str] = "A text comes in at Twilio"
    description: ClassVar[str] = (
        "Kept in the conversation with its sender. STOP and its synonyms put the number on the Do Not Call list, START"
        " takes off what STOP put there, HELP is answered. Answered with an empty response. Emits `fetch_messages`."
    )

    def redacted(self, incoming: Incoming, kinds: Kinds) -> bytes:
        return texts.redacted_text_form(incoming.body, kinds)

    def interpret(self, incoming: Incoming) -> Interpretation:
        return Interpretation(kind="text", text=texts.read_incoming_text(incoming.form))

    def reply(self, answer: Answer) -> Reply:
        return replies.nothing()


class TwilioTextStatus(_TwilioEndpoint):
    path: ClassVar[str] = texts.STATUS_PATH
    request_document: ClassVar[type[WireStruct] | None] = TwilioTextStatusForm
    summary: ClassVar[str] = "How a text at Twilio is doing"
    description: ClassVar[str] = "In any order. Emits `message_status`."

    def interpret(self, incoming: Incoming) -> Interpretation:
        query = dict(parse_qsl(urlsplit(incoming.url).query))
        report = texts.read_text_status(incoming.form, message_id=query.get(texts.MESSAGE_ID_PARAMETER))
        return Interpretation(kind=f"text {incoming.form.get('MessageStatus', '')}".strip(), text=report)


def _of_our_call(report: CallReport, incoming: Incoming) -> CallReport:
    """The report with our own id from the address that we gave out.

    News of the leg that we had dialled name that leg alone at times; the call is known by the other one's id.
    """
    query = dict(parse_qsl(urlsplit(incoming.url).query))
    call_id = our_id(query.get(payloads.CALL_ID_PARAMETER))
    return report if call_id is None else replace(report, call_id=call_id, provider_call_id=None)
