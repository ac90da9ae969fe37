"""POST /api/webhook/calls/twilio/..., answered in TwiML where Twilio asks what to do."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from calls.models import Call
from calls.providers.twilio import twiml
from calls.providers.twilio.payloads import CALL_ID_PARAMETER, VoiceRequest
from calls.selectors.deliveries.routes import Nowhere, Route, ToAgent, ToNumber, ToUser
from calls.services.deliveries.process import ProcessedDelivery
from calls.services.deliveries.route_call import route_call
from calls.webhooks.base import REFUSALS, WebhookViewSet
from tether_calls.common.urls import absolute_url

_RING_SECONDS = 60
_FORM = {"application/x-www-form-urlencoded": OpenApiTypes.OBJECT}
_VOICE: dict[Any, Any] = {(200, twiml.CONTENT_TYPE): OpenApiTypes.STR, **REFUSALS}
_NEWS: dict[Any, Any] = {(200, "text/plain"): OpenApiTypes.STR, **REFUSALS}


class TwilioWebhooks(WebhookViewSet):
    """Signed with the account's auth token over the public address, which must be the one that Twilio calls."""

    endpoints: ClassVar[dict[str, str]] = {
        action: f"calls/twilio/{action}" for action in ("inbound", "outbound", "status", "amd", "recording")
    }

    @extend_schema(
        summary="A call comes in at Twilio",
        description="Answered with where it goes: to the number's AI agent or its user. Emits `call_initiated`.",
        tags=["Webhooks"],
        request=_FORM,
        responses=_VOICE,
        auth=[],
    )
    def inbound(self, request: Request) -> HttpResponse:
        return self._voice(request)

    @extend_schema(
        summary="A browser calls through Twilio",
        description="Answered with whom to call. Emits `call_initiated` where nobody has recorded the call yet.",
        tags=["Webhooks"],
        request=_FORM,
        responses=_VOICE,
        auth=[],
    )
    def outbound(self, request: Request) -> HttpResponse:
        return self._voice(request)

    @extend_schema(
        summary="How a leg of a Twilio call is doing",
        description="Emits `call_answered`, `call_ended` and `fetch_messages`.",
        tags=["Webhooks"],
        request=_FORM,
        responses=_NEWS,
        auth=[],
    )
    def status(self, request: Request) -> HttpResponse:
        return self._news(request)

    @extend_schema(summary="Who answered a Twilio call", tags=["Webhooks"], request=_FORM, responses=_NEWS, auth=[])
    def amd(self, request: Request) -> HttpResponse:
        return self._news(request)

    @extend_schema(
        summary="A recording at Twilio",
        description="It is fetched with the account's credentials and kept. Emits `call_recording_ready`.",
        tags=["Webhooks"],
        request=_FORM,
        responses=_NEWS,
        auth=[],
    )
    def recording(self, request: Request) -> HttpResponse:
        return self._news(request)

    def _news(self, request: Request) -> HttpResponse:
        self.receive(request)

        return HttpResponse("OK", content_type="text/plain")

    def _voice(self, request: Request) -> HttpResponse:
        processed = self.receive(request)

        route = _route(processed)

        return HttpResponse(_connected(route, processed.call, request), content_type=twiml.CONTENT_TYPE)


def _route(processed: ProcessedDelivery) -> Route:
    event, report = processed.interpretation.event, processed.interpretation.report
    assert isinstance(event, VoiceRequest)
    assert report is not None
    number = event.report.to_number if event.identity is not None else None
    return route_call(account=processed.account, call=processed.call, report=report, phone_number=number)


def _connected(route: Route, call: Call | None, request: Request) -> str:
    if call is None or isinstance(route, Nowhere):
        # A caller who is not taken costs nothing; a browser's call has been taken already.
        return twiml.reject() if call is not None and call.direction == "inbound" else twiml.hangup()
    how = _dialling(route, call, request)
    match route:
        case ToUser():
            return twiml.dial_client(route.user_id, how, {CALL_ID_PARAMETER: call.pk})
        case ToAgent():
            # The header tells ElevenLabs, and so us later, which call its conversation was.
            address = f"sip:{route.phone_number}@{settings.ELEVENLABS_SIP_HOST};transport=tls?X-CALL-ID={call.pk}"
            return twiml.dial_sip(address, how)
        case ToNumber():
            return twiml.dial_number(route.phone_number, how)


def _dialling(route: Route, call: Call, request: Request) -> twiml.Dialling:
    def ours(action: str) -> str:
        return absolute_url(request, f"/api/webhook/calls/twilio/{action}?{CALL_ID_PARAMETER}={call.pk}")

    # What an agent says is recorded where the agent is.
    is_recorded = settings.TETHER_RECORD_BROWSER_CALLS and not isinstance(route, ToAgent)
    return twiml.Dialling(
        caller_id=(route.caller_id or None) if isinstance(route, ToNumber) else None,
        ring_seconds=_RING_SECONDS,
        status_url=ours("status"),
        recording_url=ours("recording") if is_recorded else None,
    )
