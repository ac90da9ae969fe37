"""/api/calls/scheduled: calls that agents make at a time."""

from __future__ import annotations

from typing import Literal

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.scheduled_bodies import ScheduledCallMoveRequest
from calls.api.scheduled_queries import ScheduledCallsQuery
from calls.documents.scheduled_call import ScheduledCallDocument, scheduled_call_document
from calls.selectors.scheduled_calls.scheduled import scheduled_call_of, scheduled_calls_page
from calls.services.scheduled_calls.change_call import cancel_call, may_change, move_call
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.wire import WireStruct

_OF_ONE = {401: CallsErrorResponse, 404: CallsErrorResponse}
_OF_CHANGES = {**_OF_ONE, 403: CallsErrorResponse, 409: CallsErrorResponse}


class ScheduledCallResponse(WireStruct):
    """One scheduled call."""

    success: Literal[True]
    scheduled_call: ScheduledCallDocument


class ScheduledCallsPageResponse(WireStruct):
    """One page of scheduled calls, newest first; `total` counts those of all pages."""

    success: Literal[True]
    scheduled_calls: list[ScheduledCallDocument]
    total: int
    page: int
    size: int


class ScheduledCallsViewSet(ViewSet):
    """The scheduled calls of the organization: those of all its users and API keys."""

    @extend_schema(
        summary="List scheduled calls, newest first",
        tags=["Calls"],
        parameters=[ScheduledCallsQuery],
        responses={200: ScheduledCallsPageResponse, 400: CallsErrorResponse, 401: CallsErrorResponse},
    )
    def list(self, request: Request) -> Response:
        query = ScheduledCallsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        user = authenticated_user(request)

        page = scheduled_calls_page(
            organization_id=user.home_id,
            sight=sight_of(user),
            states=[values["status"]] if "status" in values else (),
            contact_id=values.get("contact_id"),
            agent_id=values.get("agent_id"),
            paging=query.paging,
        )

        answer = ScheduledCallsPageResponse(
            success=True,
            scheduled_calls=[scheduled_call_document(scheduled) for scheduled in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        return Response(answer)

    @extend_schema(summary="Read a scheduled call", tags=["Calls"], responses={200: ScheduledCallResponse, **_OF_ONE})
    def retrieve(self, request: Request, scheduled_id: str) -> Response:
        user = authenticated_user(request)

        scheduled = scheduled_call_of(organization_id=user.home_id, scheduled_id=scheduled_id, sight=sight_of(user))

        return Response(ScheduledCallResponse(success=True, scheduled_call=scheduled_call_document(scheduled)))

    @extend_schema(
        summary="Move a call to another time",
        description=(
            "One's own; a department head's and above is every one. Only while nobody is being dialled for it. Emits"
            " `scheduled_call_updated`."
        ),
        tags=["Calls"],
        request=ScheduledCallMoveRequest,
        responses={200: ScheduledCallResponse, 400: CallsErrorResponse, **_OF_CHANGES},
    )
    def move(self, request: Request, scheduled_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, ScheduledCallMoveRequest)

        scheduled = move_call(
            organization_id=user.home_id,
            scheduled_id=scheduled_id,
            schedule=body.schedule,
            check=may_change(user),
        )

        return Response(ScheduledCallResponse(success=True, scheduled_call=scheduled_call_document(scheduled)))

    @extend_schema(
        summary="Cancel a scheduled call",
        description=(
            "One's own; a department head's and above is every one. Only while nobody is being dialled for it; one that"
            " is canceled already stays so. Emits `scheduled_call_updated`."
        ),
        tags=["Calls"],
        responses={200: ScheduledCallResponse, **_OF_CHANGES},
    )
    def cancel(self, request: Request, scheduled_id: str) -> Response:
        user = authenticated_user(request)

        scheduled = cancel_call(organization_id=user.home_id, scheduled_id=scheduled_id, check=may_change(user))

        return Response(ScheduledCallResponse(success=True, scheduled_call=scheduled_call_document(scheduled)))
