"""/api/conversation."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from conversations.api.bodies import ConversationResolveRequest, ConversationsRequest
from conversations.api.documents import ConversationResponse, ConversationsPageResponse, MessagesPageResponse
from conversations.documents import conversation_document, message_document
from conversations.selectors import conversation_of, conversations_of_contact, messages_of_conversation
from conversations.services import resolve_conversation
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.pagination import PageQuery

_UNKNOWN = {401: CallsErrorResponse, 404: CallsErrorResponse}


class ConversationsViewSet(ViewSet):
    """Conversations with the contacts of the user's organization."""

    @extend_schema(
        summary="List the conversations with a contact",
        description="One for each of our numbers; that with the newest message first.",
        tags=["Conversations"],
        request=ConversationsRequest,
        responses={200: ConversationsPageResponse, 400: CallsErrorResponse, **_UNKNOWN},
    )
    def of_contact(self, request: Request) -> Response:
        body = body_of(request, ConversationsRequest)

        user = authenticated_user(request)

        page = conversations_of_contact(
            organization_id=user.home_id,
            sight=sight_of(user),
            contact_id=body.contact_id,
            paging=body.paging,
        )

        answer = ConversationsPageResponse(
            success=True,
            conversations=[conversation_document(conversation) for conversation in page.rows],
            total=page.total,
            page=body.paging.page,
            size=body.paging.size,
        )

        return Response(answer)

    @extend_schema(
        summary="Read one conversation",
        tags=["Conversations"],
        responses={200: ConversationResponse, **_UNKNOWN},
    )
    def retrieve(self, request: Request, conversation_id: str) -> Response:
        user = authenticated_user(request)

        conversation = conversation_of(
            organization_id=user.home_id, conversation_id=conversation_id, sight=sight_of(user)
        )

        return Response(ConversationResponse(success=True, conversation=conversation_document(conversation)))

    @extend_schema(
        summary="List the messages of a conversation, newest first",
        tags=["Conversations"],
        parameters=[PageQuery],
        responses={200: MessagesPageResponse, 400: CallsErrorResponse, **_UNKNOWN},
    )
    def messages(self, request: Request, conversation_id: str) -> Response:
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        user = authenticated_user(request)

        page = messages_of_conversation(
            organization_id=user.home_id,
            sight=sight_of(user),
            conversation_id=conversation_id,
            paging=query.paging,
        )

        answer = MessagesPageResponse(
            success=True,
            messages=[message_document(message) for message in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        return Response(answer)

    @extend_schema(
        summary="Mark a conversation as resolved, or as open again",
        tags=["Conversations"],
        request=ConversationResolveRequest,
        responses={200: ConversationResponse, 400: CallsErrorResponse, **_UNKNOWN},
    )
    def resolve(self, request: Request, conversation_id: str) -> Response:
        body = body_of(request, ConversationResolveRequest)

        user = authenticated_user(request)

        conversation = resolve_conversation(
            organization_id=user.home_id,
            sight=sight_of(user),
            conversation_id=conversation_id,
            is_resolved=body.is_resolved,
        )

        answer = ConversationResponse(success=True, conversation=conversation_document(conversation))

        return Response(answer)
