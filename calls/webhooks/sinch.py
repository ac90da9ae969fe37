"""POST /api/webhook/calls/sinch, answered in SVAML where Sinch asks what to do."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.models import Call
from calls.providers.sinch import svaml
from calls.providers.sinch.payloads import AnsweredCall, IncomingCall, MenuInput
from calls.selectors.deliveries.routes import Nowhere, Route, ToAgent, ToNumber, ToUser
from calls.services.deliveries.process import ProcessedDelivery
from calls.services.deliveries.route_call import route_call
from calls.services.lifecycle.change_status import has_ended
from calls.webhooks.base import REFUSALS, WebhookViewSet

_RING_SECONDS = 60


class SinchWebhooks(WebhookViewSet):
    """One address for all of an application's callbacks."""

    endpoints: ClassVar[dict[str, str]] = {"callback": "calls/sinch"}

    @extend_schema(
        summary="A call's progress at Sinch",
        description=(
            "Signed by the application. ICE is answered with where the call goes: to the number's AI agent, to its"
            " user's browser, or from a browser to a telephone; ACE and PIE with whether it goes on; everything else"
            " with `{}`. Emits `call_initiated`, `call_answered`, `call_ended` and `fetch_messages`."
        ),
        tags=["Webhooks"],
        request=OpenApiTypes.OBJECT,
        responses={200: OpenApiTypes.OBJECT, **REFUSALS},
        auth=[],
    )
    def callback(self, request: Request) -> Response:
        processed = self.receive(request)

        return Response(_instructions(processed))


def _instructions(processed: ProcessedDelivery) -> dict[str, Any]:
    event, call = processed.interpretation.event, processed.call
    if isinstance(event, IncomingCall) and processed.interpretation.report is not None:
        number = event.report.to_number if event.to_type != "username" else None
        route = route_call(
            account=processed.account, call=call, report=processed.interpretation.report, phone_number=number
        )
        return _connected(route, call)
    if isinstance(event, AnsweredCall | MenuInput):
        # Hung up here while it still rang there.
        return svaml.hangup() if call is not None and has_ended(call) else svaml.continue_call()
    return {}


def _connected(route: Route, call: Call | None) -> dict[str, Any]:
    if call is None or isinstance(route, Nowhere):
        return svaml.hangup()
    match route:
        case ToUser():
            return svaml.connect_user(route.user_id, headers={"callId": call.pk})
        case ToAgent():
            address = f"{route.phone_number}@{settings.ELEVENLABS_SIP_HOST}"
            # By this header ElevenLabs tells us later which call its conversation was:
            # https://elevenlabs.io/docs/agents-platform/customization/personalization/twilio-personalization
            headers = {"x-call-id": call.pk}
            return svaml.connect_sip(address, cli=call.from_number or None, headers=headers)
        case ToNumber():
            return svaml.connect_number(route.phone_number, cli=route.caller_id or None, dial_seconds=_RING_SECONDS)
