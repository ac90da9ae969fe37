"""What Sinch sends: what shall be done with a call, that somebody answered, that it is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import urlsplit

from calls.models import VoiceAccount, VoiceProvider
from calls.providers.credentials import SinchCredentials
from calls.providers.sinch import payloads, signature
from calls.providers.verdicts import Verdict
from calls.selectors.deliveries.routes import of_browser
from calls.selectors.deliveries.senders import accounts_with_id
from calls.selectors.voice_accounts.accounts import credentials_in
from calls.services.deliveries.incoming import Endpoint, Incoming, Interpretation


class SinchCallbacks(Endpoint):
    """POST /api/webhook/calls/sinch: all of an application's callbacks, signed with its secret."""

    provider: ClassVar[str] = VoiceProvider.SINCH
    # No secret: the signature stands behind the application's key.
    signed_headers: ClassVar[tuple[str, ...]] = ("authorization", "x-timestamp")

    def accounts(self, incoming: Incoming) -> Iterator[VoiceAccount]:
        key = signature.application_key(incoming.headers.get("authorization"))
        return accounts_with_id(VoiceProvider.SINCH, key) if key else iter(())

    def verdict(self, incoming: Incoming, account: VoiceAccount) -> Verdict:
        credentials = credentials_in(account, SinchCredentials)
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

    def interpret(self, incoming: Incoming, account: VoiceAccount) -> Interpretation:
        event = payloads.read_event(incoming.json)
        match event:
            case payloads.IncomingCall():
                report = of_browser(event.report, account=account, user_id=event.user_id)
                return Interpretation(kind="ice", event=event, report=report, may_create=True)
            case payloads.AnsweredCall():
                return Interpretation(kind="ace", event=event, report=event.report)
            case payloads.EndedCall():
                return Interpretation(kind="dice", event=event, report=event.report)
            case payloads.MenuInput():
                return Interpretation(kind="pie", event=event, report=event.report)
            case payloads.Notification():
                return Interpretation(kind=f"notify {event.kind}".strip(), event=event, report=event.report)
            case _:
                return Interpretation(kind=event.event, event=event)
