"""Orbit: a carrier of browser calls, and a trunk that agents dial over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from calls.providers.base import Provider
from calls.providers.call_state import CallInQuestion, LookUp, ProviderState
from calls.providers.dialling import SipTrunk
from calls.providers.endpoint import Endpoint
from calls.providers.errors import ProviderError
from calls.providers.http import known_or_none
from calls.providers.setting import Setting
from calls.reports import ENDED
from tests.calls.providers.orbit import client, tokens
from tests.calls.providers.orbit.deliveries import OrbitEvents
from tests.calls.providers.orbit.payloads import PROVIDER
from tests.calls.providers.orbit.settings import SETTINGS, OrbitCredentials
from tether_calls.common.http.limits import FetchLimits
from tether_calls.common.wire import WireStruct, or_unset


class Orbit(Provider[OrbitCredentials]):
    name: ClassVar[str] = PROVIDER
    label: ClassVar[str] = "Orbit"
    credentials: ClassVar[type[Any]] = OrbitCredentials
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    account_id: ClassVar[str | None] = "workspace"
    endpoints: ClassVar[tuple[Endpoint[Any], ...]] = (OrbitEvents(),)
    carries_calls: ClassVar[bool] = True
    token_document: ClassVar[type[WireStruct] | None] = tokens.CallsOrbitTokenResponse

    def look_up(
        self, credentials: OrbitCredentials, call: CallInQuestion, *, limits: FetchLimits | None = None
    ) -> LookUp:
        orbit = client.OrbitClient(credentials, limits=limits)
        report = known_or_none(lambda: orbit.call(call.provider_call_id or ""))
        if report is None:
            return LookUp(state=ProviderState.UNKNOWN)
        return LookUp(state=ProviderState.OVER if report.status in ENDED else ProviderState.GOING_ON, report=report)

    def browser_token(
        self, credentials: OrbitCredentials, *, user_id: str, caller_number: Callable[[], str]
    ) -> WireStruct:
        return tokens.CallsOrbitTokenResponse(
            token=tokens.token(credentials, user_id=user_id), user_id=user_id, caller_number=or_unset(caller_number())
        )

    def sip_trunk(self, values: Mapping[str, str]) -> SipTrunk:
        return SipTrunk(
            address=values.get("trunk_address") or "sip.orbit.example", username=values.get("workspace", "")
        )


class OrbitThatHangsUp(Orbit):
    """As it may learn to one day."""

    def hang_up(
        self, credentials: OrbitCredentials, provider_call_id: str, *, limits: FetchLimits | None = None
    ) -> None:
        try:
            client.OrbitClient(credentials, limits=limits).hang_up(provider_call_id)
        except ProviderError as error:
            if not client.is_over(error):
                raise


ORBIT, ORBIT_THAT_HANGS_UP = Orbit(), OrbitThatHangsUp()
