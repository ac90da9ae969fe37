"""GET and POST /api/v1/webhooks, DELETE /api/v1/webhooks/{webhook_id}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec
from drf_spectacular.utils import OpenApiCallback, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.documents.webhook_call import WebhookMessage
from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.partner.bodies import WebhookCreateRequest
from calls.partner.documents import PartnerDoneResponse, PartnerWebhookMade, PartnerWebhooksResponse, webhook_document
from calls.partner.errors import PartnerError
from calls.partner.queries import NoParametersQuery
from calls.selectors.webhooks_out.subscriptions import webhooks_of
from calls.services.webhooks_out.subscriptions import subscribe, unsubscribe
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.bodies import body_of

_MESSAGES = OpenApiCallback(
    "message",
    "{$request.body#/url}",
    extend_schema(
        summary="What has happened to a call",
        description="Any 2xx is a receipt; anything else is tried again. `webhook-signature` shows that it is from us.",
        tags=["Partners"],
        auth=[],
        request=WebhookMessage,
        responses={200: OpenApiResponse(description="Received.")},
    ),
)


class PartnerWebhooksViewSet(PartnerViewSet):
    """Keys that may read calls may have them sent."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = dict.fromkeys(
        ("list", "create", "destroy"), KeyPermission.CAN_READ_CALLS
    )

    @extend_schema(
        summary="List the webhooks",
        description="The key needs `can_read_calls`.",
        tags=["Partners"],
        responses={200: PartnerWebhooksResponse, **ERRORS_OF_READS},
    )
    def list(self, request: Request) -> Response:
        NoParametersQuery(data=request.query_params).is_valid(raise_exception=True)

        found = webhooks_of(organization_id=authenticated_user(request).home_id)

        answer = PartnerWebhooksResponse(webhooks=[webhook_document(webhook) for webhook in found])

        return Response(answer)

    @extend_schema(
        summary="Make a webhook",
        description="Its `secret` is in this answer only. The key needs `can_read_calls`.",
        tags=["Partners"],
        request=WebhookCreateRequest,
        callbacks=[_MESSAGES],
        responses={201: PartnerWebhookMade, **ERRORS_OF_READS, 409: PartnerError},
    )
    def create(self, request: Request) -> Response:
        user = authenticated_user(request)
        body = body_of(request, WebhookCreateRequest)

        made = subscribe(
            organization_id=user.home_id,
            created_by=user,
            name=body.name,
            url=body.url,
            subscribed_events=body.subscribed_events,
        )

        answer = PartnerWebhookMade(**msgspec.structs.asdict(webhook_document(made.subscription)), secret=made.secret)

        return Response(answer, status=201)

    @extend_schema(
        summary="Delete a webhook",
        description="With all that was sent to it. The key needs `can_read_calls`.",
        tags=["Partners"],
        responses={200: PartnerDoneResponse, **ERRORS_OF_READS_BY_ID},
    )
    def destroy(self, request: Request, webhook_id: str) -> Response:
        unsubscribe(organization_id=authenticated_user(request).home_id, subscription_id=webhook_id)

        return Response(PartnerDoneResponse(success=True))
