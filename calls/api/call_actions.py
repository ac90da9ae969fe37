"""What a user does to a call: hang up, throw away."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.browser_call_bodies import CallsDiscardCallRequest
from calls.api.documents import CallsLiveResponse, CallsLiveTurnDocument, CallsMessageResponse
from calls.selectors.live_calls.reading import live_reading
from calls.selectors.seen_calls import check_seen
from calls.services.browser_calls.discard_call import discard_call
from calls.services.browser_calls.terminate_call import Termination, terminate_call
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.wire import or_none
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

_TERMINATED = {
    Termination.HUNG_UP: "Call ended",
    Termination.ENDED_HERE: "Call ended; there was no provider to ask",
    Termination.WAS_OVER: "The call had ended already",
}


class CallActionsViewSet(ViewSet):
    """Calls of the user's organization."""

    @extend_schema(
        summary="Hang up",
        description=(
            "Asks the provider to end the call, then ends it here. Repeating it changes nothing. When the provider"
            " does not do it, the call is unchanged. Emits `call_ended`."
        ),
        tags=["Calls"],
        request=None,
        responses={
            200: CallsMessageResponse,
            401: CallsErrorResponse,
            404: CallsErrorResponse,
            409: CallsErrorResponse,
            500: CallsErrorResponse,
        },
    )
    def terminate(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)
        check_seen(sight=sight_of(user), call_id=call_id)

        termination = terminate_call(organization_id=user.home_id, call_id=call_id)

        return Response(CallsMessageResponse(success=True, message=_TERMINATED[termination]))

    @extend_schema(
        summary="Read along",
        description=(
            "What has been said so far in a call that goes on; of one that has ended, its transcript. The socket's"
            " `watch` sends the same as it is said."
        ),
        tags=["Calls"],
        responses={200: CallsLiveResponse, 401: CallsErrorResponse, 404: CallsErrorResponse},
    )
    @leaves_access
    def live(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)

        reading = live_reading(organization_id=user.home_id, call_id=call_id, sight=sight_of(user))

        turns = [CallsLiveTurnDocument(**turn) for turn in reading.turns]
        answer = CallsLiveResponse(
            success=True, call_id=reading.call.pk, status=reading.call.status, is_live=reading.goes_on, turns=turns
        )

        if turns:
            hands_out(request, [Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=reading.call.pk)])
        return Response(answer)

    @extend_schema(
        summary="Throw a call away",
        description=(
            "Removes a browser's unanswered call; any other stays. A call that is not there is a success."
            " Emits `call_ended` where the call was under way."
        ),
        tags=["Calls"],
        request=CallsDiscardCallRequest,
        responses={200: CallsMessageResponse, 400: CallsErrorResponse, 401: CallsErrorResponse},
    )
    def discard(self, request: Request, call_id: str) -> Response:
        body = body_of(request, CallsDiscardCallRequest)

        is_gone = discard_call(
            user=authenticated_user(request),
            call_id=call_id,
            contact_id=or_none(body.contact_id),
            delete_contact=body.delete_contact,
        )

        message = "Call discarded" if is_gone else "The call took place and stays in the history"
        return Response(CallsMessageResponse(success=True, message=message))
