"""POST /api/webhook/elevenlabs and /api/webhook/elevenlabs/personalization."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.services.deliveries.greet_caller import greet_caller
from calls.webhooks.base import REFUSALS, WebhookViewSet
from calls.webhooks.documents import WebhookPersonalizationResponse, WebhookReceivedResponse


class ElevenLabsWebhooks(WebhookViewSet):
    """Answered 200 where the delivery is kept, also when nobody knows its event yet."""

    endpoints: ClassVar[dict[str, str]] = {
        "event": "elevenlabs",
        "personalization": "elevenlabs/personalization",
    }

    @property
    def body_limit(self) -> int:
        around: int = settings.TETHER_BODY_MAX_BYTES
        if self.action != "event":
            return around
        recording: int = settings.TETHER_RECORDING_MAX_BYTES
        return recording * 4 // 3 + around  # in base64

    @extend_schema(
        summary="A conversation's end, audio or failure",
        description=(
            "Signed with `ElevenLabs-Signature`, or authenticated by the organization's tool secret. Each delivery is"
            " kept, and processed once. Emits `call_initiated`, `call_ended`, `call_recording_ready` and"
            " `fetch_messages`, as far as it brings something new."
        ),
        tags=["Webhooks"],
        request=OpenApiTypes.OBJECT,
        responses={200: WebhookReceivedResponse, **REFUSALS},
        auth=[],
    )
    def event(self, request: Request) -> Response:
        processed = self.receive(request)

        return Response(WebhookReceivedResponse.of(processed.call))

    @extend_schema(
        summary="Who is calling?",
        description="Asked while an inbound call rings; authenticated by the organization's tool secret.",
        tags=["Webhooks"],
        request=OpenApiTypes.OBJECT,
        responses={200: WebhookPersonalizationResponse, **REFUSALS},
        auth=[],
    )
    def personalization(self, request: Request) -> Response:
        processed = self.receive(request)

        facts = greet_caller(organization_id=processed.account.organization_id, asked=processed.interpretation.event)

        return Response(WebhookPersonalizationResponse.of(facts))
