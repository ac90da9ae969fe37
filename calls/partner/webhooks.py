"""/api/v1/webhooks: an organization's webhooks, and what a partner's system may do with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import OpenApiCallback, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.documents.webhook_call import WebhookMessage, WebhookTestMessage
from calls.documents.webhook_note import WebhookNoteMessage
from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.partner.bodies import WebhookChangeRequest, WebhookCreateRequest, WebhookRotateRequest
from calls.partner.errors import PartnerError
from calls.partner.webhook_documents import (
    PartnerDoneResponse,
    PartnerTestResponse,
    PartnerWebhook,
    PartnerWebhookMade,
    PartnerWebhooksResponse,
    webhook_document,
    webhook_with_secret,
)
from calls.selectors.webhooks_out.subscriptions import webhooks_of
from calls.services.webhooks_out.rotate_secret import rotate_secret
from calls.services.webhooks_out.send_test import send_test
from calls.services.webhooks_out.subscriptions import change_subscription, subscribe, unsubscribe
from tether_calls.accounts.authentication import authenticated_user, key_of_request
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.bodies import body_of
from tether_calls.common.queries import NoParametersQuery

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
_NOTES = OpenApiCallback(
    "note",
    "{$request.body#/url}",
    extend_schema(
        summary="A note of a contact",
        description="Of `contact.note`. Signed as every message.",
        tags=["Partners"],
        auth=[],
        request=WebhookNoteMessage,
        responses={200: OpenApiResponse(description="Received.")},
    ),
)
_TEST = OpenApiCallback(
    "test",
    "{$request.body#/url}",
    extend_schema(
        summary="A test of the webhook",
        description="As it was asked for by `POST /api/v1/webhooks/{webhook_id}/test`. Signed as every message.",
        tags=["Partners"],
        auth=[],
        request=WebhookTestMessage,
        responses={200: OpenApiResponse(description="Received.")},
    ),
)
_MANAGES = "The key needs `can_manage_webhooks`."
_TELLS = "The key needs `can_manage_webhooks`, and `can_read_calls`, since that is what is sent."


class PartnerWebhooksViewSet(PartnerViewSet):
    """Which key may have calls sent is for the services to say, too."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {
        "list": KeyPermission.CAN_READ_CALLS,
        **dict.fromkeys(("create", "change", "rotate", "test", "destroy"), KeyPermission.CAN_MANAGE_WEBHOOKS),
    }

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
        description=f"Its `secret` is in this answer only. {_TELLS}",
        tags=["Partners"],
        request=WebhookCreateRequest,
        callbacks=[_MESSAGES, _NOTES, _TEST],
        responses={201: PartnerWebhookMade, **ERRORS_OF_READS, 409: PartnerError},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, WebhookCreateRequest)

        made = subscribe(
            organization_id=authenticated_user(request).home_id,
            by=key_of_request(request),
            name=body.name,
            url=body.url,
            subscribed_events=body.subscribed_events,
        )

        answer = webhook_with_secret(made)

        return Response(answer, status=201)

    @extend_schema(
        summary="Change a webhook",
        description=(
            "What is left out stays as it is; `enabled` disables, and enables again. The webhook is the key's from then"
            f" on, unless it is only disabled. {_TELLS}"
        ),
        tags=["Partners"],
        request=WebhookChangeRequest,
        responses={200: PartnerWebhook, **ERRORS_OF_READS_BY_ID},
    )
    def change(self, request: Request, webhook_id: str) -> Response:
        body = body_of(request, WebhookChangeRequest)

        changed = change_subscription(
            organization_id=authenticated_user(request).home_id,
            subscription_id=webhook_id,
            changes=body.changes,
            by=key_of_request(request),
        )

        return Response(webhook_document(changed))

    @extend_schema(
        summary="Replace the secret of a webhook",
        description=(
            "The new `secret` is in this answer only. The old one signs as well for `overlap_hours`, so that no message"
            f" is refused while it is exchanged; `webhook-signature` then names two. {_MANAGES}"
        ),
        tags=["Partners"],
        request=WebhookRotateRequest,
        responses={200: PartnerWebhookMade, **ERRORS_OF_READS_BY_ID, 409: PartnerError},
    )
    def rotate(self, request: Request, webhook_id: str) -> Response:
        body = body_of(request, WebhookRotateRequest)

        rotated = rotate_secret(
            organization_id=authenticated_user(request).home_id,
            subscription_id=webhook_id,
            overlap=body.overlap,
            by=key_of_request(request),
        )

        return Response(webhook_with_secret(rotated))

    @extend_schema(
        summary="Test a webhook",
        description=f"Sends a message of the type `webhook.test` within seconds, once. {_MANAGES}",
        tags=["Partners"],
        request=None,
        responses={202: PartnerTestResponse, **ERRORS_OF_READS_BY_ID, 409: PartnerError},
    )
    def test(self, request: Request, webhook_id: str) -> Response:
        message = send_test(
            organization_id=authenticated_user(request).home_id,
            subscription_id=webhook_id,
            by=key_of_request(request),
        )

        return Response(PartnerTestResponse(success=True, message_id=message.pk), status=202)

    @extend_schema(
        summary="Delete a webhook",
        description=f"With all that was sent to it. {_MANAGES}",
        tags=["Partners"],
        responses={200: PartnerDoneResponse, **ERRORS_OF_READS_BY_ID},
    )
    def destroy(self, request: Request, webhook_id: str) -> Response:
        unsubscribe(
            organization_id=authenticated_user(request).home_id,
            subscription_id=webhook_id,
            by=key_of_request(request),
        )

        return Response(PartnerDoneResponse(success=True))
