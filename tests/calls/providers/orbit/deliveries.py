"""What Orbit sends: where is this call to go, and how it is doing."""

from __future__ import annotations

from typing import ClassVar

from calls.providers.endpoint import Answer, Endpoint, Incoming, Interpretation, Reply, RouteQuestion, SenderNames
from calls.providers.reading import identifier
from calls.providers.verdicts import Verdict
from tests.calls.providers.orbit import payloads, replies, signature
from tests.calls.providers.orbit.settings import OrbitCredentials
from tether_calls.common.wire import WireStruct


class OrbitEvents(Endpoint[OrbitCredentials]):
    path: ClassVar[str] = "calls/orbit"
    signed_headers: ClassVar[tuple[str, ...]] = (signature.HEADER, signature.WORKSPACE)
    summary: ClassVar[str] = "A call's progress at Orbit"
    reply_document: ClassVar[type[WireStruct] | str | None] = replies.OrbitInstruction
    questions: ClassVar[frozenset[str]] = frozenset({payloads.ROUTE})

    def sender(self, incoming: Incoming) -> SenderNames:
        return SenderNames(account_id=identifier(incoming.headers.get(signature.WORKSPACE)))

    def verify(self, incoming: Incoming, credentials: OrbitCredentials) -> Verdict:
        return signature.verify(
            header=incoming.headers.get(signature.HEADER),
            body=incoming.body,
            secret=credentials.webhook_secret,
            now=incoming.received_at.timestamp(),
        )

    def interpret(self, incoming: Incoming) -> Interpretation:
        event = payloads.read_event(incoming.json)
        if event.report is None or event.name != payloads.ROUTE:
            return Interpretation(kind=event.name, report=event.report)
        dialled = event.report.to_number if event.user_id is not None else None
        return Interpretation(
            kind=event.name,
            report=event.report,
            may_create=True,
            browser_user_id=event.user_id,
            question=RouteQuestion(phone_number=dialled),
        )

    def reply(self, answer: Answer) -> Reply:
        return replies.instruction(answer)
