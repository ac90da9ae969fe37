"""What Sinch sends: where a call shall go, that it was answered, that it is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from calls.providers.endpoint import Answer, Endpoint, Incoming, Interpretation, Reply, RouteQuestion, SenderNames
from calls.providers.sinch import payloads, replies, signature
from calls.providers.sinch.settings import SinchCredentials
from calls.providers.verdicts import Verdict
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
