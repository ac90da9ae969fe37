"""GET /api/v1/scheduled-calls; GET, PATCH and DELETE /api/v1/scheduled-calls/{scheduled_id}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.scheduled_bodies import PartnerScheduledCallMoveRequest
from calls.documents.scheduled_call import PartnerScheduledCall, partner_document_of
from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.partner.documents import PartnerScheduledCallsPage
from calls.partner.errors import PartnerError
from calls.partner.queries import PartnerScheduledCallsQuery
from calls.selectors.scheduled_calls.scheduled import scheduled_call_of, scheduled_calls_page
from calls.services.scheduled_calls.change_call import cancel_call, move_call
from tether_calls.accounts.authentication import key_of_request
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.bodies import body_of
from tether_calls.common.queries import NoParametersQuery

_ERRORS_OF_CHANGES = {**ERRORS_OF_READS_BY_ID, 409: PartnerError}


class PartnerScheduledCallsViewSet(PartnerViewSet):
    """The scheduled calls of the organization: those of all its users and API keys."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {
        "list": KeyPermission.CAN_READ_CALLS,
        "retrieve": KeyPermission.CAN_READ_CALLS,
        "move": KeyPermission.CAN_INITIATE_CALLS,
        "cancel": KeyPermission.CAN_INITIATE_CALLS,
    }

    @extend_schema(
        summary="List scheduled calls, newest first",
        description="Unknown parameters are refused. The key needs `can_read_calls`.",
        tags=["Partners"],
        parameters=[PartnerScheduledCallsQuery],
        responses={200: PartnerScheduledCallsPage, **ERRORS_OF_READS},
    )
    def list(self, request: Request) -> Response:
        query = PartnerScheduledCallsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        page = scheduled_calls_page(
            sight=None,
            organization_id=key_of_request(request).user.home_id,
            states=[values["status"]] if "status" in values else (),
            contact_id=values.get("contact_id"),
            agent_id=values.get("agent_id"),
            paging=query.paging,
        )

        answer = PartnerScheduledCallsPage(
            count=page.total,
            page=query.paging.page,
            limit=query.paging.size,
            pages=query.pages(page.total),
            scheduled_calls=[partner_document_of(scheduled) for scheduled in page.rows],
        )

        return Response(answer)

    @extend_schema(
        summary="Read a scheduled call",
        description="The key needs `can_read_calls`.",
        tags=["Partners"],
        responses={200: PartnerScheduledCall, **ERRORS_OF_READS_BY_ID},
    )
    def retrieve(self, request: Request, scheduled_id: str) -> Response:
        NoParametersQuery(data=request.query_params).is_valid(raise_exception=True)

        organization_id = key_of_request(request).user.home_id
        scheduled = scheduled_call_of(organization_id=organization_id, scheduled_id=scheduled_id, sight=None)

        return Response(partner_document_of(scheduled))

    @extend_schema(
        summary="Move a call to another time",
        description=(
            "Only while nobody is being dialled for it, else `409`. Attempts that were made count on, and `retry` stays"
            " as it was. The key needs `can_initiate_calls`."
        ),
        tags=["Partners"],
        request=PartnerScheduledCallMoveRequest,
        responses={200: PartnerScheduledCall, **_ERRORS_OF_CHANGES},
    )
    def move(self, request: Request, scheduled_id: str) -> Response:
        body = body_of(request, PartnerScheduledCallMoveRequest)

        organization_id = key_of_request(request).user.home_id
        scheduled = move_call(organization_id=organization_id, scheduled_id=scheduled_id, schedule=body.schedule)

        return Response(partner_document_of(scheduled))

    @extend_schema(
        summary="Cancel a scheduled call",
        description=(
            "Only while nobody is being dialled for it, else `409`; one that is canceled already stays so. The key"
            " needs `can_initiate_calls`."
        ),
        tags=["Partners"],
        responses={200: PartnerScheduledCall, **_ERRORS_OF_CHANGES},
    )
    def cancel(self, request: Request, scheduled_id: str) -> Response:
        organization_id = key_of_request(request).user.home_id

        scheduled = cancel_call(organization_id=organization_id, scheduled_id=scheduled_id)

        return Response(partner_document_of(scheduled))
