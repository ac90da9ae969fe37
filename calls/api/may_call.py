"""POST /api/calls/may-call, GET /api/calls/decisions."""

from __future__ import annotations

from typing import Literal

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.may_call_bodies import MayCallRequest
from calls.api.may_call_queries import DecisionsQuery
from calls.documents.decision import DecisionDocument, MayCallResponse, decision_document, may_call_document
from calls.services.agent_calls.ask_may_call import ask_may_call
from contacts.models import CallPurpose, DialPath
from contacts.selectors.decisions import decisions_page
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayReadTrails
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.wire import UNSET, UnsetType, WireStruct, or_none

_ERRORS = {400: CallsErrorResponse, 401: CallsErrorResponse}


class DecisionsPageResponse(WireStruct):
    """One page, newest first; without `nextCursor` it is the last one."""

    success: Literal[True]
    decisions: list[DecisionDocument]
    next_cursor: str | UnsetType = UNSET


class MayCallViewSet(ViewSet):
    """Whether a number may be called."""

    @extend_schema(
        summary="Ask whether a number may be called",
        description="Every rule of an agent's call. Nobody is called, and it counts as no attempt.",
        tags=["Calls"],
        request=MayCallRequest,
        responses={200: MayCallResponse, 404: CallsErrorResponse, **_ERRORS},
    )
    def ask(self, request: Request) -> Response:
        body = body_of(request, MayCallRequest)

        verdict = ask_may_call(
            organization_id=authenticated_user(request).home_id,
            phone_number=body.phone_number,
            purpose=CallPurpose(body.purpose),
            path=DialPath.USER,
            agent=or_none(body.agent_id),
            at=or_none(body.at),
        )

        return Response(may_call_document(verdict))


class DecisionsViewSet(ViewSet):
    """What was decided of dials that the organization's people and systems asked for."""

    permission_classes = (MayReadTrails,)

    @extend_schema(
        summary="List decisions about dials, newest first",
        description="For administrators. They never change.",
        tags=["Calls"],
        parameters=[DecisionsQuery],
        responses={200: DecisionsPageResponse, 403: CallsErrorResponse, **_ERRORS},
    )
    def list(self, request: Request) -> Response:
        query = DecisionsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        rows, has_more = decisions_page(
            organization_id=authenticated_user(request).home_id,
            phone_number=values.get("phone_number"),
            call_id=values.get("call_id"),
            is_allowed=values.get("allowed"),
            limit=values["limit"],
            before=values.get("cursor"),
        )

        answer = DecisionsPageResponse(success=True, decisions=[decision_document(row) for row in rows])
        if has_more:
            answer.next_cursor = rows[-1].pk

        return Response(answer)
