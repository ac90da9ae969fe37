"""/api/messages: texts that users write."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.message_bodies import MessageSendRequest, MessageSentResponse
from calls.services.texts.send_text import send_text
from conversations.documents import message_document
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.idempotency_key import IDEMPOTENCY_KEY, KEY_PATTERN, idempotency_key
from tether_calls.common.urls import absolute_url
from tether_calls.common.wire import or_none


class MessagesViewSet(ViewSet):
    """Texts to the organization's contacts."""

    @extend_schema(
        summary="Send a text to a contact",
        description=(
            "Over the carrier of the number that it is sent from: the conversation's, else the user's. The rules of"
            " dials hold. The same text again within 30 seconds, or with the same `Idempotency-Key`, is not sent again:"
            " the answer is the first one's. Emits `fetch_messages`, and `message_status` for each step."
        ),
        tags=["Conversations"],
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
        request=MessageSendRequest,
        responses={
            200: MessageSentResponse,
            201: MessageSentResponse,
            **dict.fromkeys((400, 401, 404, 409, 429, 500), CallsErrorResponse),
        },
    )
    def send(self, request: Request) -> Response:
        user = authenticated_user(request)
        body = body_of(request, MessageSendRequest)
        key = idempotency_key(request)

        sent = send_text(
            user=user,
            contact_id=body.contact_id,
            content=body.content,
            conversation_id=or_none(body.conversation_id),
            idempotency_key=key,
            reports_to=absolute_url(request, "/").rstrip("/"),
        )

        answer = MessageSentResponse(
            success=True,
            message="Sent already" if sent.is_repeated else "Sent",
            data=message_document(sent.message),
            deduplicated=sent.is_repeated,
        )

        return Response(answer, status=200 if sent.is_repeated else 201)
