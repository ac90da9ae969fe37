"""What Twilio sends: what shall be done with a call, how its legs are doing, who answered, where the recording is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, ClassVar
from urllib.parse import parse_qsl, urlsplit

from calls.models import Call, CallStatus, VoiceAccount, VoiceProvider
from calls.providers.credentials import TwilioCredentials
from calls.providers.reading import identifier, our_id
from calls.providers.twilio import payloads, signature
from calls.providers.twilio.client import TwilioClient
from calls.providers.verdicts import Verdict
from calls.reports import CallReport, ProvidedRecording
from calls.selectors.deliveries.routes import of_browser
from calls.selectors.deliveries.senders import accounts_with_id
from calls.selectors.voice_accounts.accounts import credentials_in
from calls.services.deliveries.incoming import Endpoint, Incoming, Interpretation


class TwilioEndpoint(Endpoint):
    """A form, signed over the address and the fields."""

    provider: ClassVar[str] = VoiceProvider.TWILIO
    signed_headers: ClassVar[tuple[str, ...]] = (signature.HEADER.lower(), "i-twilio-idempotency-token")

    def accounts(self, incoming: Incoming) -> Iterator[VoiceAccount]:
        account_sid = identifier(incoming.form.get("AccountSid"))
        return accounts_with_id(VoiceProvider.TWILIO, account_sid) if account_sid else iter(())

    def verdict(self, incoming: Incoming, account: VoiceAccount) -> Verdict:
        return signature.verify(
            signature=incoming.headers.get(signature.HEADER.lower()),
            url=incoming.url,
            content_type=incoming.content_type,
            body=incoming.body,
            token=credentials_in(account, TwilioCredentials).auth_token,
        )


class TwilioVoice(TwilioEndpoint):
    """Somebody calls a number of ours, or a browser calls somebody: what shall be done?"""

    def interpret(self, incoming: Incoming, account: VoiceAccount) -> Interpretation:
        event = payloads.read_voice_request(incoming.form)
        report = event.report
        if event.identity is not None:
            report = of_browser(report, account=account, user_id=event.identity)
        return Interpretation(kind=f"voice {report.direction}", event=event, report=report, may_create=True)


class TwilioStatus(TwilioEndpoint):
    def interpret(self, incoming: Incoming, account: VoiceAccount) -> Interpretation:
        event = payloads.read_status(incoming.form)
        report = _of_our_call(event.report, incoming)
        if event.is_first_leg and event.is_over and report.status is None and _was_answered(report):
            # The leg that reached Twilio ends like this whoever answered, and sometimes before the other one.
            report = replace(report, status=CallStatus.COMPLETED, end_time=event.at)
        return Interpretation(kind=f"status {incoming.form.get('CallStatus', '')}".strip(), event=event, report=report)


class TwilioMachineDetection(TwilioEndpoint):
    def interpret(self, incoming: Incoming, account: VoiceAccount) -> Interpretation:
        event = payloads.read_machine_detection(incoming.form)
        return Interpretation(kind="amd", event=event, report=_of_our_call(event.report, incoming))


class TwilioRecording(TwilioEndpoint):
    def interpret(self, incoming: Incoming, account: VoiceAccount) -> Interpretation:
        event = payloads.read_recording(incoming.form)
        report = _of_our_call(event.report, incoming)
        kind = f"recording {event.state}".strip()
        url = report.recording_url
        if url is None:
            return Interpretation(kind=kind, event=event, report=report)
        client = TwilioClient(credentials_in(account, TwilioCredentials))

        def download(file: BinaryIO, max_bytes: int) -> object:
            return client.recording(url, file, max_bytes=max_bytes)

        return Interpretation(kind=kind, event=event, report=report, recording=lambda: ProvidedRecording(download))


def _of_our_call(report: CallReport, incoming: Incoming) -> CallReport:
    """The report with our own id from the address that we gave out.

    News of the leg that we had dialled name that leg alone at times; the call is known by the other one's id.
    """
    query = dict(parse_qsl(urlsplit(incoming.url).query))
    call_id = our_id(query.get(payloads.CALL_ID_PARAMETER))
    return report if call_id is None else replace(report, call_id=call_id, provider_call_id=None)


def _was_answered(report: CallReport) -> bool:
    calls = Call.objects.filter(provider=VoiceProvider.TWILIO, answer_time__isnull=False)
    if report.call_id is not None:
        return calls.filter(pk=report.call_id).exists()
    return calls.filter(provider_call_id=report.provider_call_id).exists()
