"""/api/calls/{callId}/content: the content of one call is erased."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import CallsCallResponse
from calls.api.privacy.queries import ContentQuery
from calls.documents.handed_out import transcripts_in
from calls.selectors import history as calls_history
from calls.services.privacy.erase_call import erase_call
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayHandlePrivacy
from tether_calls.common.documents import CallsErrorResponse

_MISSING = {
    400: CallsErrorResponse,
    401: CallsErrorResponse,
    403: CallsErrorResponse,
    404: CallsErrorResponse,
}


class CallContentViewSet(ViewSet):
    """What is kept of one call."""

    permission_classes = (MayHandlePrivacy,)

    @extend_schema(
        summary="Erase the content of a call",
        description="For administrators. Its recordings, its words, or both; again, nothing changes.",
        tags=["Privacy"],
        parameters=[ContentQuery],
        responses={200: CallsCallResponse, **_MISSING, 409: CallsErrorResponse},
    )
    @leaves_access
    def erase(self, request: Request, call_id: str) -> Response:
        query = ContentQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        user = authenticated_user(request)

        erase_call(user=user, organization_id=user.home_id, call_id=call_id, part=query.validated_data["part"])

        document = calls_history.call_detail(organization_id=user.home_id, call_id=call_id, sight=None)

        hands_out(request, transcripts_in([document]))
        return Response(CallsCallResponse(success=True, call=document))
