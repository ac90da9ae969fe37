"""History, statistics, one call, what people make of it, its recording."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.bodies import CallReviewRequest
from calls.api.documents import (
    CallsCallResponse,
    CallsHistoryResponse,
    CallsRecordingResponse,
    CallsStatisticsResponse,
    CallStatistics,
    StatusStatistics,
    TranscriptionTurn,
)
from calls.api.queries import (
    Cursor,
    HistoryQuery,
    StatisticsQuery,
    decode_cursor,
    encode_cursor,
    history_filter,
)
from calls.documents.call import transcript_text
from calls.documents.handed_out import address_of, transcripts_in
from calls.models import Recording
from calls.selectors import history as calls_history
from calls.selectors.recordings.recording import PlayableCall, playable_call
from calls.selectors.seen_calls import check_seen
from calls.selectors.statistics import StatusTotal, totals_by_status
from calls.services.review.review_call import review_call
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.urls import absolute_url
from tether_calls.common.wire import UNSET, number, or_unset

_ERRORS = {400: CallsErrorResponse, 401: CallsErrorResponse}


class CallsViewSet(ViewSet):
    """The calls of the user's organization."""

    @extend_schema(
        summary="List calls, newest first",
        description="Pages by `cursor`, which is fast at any depth, or by `offset`. Unknown filters are refused.",
        tags=["Calls"],
        parameters=[HistoryQuery],
        responses={200: CallsHistoryResponse, **_ERRORS},
    )
    @leaves_access
    @may_read_replica
    def history(self, request: Request) -> Response:
        query = HistoryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data
        user = authenticated_user(request)
        wanted = history_filter(values, seen_by=sight_of(user))
        organization_id = user.home_id
        cursor = None
        if "cursor" in values:
            cursor = decode_cursor(values["cursor"], organization_id=organization_id, wanted=wanted)

        page = calls_history.history(
            organization_id=organization_id,
            zone=user.zone,
            wanted=wanted,
            limit=values["limit"],
            offset=values["offset"],
            after=cursor.position if cursor else None,
            with_transcript="include" in values,
            is_counted=cursor is None,
        )
        total, capped = (cursor.total, cursor.total_capped) if cursor else (page.total, page.is_capped)

        answer = CallsHistoryResponse(success=True, calls=page.calls, total=total, total_capped=capped or UNSET)
        if page.next_position is not None:
            end = Cursor(page.next_position, total, capped)
            answer.next_cursor = encode_cursor(end, organization_id=organization_id, wanted=wanted)

        hands_out(request, transcripts_in(page.calls))
        return Response(answer)

    @extend_schema(
        summary="Count calls and add up their durations",
        description="By status and over all, for calls that started in the period.",
        tags=["Calls"],
        parameters=[StatisticsQuery],
        responses={200: CallsStatisticsResponse, **_ERRORS},
    )
    @may_read_replica
    def statistics(self, request: Request) -> Response:
        query = StatisticsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        user = authenticated_user(request)
        totals = totals_by_status(
            organization_id=user.home_id,
            zone=user.zone,
            wanted=history_filter(query.validated_data, seen_by=sight_of(user)),
        )

        answer = CallsStatisticsResponse(success=True, statistics=_statistics(totals))

        return Response(answer)

    @extend_schema(
        summary="Read one call",
        description="With its transcript, and with contact and user populated.",
        tags=["Calls"],
        responses={200: CallsCallResponse, 401: CallsErrorResponse, 404: CallsErrorResponse},
    )
    @leaves_access
    def retrieve(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)

        document = calls_history.call_detail(organization_id=user.home_id, call_id=call_id, sight=sight_of(user))

        hands_out(request, transcripts_in([document]))
        return Response(CallsCallResponse(success=True, call=document))

    @extend_schema(
        summary="Tag a call, say how it came out, star it",
        description="Emits `call_updated` where that changes it. A tag or disposition that is archived is not put on.",
        tags=["Calls"],
        request=CallReviewRequest,
        responses={200: CallsCallResponse, 404: CallsErrorResponse, 409: CallsErrorResponse, **_ERRORS},
    )
    @leaves_access
    def review(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, CallReviewRequest)
        check_seen(sight=sight_of(user), call_id=call_id)

        review_call(organization_id=user.home_id, call_id=call_id, changes=body.changes)

        document = calls_history.call_detail(organization_id=user.home_id, call_id=call_id, sight=None)

        hands_out(request, transcripts_in([document]))
        return Response(CallsCallResponse(success=True, call=document))

    @extend_schema(
        summary="Get a recording's address and transcript",
        description="The address is signed, works for ten minutes, and answers Range requests.",
        tags=["Calls"],
        responses={200: CallsRecordingResponse, 401: CallsErrorResponse, 404: CallsErrorResponse},
    )
    @leaves_access
    def recording(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)

        playable = playable_call(organization_id=user.home_id, call_id=call_id, sight=sight_of(user))
        if playable.recording is None:
            raise TetherError(ErrorCode.RECORDING_NOT_FOUND)

        hands_out(request, [address_of(playable.recording)])
        return Response(_recording_answer(request, playable, playable.recording))


def _statistics(totals: list[StatusTotal]) -> CallStatistics:
    calls = sum(total.count for total in totals)
    duration = sum(total.duration for total in totals)
    return CallStatistics(
        total_calls=calls,
        total_duration=_rounded(duration),
        average_duration=_rounded(duration / calls if calls else 0),
        by_status={
            total.status: StatusStatistics(
                count=total.count,
                total_duration=_rounded(total.duration),
                avg_duration=_rounded(total.duration / total.count),
            )
            for total in totals
        },
    )


def _rounded(seconds: float) -> Any:
    return number(round(seconds, 2))


def _recording_answer(request: Request, playable: PlayableCall, recording: Recording) -> CallsRecordingResponse:
    call = playable.call
    turns = [
        TranscriptionTurn(role=turn["role"], message=turn["message"], timestamp=turn.get("timestamp"))
        for turn in call.ai_transcript or []
    ]
    return CallsRecordingResponse(
        success=True,
        audio_url=absolute_url(request, recording.file.url),
        duration=number(recording.duration if recording.duration is not None else call.duration),
        recording_id=recording.pk,
        transcription_text=transcript_text(call.ai_transcript or []),
        transcription_data=turns,
        direction=call.direction,
        from_=or_unset(call.from_number),
        to=or_unset(call.to_number),
    )
