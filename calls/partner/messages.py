"""GET and POST /api/v1/messages, GET /api/v1/messages/{message_id}: texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.documents.partner_message import PartnerMessage, PartnerMessageSent, partner_message_fields
from calls.models import TextPurpose
from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.partner.bodies import PartnerMessageRequest
from calls.partner.documents import PartnerMessagesPage
from calls.partner.errors import PartnerError
from calls.partner.queries import PartnerMessagesQuery
from calls.selectors.texts.messages import text_of, texts_page
from calls.services.texts.send_text import send_text
from tether_calls.accounts.authentication import key_of_request
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.bodies import body_of
from tether_calls.common.idempotency_key import IDEMPOTENCY_KEY, KEY_PATTERN, idempotency_key
from tether_calls.common.queries import NoParametersQuery
from tether_calls.common.urls import absolute_url
from tether_calls.common.wire import or_none


class PartnerMessagesViewSet(PartnerViewSet):
    """Texts of the organization, whoever wrote them."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {
        "list": KeyPermission.CAN_READ_MESSAGES,
        "retrieve": KeyPermission.CAN_READ_MESSAGES,
        "create": KeyPermission.CAN_SEND_MESSAGES,
    }

    @extend_schema(
        summary="Send a text",
        description=(
            "To a number, whose contact is found or made, or to a contact. The rules of dials hold. The same text again"
            " within 30 seconds, or with the same `Idempotency-Key`, is not sent again: the answer is the first one's,"
            " with `deduplicated`. The key needs `can_send_messages`."
        ),
        tags=["Partners"],
        parameters=[
            OpenApiParameter(
                IDEMPOTENCY_KEY,
                str,
                OpenApiParameter.HEADER,
                pattern=KEY_PATTERN,
                description=(
                    "1 to 255 printable characters of ASCII. Requests with the same key send one text, however often"
                    " they come; with another body it is refused."
                ),
            )
        ],
        request=PartnerMessageRequest,
        responses={200: PartnerMessageSent, 201: PartnerMessageSent, 409: PartnerError, **ERRORS_OF_READS_BY_ID},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, PartnerMessageRequest)
        key = idempotency_key(request)

        user = key_of_request(request).user
        sent = send_text(
            user=user,
            content=body.content,
            contact_id=or_none(body.contact_id),
            phone_number=or_none(body.phone_number),
            idempotency_key=key,
            reports_to=absolute_url(request, "/").rstrip("/"),
            purpose=TextPurpose.PARTNER,
        )

        message = text_of(organization_id=user.home_id, message_id=sent.message.pk)
        answer = PartnerMessageSent(**partner_message_fields(message), deduplicated=sent.is_repeated)

        return Response(answer, status=200 if sent.is_repeated else 201)

    @extend_schema(
        summary="List texts, newest first",
        description="Unknown parameters are refused. The key needs `can_read_messages`.",
        tags=["Partners"],
        parameters=[PartnerMessagesQuery],
        responses={200: PartnerMessagesPage, **ERRORS_OF_READS},
    )
    def list(self, request: Request) -> Response:
        query = PartnerMessagesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        page = texts_page(
            organization_id=key_of_request(request).user.home_id,
            contact_id=values.get("contact_id"),
            direction=values.get("direction"),
            status=values.get("status"),
            paging=query.paging,
        )

        answer = PartnerMessagesPage(
            count=page.total,
            page=query.paging.page,
            limit=query.paging.size,
            pages=query.pages(page.total),
            messages=[PartnerMessage(**partner_message_fields(message)) for message in page.rows],
        )

        return Response(answer)

    @extend_schema(
        summary="Read a text",
        description="With how far it has come. The key needs `can_read_messages`.",
        tags=["Partners"],
        responses={200: PartnerMessage, **ERRORS_OF_READS_BY_ID},
    )
    def retrieve(self, request: Request, message_id: str) -> Response:
        NoParametersQuery(data=request.query_params).is_valid(raise_exception=True)

        message = text_of(organization_id=key_of_request(request).user.home_id, message_id=message_id)

        return Response(PartnerMessage(**partner_message_fields(message)))
