"""That the customer of a call wants no more calls: said, and taken back."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import CallsCallResponse
from calls.documents.handed_out import transcripts_in
from calls.selectors import history as calls_history
from calls.selectors.seen_calls import check_seen
from calls.services.review.opt_outs import mark_opt_out, undo_opt_out
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.documents import CallsErrorResponse

_ERRORS = {401: CallsErrorResponse, 404: CallsErrorResponse}


class OptOutsViewSet(ViewSet):
    """Whether the customer of a call wants no more calls."""

    @extend_schema(
        summary="The customer wants no more calls",
        description="The number goes onto the Do Not Call list. Emits `call_updated`; again, nothing changes.",
        tags=["Calls"],
        request=None,
        responses={200: CallsCallResponse, **_ERRORS},
    )
    @leaves_access
    def mark(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)
        check_seen(sight=sight_of(user), call_id=call_id)

        mark_opt_out(user=user, organization_id=user.home_id, call_id=call_id)

        document = calls_history.call_detail(organization_id=user.home_id, call_id=call_id, sight=None)

        hands_out(request, transcripts_in([document]))
        return Response(CallsCallResponse(success=True, call=document))

    @extend_schema(
        summary="It was not meant so",
        description="For department heads and above. The number goes off the list, if this call has put it there.",
        tags=["Calls"],
        responses={200: CallsCallResponse, 403: CallsErrorResponse, **_ERRORS},
    )
    @leaves_access
    def undo(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)
        check_seen(sight=sight_of(user), call_id=call_id)

        undo_opt_out(user=user, organization_id=user.home_id, call_id=call_id)

        document = calls_history.call_detail(organization_id=user.home_id, call_id=call_id, sight=None)

        hands_out(request, transcripts_in([document]))
        return Response(CallsCallResponse(success=True, call=document))
