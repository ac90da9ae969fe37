"""What Sinch sends: where a call shall go, that it was answered, that it is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

from calls.providers.endpoint import Answer, Endpoint, Incoming, Interpretation, Reply, RouteQuestion, SenderNames
from calls.providers.sinch import payloads, replies, signature, text_signature, texts
from calls.providers.sinch.settings import SinchCredentials
from calls.providers.verdicts import Verdict
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.wire import UNSET, UnsetType, WireStruct


class SinchCallback(WireStruct):
    """What callbacks have in common, and what those have that ask; `payloads` reads them."""

    event: str
    callid: str
    timestamp: str | UnsetType = UNSET
    # What each has besides is of many forms.
    cli: str | UnsetType = UNSET
    domain: str | UnsetType = UNSET
    to: dict[str, Any] | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {
        "event": "ice",
        "callid": "822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257",
        "timestamp": "2026-05-15T09:10:00.417Z",
        "version": 1,
        "cli": "14165550171",
        "to": {"type": "did", "endpoint": "+14165550100"},
        "domain": "pstn",
        "applicationKey": "669E367E-6BBA-48AB-AF15-266871C28135",
        "originationType": "PSTN",
    }


class SinchCallbacks(Endpoint[SinchCredentials]):
    """POST /api/webhook/calls/sinch: all of an application's callbacks, signed with its secret."""

    path: ClassVar[str] = "calls/sinch"
    # No secret: the signature stands behind the application's key.
    signed_headers: ClassVar[tuple[str, ...]] = ("authorization", "x-timestamp")
    summary: ClassVar[str] = "A call's progress at Sinch"
    description: ClassVar[str] = (
        "Signed by the application. ICE is answered with where the call goes: to the number's AI agent, to its"
        " user's browser, or from a browser to a telephone; ACE and PIE with whether it goes on; everything else"
        " with `{}`. Emits `call_initiated`, `call_answered`, `call_ended` and `fetch_messages`."
    )
    questions: ClassVar[frozenset[str]] = frozenset({"ice"})
    request_document: ClassVar[type[WireStruct] | None] = SinchCallback
    security: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "sinchSignature": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`application <key>:<signature>`, with `X-Timestamp`.",
        }
    }

    def sender(self, incoming: Incoming) -> SenderNames:
        return SenderNames(account_id=signature.application_key(incoming.headers.get("authorization")))

    def verify(self, incoming: Incoming, credentials: SinchCredentials) -> Verdict:
        return signature.verify(
            authorization=incoming.headers.get("authorization"),
            timestamp=incoming.headers.get("x-timestamp"),
            method="POST",
            path=urlsplit(incoming.url).path,
            content_type=incoming.content_type,
            body=incoming.body,
            key=credentials.application_key,
            secret=credentials.application_secret,
            now=incoming.received_at.timestamp(),
        )

    def interpret(self, incoming: Incoming) -> Interpretation:
        event = payloads.read_event(incoming.json)
        match event:
            case payloads.IncomingCall():
                dialled = event.report.to_number if event.to_type != "username" else None
                return Interpretation(
                    kind="ice",
                    report=event.report,
                    may_create=True,
                    browser_user_id=event.user_id,
                    question=RouteQuestion(phone_number=dialled),
                )
            case payloads.AnsweredCall():
                return Interpretation(kind="ace", report=event.report, asks_whether_it_goes_on=True)
            case payloads.EndedCall():
                return Interpretation(kind="dice", report=event.report)
            case payloads.MenuInput():
                return Interpretation(kind="pie", report=event.report, asks_whether_it_goes_on=True)
            case payloads.Notification():
                return Interpretation(kind=f"notify {event.kind}".strip(), report=event.report)
            case _:
                return Interpretation(kind=event.event)

    def reply(self, answer: Answer) -> Reply:
        return Reply(replies.instructions(answer))


class SinchTextCallback(WireStruct, rename=None):
    """What callbacks of a service plan have in common; `texts` reads them."""

    type: str
    # Of a text that comes in.
    id: str | UnsetType = UNSET
    from_: str | UnsetType = msgspec.field(name="from", default=UNSET)
    to: str | UnsetType = UNSET
    # Of one that we have sent.
    batch_id: str | UnsetType = UNSET
    client_reference: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    code: int | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {
        "type": "mo_text",
        "id": "01FC66621XXXXX119Z8PMV1QPA",
        "from": "14165550171",
        "to": "14165550100",
        "body": "Can you call me back at three?",
        "received_at": "2026-05-15T09:10:00.417Z",
    }


class _SinchTexts(Endpoint[SinchCredentials]):
    """Callbacks of the SMS service plan, signed with a secret of its own; all types may come to each address."""

    signed_headers: ClassVar[tuple[str, ...]] = (
        text_signature.SIGNATURE,
        text_signature.TIMESTAMP,
        text_signature.NONCE,
    )
    request_document: ClassVar[type[WireStruct] | None] = SinchTextCallback
    security: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "sinchTextSignature": {
            "type": "apiKey",
            "in": "header",
            "name": text_signature.SIGNATURE,
            "description": "By the service plan's secret, with the `-timestamp` and the `-nonce`.",
        }
    }

    def sender(self, incoming: Incoming) -> SenderNames:
        query = dict(parse_qsl(urlsplit(incoming.url).query))
        return SenderNames(account_id=texts.account_named(query.get(texts.ACCOUNT_PARAMETER)))

    def verify(self, incoming: Incoming, credentials: SinchCredentials) -> Verdict:
        return text_signature.verify(
            signature=incoming.headers.get(text_signature.SIGNATURE),
            timestamp=incoming.headers.get(text_signature.TIMESTAMP),
            nonce=incoming.headers.get(text_signature.NONCE),
            body=incoming.body,
            secret=credentials.sms_webhook_secret,
            now=incoming.received_at.timestamp(),
        )

    def redacted(self, incoming: Incoming, kinds: Kinds) -> bytes:
        return texts.redacted_callback(incoming, kinds)

    def interpret(self, incoming: Incoming) -> Interpretation:
        kind, news = texts.read_callback(incoming.json)
        return Interpretation(kind=kind, text=news)

    def reply(self, answer: Answer) -> Reply:
        return Reply({})


class SinchTexts(_SinchTexts):
    path: ClassVar[str] = texts.TEXTS_PATH
    summary: ClassVar[str] = "A text comes in at Sinch"
    description: ClassVar[str] = (
        "The address has `?account=` with the key of the organization's application. Kept in the conversation with its"
        " sender. STOP and its synonyms put the number on the Do Not Call list, START takes off what STOP put there;"
        " both and HELP are answered. Emits `fetch_messages`."
    )


class SinchTextReports(_SinchTexts):
    path: ClassVar[str] = texts.REPORTS_PATH
    summary: ClassVar[str] = "How a text at Sinch is doing"
    description: ClassVar[str] = "In any order. Emits `message_status`."
