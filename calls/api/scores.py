"""/api/scorecards and /api/calls/{callId}/scores: by which criteria calls are judged, and how they were."""

from __future__ import annotations

from typing import Literal

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.queries import LabelsQuery
from calls.api.score_bodies import CallScoreRequest, ScorecardCreateRequest, ScorecardUpdateRequest
from calls.documents.score import (
    CallScoreDocument,
    Percent,
    ScorecardDocument,
    score_document,
    scorecard_document,
)
from calls.selectors.review.scorecards import MOST_SCORES, scorecard_of, scorecards, scores_of_call
from calls.selectors.seen_calls import check_seen
from calls.services.review.score_call import delete_score, score_call
from calls.services.review.scorecards import create_scorecard, update_scorecard
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import IsMember, MayKeepScorecards, MayReview
from tether_calls.accounts.sight import sight_of
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse
from tether_calls.common.wire import UNSET, UnsetType, WireStruct

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse}
_OF_ONE = {403: CallsErrorResponse, 404: CallsErrorResponse}


class ScorecardsResponse(WireStruct):
    """The organization's scorecards, by name."""

    success: Literal[True]
    scorecards: list[ScorecardDocument]


class ScorecardResponse(WireStruct):
    """One scorecard."""

    success: Literal[True]
    scorecard: ScorecardDocument


class CallScoresResponse(WireStruct):
    """The scores of a call, newest first; the average is there where there is a score."""

    success: Literal[True]
    scores: list[CallScoreDocument]
    average: Percent | UnsetType = UNSET


class CallScoreResponse(WireStruct):
    """One score."""

    success: Literal[True]
    score: CallScoreDocument


class ScorecardsViewSet(ViewSet):
    """By which criteria the user's organization judges calls."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsMember()] if self.action in ("list", "retrieve") else [MayKeepScorecards()]

    @extend_schema(
        summary="List scorecards with what they ask, by name",
        tags=["Scorecards"],
        parameters=[LabelsQuery],
        responses={200: ScorecardsResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = LabelsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        found = scorecards(
            organization_id=authenticated_user(request).home_id, with_archived="include" in query.validated_data
        )

        return Response(
            ScorecardsResponse(
                success=True, scorecards=[scorecard_document(each.scorecard, each.criteria) for each in found]
            )
        )

    @extend_schema(
        summary="Make a scorecard",
        description="For administrators.",
        tags=["Scorecards"],
        request=ScorecardCreateRequest,
        responses={201: ScorecardResponse, 403: CallsErrorResponse, 409: CallsErrorResponse, **_REFUSED},
    )
    def create(self, request: Request) -> Response:
        user = authenticated_user(request)
        body = body_of(request, ScorecardCreateRequest)

        made = create_scorecard(user=user, organization_id=user.home_id, name=body.name, criteria=body.new_criteria)

        return _scorecard(user.home_id, made.pk, status=201)

    @extend_schema(
        summary="Get a scorecard",
        tags=["Scorecards"],
        responses={200: ScorecardResponse, 401: CallsErrorResponse, 404: CallsErrorResponse},
    )
    def retrieve(self, request: Request, scorecard_id: str) -> Response:
        return _scorecard(authenticated_user(request).home_id, scorecard_id)

    @extend_schema(
        summary="Change a scorecard",
        description=(
            "For administrators. Criteria that are others make a new version; scores keep the criteria that they were"
            " given by."
        ),
        tags=["Scorecards"],
        request=ScorecardUpdateRequest,
        responses={200: ScorecardResponse, 409: CallsErrorResponse, **_REFUSED, **_OF_ONE},
    )
    def update(self, request: Request, scorecard_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, ScorecardUpdateRequest)

        update_scorecard(user=user, organization_id=user.home_id, scorecard_id=scorecard_id, changes=body.changes)

        return _scorecard(user.home_id, scorecard_id)


class CallScoresViewSet(ViewSet):
    """What reviewers make of a call."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsMember()] if self.action == "list" else [MayReview()]

    @extend_schema(
        summary="List the scores of a call, newest first",
        description=f"The newest {MOST_SCORES}; the average is of all.",
        tags=["Scorecards"],
        responses={200: CallScoresResponse, 401: CallsErrorResponse, 404: CallsErrorResponse},
    )
    def list(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)

        scores, average = scores_of_call(organization_id=user.home_id, call_id=call_id, sight=sight_of(user))

        answer = CallScoresResponse(
            success=True,
            scores=[score_document(score) for score in scores],
            average=UNSET if average is None else average,
        )

        return Response(answer)

    @extend_schema(
        summary="Score a call",
        description="For department heads and above: one's own score, in place of the one before.",
        tags=["Scorecards"],
        request=CallScoreRequest,
        responses={200: CallScoreResponse, 409: CallsErrorResponse, **_REFUSED, **_OF_ONE},
    )
    def score(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, CallScoreRequest)
        check_seen(sight=sight_of(user), call_id=call_id)

        score = score_call(
            user=user,
            organization_id=user.home_id,
            call_id=call_id,
            scorecard_id=body.scorecard_id,
            answers=body.given,
            comment=body.comment,
        )

        return Response(CallScoreResponse(success=True, score=score_document(score)))

    @extend_schema(
        summary="Take back one's score of a call",
        description="For department heads and above.",
        tags=["Scorecards"],
        responses={200: DoneResponse, 401: CallsErrorResponse, 409: CallsErrorResponse, **_OF_ONE},
    )
    def destroy(self, request: Request, call_id: str) -> Response:
        user = authenticated_user(request)
        check_seen(sight=sight_of(user), call_id=call_id)

        delete_score(user=user, organization_id=user.home_id, call_id=call_id)

        return Response(DoneResponse(success=True, message="Score deleted"))


def _scorecard(organization_id: str, scorecard_id: str, *, status: int = 200) -> Response:
    found = scorecard_of(organization_id=organization_id, scorecard_id=scorecard_id)
    document = scorecard_document(found.scorecard, found.criteria)
    return Response(ScorecardResponse(success=True, scorecard=document), status=status)
