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
from calls.services.deliveries.incoming import Endpoint, Incoming, Meaning


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

    def meaning(self, incoming: Incoming, account: VoiceAccount) -> Meaning:
        said = payloads.read_event(incoming.json)
        match said:
            case payloads.IncomingCall():
                report = of_browser(said.report, account=account, user_id=said.user_id)
                return Meaning(kind="ice", said=said, report=report, may_create=True)
            case payloads.AnsweredCall():
                return Meaning(kind="ace", said=said, report=said.report)
            case payloads.EndedCall():
                return Meaning(kind="dice", said=said, report=said.report)
            case payloads.MenuInput():
                return Meaning(kind="pie", said=said, report=said.report)
            case payloads.Notification():
                return Meaning(kind=f"notify {said.kind}".strip(), said=said, report=said.report)
            case _:
                return Meaning(kind=said.event, said=said)
