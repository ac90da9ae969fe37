"""Sinch: a carrier of browser calls, and the trunk that agents dial over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.conf import settings

from calls.providers.base import Provider
from calls.providers.call_state import CallInQuestion, LookUp, ProviderState
from calls.providers.dialling import SipTrunk
from calls.providers.endpoint import Endpoint
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.http import known_or_none
from calls.providers.setting import Setting
from calls.providers.sinch.client import SinchClient
from calls.providers.sinch.deliveries import SinchCallbacks, SinchTextReports, SinchTexts
from calls.providers.sinch.payloads import PROVIDER
from calls.providers.sinch.settings import SETTINGS, TEXT_SETTINGS, SinchCredentials
from calls.providers.sinch.text_client import SinchTextClient
from calls.providers.sinch.tokens import TTL_SECONDS, CallsSinchTokenResponse, user_token
from calls.providers.texts import SentText, TextToSend
from calls.reports import ENDED, Authority
from tether_calls.common.http.limits import FetchLimits
from tether_calls.common.wire import WireStruct, or_unset


class Sinch(Provider[SinchCredentials]):
    name: ClassVar[str] = PROVIDER
    label: ClassVar[str] = "Sinch"
    credentials: ClassVar[type[Any]] = SinchCredentials
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    account_id: ClassVar[str | None] = "application_key"
    endpoints: ClassVar[tuple[Endpoint[Any], ...]] = (SinchCallbacks(), SinchTexts(), SinchTextReports())
    carries_calls: ClassVar[bool] = True
    text_settings: ClassVar[tuple[str, ...]] = TEXT_SETTINGS
    token_document: ClassVar[type[WireStruct] | None] = CallsSinchTokenResponse

    def hang_up(
        self, credentials: SinchCredentials, provider_call_id: str, *, limits: FetchLimits | None = None
    ) -> None:
        try:
            SinchClient(credentials, limits=limits).hangup(provider_call_id)
        except ProviderError as error:
            if error.problem is not ProviderProblem.NOT_FOUND:
                raise

    def tell_person(
        self, credentials: SinchCredentials, provider_call_id: str, text: str, *, limits: FetchLimits | None = None
    ) -> None:
        """Said once both are connected: Sinch has no callback at which a browser that answers could hear it before."""
        SinchClient(credentials, limits=limits).tell_callee(provider_call_id, text)

    def look_up(
        self, credentials: SinchCredentials, call: CallInQuestion, *, limits: FetchLimits | None = None
    ) -> LookUp:
        client = SinchClient(credentials, limits=limits)
        report = known_or_none(lambda: client.call(call.provider_call_id or ""))
        if report is None:
            return LookUp(state=ProviderState.UNKNOWN)
        if report.authority is Authority.OPEN and call.was_answered:
            report = replace(report, status="completed")
        # ONGOING has no status of ours.
        return LookUp(state=ProviderState.OVER if report.status in ENDED else ProviderState.GOING_ON, report=report)

    def browser_token(
        self, credentials: SinchCredentials, *, user_id: str, caller_number: Callable[[], str]
    ) -> WireStruct:
        return CallsSinchTokenResponse(
            token=user_token(credentials, user_id=user_id),
            application_key=credentials.application_key,
            user_id=user_id,
            expires_in=TTL_SECONDS,
            caller_identifier=or_unset(caller_number()),
        )

    def sip_trunk(self, values: Mapping[str, str]) -> SipTrunk:
        return SipTrunk(
            address=values.get("sip_address") or settings.SINCH_SIP_ADDRESS,
            username=values.get("sip_username", ""),
            password=values.get("sip_password", ""),
        )

    def send_text(
        self, credentials: SinchCredentials, text: TextToSend, *, limits: FetchLimits | None = None
    ) -> SentText:
        return SinchTextClient(credentials, limits=limits).send_text(text)


SINCH = Sinch()
