"""The recording of a call that goes on, at its carrier: it pauses, it goes on."""

from __future__ import annotations

from collections.abc import Callable

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import CallsCallResponse
from calls.documents.handed_out import transcripts_in
from calls.selectors import history as calls_history
from calls.selectors.seen_calls import check_seen
from calls.services.browser_calls.pause_recording import pause_recording, resume_recording
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.documents import CallsErrorResponse

_ANSWERS = {
    200: CallsCallResponse,
    401: CallsErrorResponse,
    404: CallsErrorResponse,
    409: CallsErrorResponse,
    500: CallsErrorResponse,
}


class CallRecordingViewSet(ViewSet):
    """What a carrier records of the calls of the user's organization."""

    @extend_schema(
        summary="Pause the recording",
        description=(
            "Of a browser's call that goes on, where its carrier can: what is said from now on is silence in the"
            " recording. Repeating it changes nothing. Emits `call_updated`."
        ),
        tags=["Calls"],
        request=None,
        responses=_ANSWERS,
    )
    @leaves_access
    def pause(self, request: Request, call_id: str) -> Response:
        return self._changed(request, call_id, pause_recording)

    @extend_schema(
        summary="Have the recording go on",
        description="As pausing; one that was not paused goes on as it is. Emits `call_updated`.",
        tags=["Calls"],
        request=None,
        responses=_ANSWERS,
    )
    @leaves_access
    def resume(self, request: Request, call_id: str) -> Response:
        return self._changed(request, call_id, resume_recording)

    def _changed(self, request: Request, call_id: str, change: Callable[..., None]) -> Response:
        user = authenticated_user(request)
        check_seen(sight=sight_of(user), call_id=call_id)

        change(organization_id=user.home_id, call_id=call_id)

        document = calls_history.call_detail(organization_id=user.home_id, call_id=call_id, sight=None)

        hands_out(request, transcripts_in([document]))
        return Response(CallsCallResponse(success=True, call=document))
