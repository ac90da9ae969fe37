"""Twilio: a carrier, of browser calls above all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from calls.providers.base import Provider
from calls.providers.call_state import CallInQuestion, LookUp, ProviderState
from calls.providers.endpoint import Endpoint
from calls.providers.errors import ProviderError
from calls.providers.http import known_or_none
from calls.providers.setting import Setting
from calls.providers.texts import SentText, TextToSend
from calls.providers.twilio.client import TwilioClient, is_over
from calls.providers.twilio.deliveries import (
    TwilioInbound,
    TwilioMachineDetection,
    TwilioNext,
    TwilioOutbound,
    TwilioRecording,
    TwilioStatus,
    TwilioText,
    TwilioTextStatus,
    TwilioWhisper,
)
from calls.providers.twilio.payloads import PROVIDER
from calls.providers.twilio.settings import SETTINGS, TEXT_SETTINGS, TwilioCredentials
from calls.providers.twilio.tokens import CallsTwilioTokenResponse, access_token
from calls.reports import ENDED, CallReport
from tether_calls.common.http.limits import FetchLimits
from tether_calls.common.wire import WireStruct


class Twilio(Provider[TwilioCredentials]):
    name: ClassVar[str] = PROVIDER
    label: ClassVar[str] = "Twilio"
    credentials: ClassVar[type[Any]] = TwilioCredentials
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    account_id: ClassVar[str | None] = "account_sid"
    endpoints: ClassVar[tuple[Endpoint[Any], ...]] = (
        TwilioInbound(),
        TwilioNext(),
        TwilioWhisper(),
        TwilioOutbound(),
        TwilioStatus(),
        TwilioMachineDetection(),
        TwilioRecording(),
        TwilioText(),
        TwilioTextStatus(),
    )
    carries_calls: ClassVar[bool] = True
    text_settings: ClassVar[tuple[str, ...]] = TEXT_SETTINGS
    token_document: ClassVar[type[WireStruct] | None] = CallsTwilioTokenResponse

    def hang_up(
        self, credentials: TwilioCredentials, provider_call_id: str, *, limits: FetchLimits | None = None
    ) -> None:
        """The leg that reached Twilio is in progress while the other one rings, and ends with "completed" only."""
        try:
            TwilioClient(credentials, limits=limits).hangup(provider_call_id, answered=True)
        except ProviderError as error:
            if not is_over(error):
                raise

    def pause_recording(
        self, credentials: TwilioCredentials, provider_call_id: str, *, limits: FetchLimits | None = None
    ) -> None:
        """Of the leg that reached Twilio, whose <Dial> records."""
        TwilioClient(credentials, limits=limits).pause_recording(provider_call_id)

    def resume_recording(
        self, credentials: TwilioCredentials, provider_call_id: str, *, limits: FetchLimits | None = None
    ) -> None:
        TwilioClient(credentials, limits=limits).resume_recording(provider_call_id)

    def look_up(
        self, credentials: TwilioCredentials, call: CallInQuestion, *, limits: FetchLimits | None = None
    ) -> LookUp:
        """The leg that reached Twilio is completed, answered or not: the legs that it led to decide."""
        client = TwilioClient(credentials, limits=limits)
        sid = call.provider_call_id or ""
        report = known_or_none(lambda: client.call(sid))
        if report is None:
            return LookUp(state=ProviderState.UNKNOWN)
        if report.status not in ENDED:
            return LookUp(state=ProviderState.GOING_ON, report=report)
        if report.status == "completed":
            legs = client.legs(sid)
            if any(leg.status not in ENDED for leg in legs):
                return LookUp(state=ProviderState.GOING_ON, report=report)
            report = _of_legs(call, report, legs)
        return LookUp(state=ProviderState.OVER, report=report)

    def erase_call(self, credentials: TwilioCredentials, provider_call_id: str) -> None:
        """Its recordings, page after page; the call's own record has no content, and goes after 13 months."""
        client = TwilioClient(credentials)
        while sids := known_or_none(lambda: client.recording_sids(provider_call_id)):
            for sid in sids:
                _delete_once(client, sid)

    def browser_token(
        self, credentials: TwilioCredentials, *, user_id: str, caller_number: Callable[[], str]
    ) -> WireStruct:
        return CallsTwilioTokenResponse(
            token=access_token(credentials, identity=user_id), identity=user_id, user_id=user_id
        )

    def send_text(
        self, credentials: TwilioCredentials, text: TextToSend, *, limits: FetchLimits | None = None
    ) -> SentText:
        return TwilioClient(credentials, limits=limits).send_text(text)

    def erase_text(self, credentials: TwilioCredentials, provider_message_id: str) -> None:
        known_or_none(lambda: TwilioClient(credentials).delete_text(provider_message_id))


def _delete_once(client: TwilioClient, sid: str) -> None:
    known_or_none(lambda: client.delete_recording(sid))


def _of_legs(call: CallInQuestion, first: CallReport, legs: list[CallReport]) -> CallReport:
    """The call, by its legs: one that was completed was answered, for as long as that leg lasted.

    Without any leg the call was answered where we know that, and unanswered otherwise.
    """
    answered = next((leg for leg in legs if leg.status == "completed"), None)
    if answered is not None:
        return replace(first, duration=answered.duration, provider_metadata=answered.provider_metadata)
    # The first leg's duration is how long the caller waited.
    if legs:
        return replace(first, status=legs[0].status, duration=None, provider_metadata=legs[0].provider_metadata)
    return replace(first, status="completed" if call.was_answered else "no-answer", duration=None)


TWILIO = Twilio()
