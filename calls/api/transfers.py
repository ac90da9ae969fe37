"""/api/calls/transfers: what a person answers to whom an agent wants to hand its caller over."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.live_documents import TransferResponse, transfer_document
from calls.selectors.transfers.people import online_users
from calls.services.transfers.answer_offer import accept_offer, decline_offer
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.documents import CallsErrorResponse

_ANSWERS = {
    200: TransferResponse,
    401: CallsErrorResponse,
    403: CallsErrorResponse,
    404: CallsErrorResponse,
    409: CallsErrorResponse,
}


class TransfersViewSet(ViewSet):
    """Transfers that the user is offered."""

    @extend_schema(
        summary="Take a caller whom an agent hands over",
        description="The user is kept for the caller for a minute; the browser rings when the caller arrives.",
        tags=["Calls"],
        request=None,
        responses=_ANSWERS,
    )
    def accept(self, request: Request, transfer_id: str) -> Response:
        offer = accept_offer(user=authenticated_user(request), transfer_id=transfer_id)

        return Response(transfer_document(offer))

    @extend_schema(
        summary="Do not take a caller whom an agent hands over",
        description="The next person is asked.",
        tags=["Calls"],
        request=None,
        responses=_ANSWERS,
    )
    def decline(self, request: Request, transfer_id: str) -> Response:
        user = authenticated_user(request)

        online = online_users(organization_id=user.home_id)
        offer = decline_offer(user=user, transfer_id=transfer_id, online=online)

        return Response(transfer_document(offer))
