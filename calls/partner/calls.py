"""GET /api/v1/calls and /api/v1/calls/{call_id}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.models import Recording
from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.partner.documents import PartnerCallDetail, PartnerCallsPage, call_detail_document
from calls.partner.queries import NoParametersQuery, PartnerCallsQuery
from calls.partner_documents import call_document
from calls.selectors.partner_calls import CallsWanted, partner_call, partner_calls_page, with_recordings
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.urls import absolute_url


class PartnerCallsViewSet(PartnerViewSet):
    """The organization's calls, whoever made them."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {
        "list": KeyPermission.CAN_READ_CALLS,
        "retrieve": KeyPermission.CAN_READ_CALLS,
    }

    @extend_schema(
        summary="List calls, newest first",
        description="Unknown parameters are refused. The key needs `can_read_calls`.",
        tags=["Partners"],
        parameters=[PartnerCallsQuery],
        responses={200: PartnerCallsPage, **ERRORS_OF_READS},
    )
    def list(self, request: Request) -> Response:
        query = PartnerCallsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        page = partner_calls_page(
            organization_id=authenticated_user(request).home_id,
            wanted=CallsWanted(agent=values.get("agent_id"), status=values.get("status"), direction=values.get("type")),
            paging=query.paging,
        )

        answer = PartnerCallsPage(
            count=page.total,
            page=query.paging.page,
            limit=query.paging.size,
            pages=query.pages(page.total),
            calls=[
                call_document(found.call, recording_url=_address(request, found.recording))
                for found in with_recordings(page.rows)
            ],
        )

        return Response(answer)

    @extend_schema(
        summary="Read one call",
        description="With its transcript as text and what it cost. The key needs `can_read_calls`.",
        tags=["Partners"],
        responses={200: PartnerCallDetail, **ERRORS_OF_READS_BY_ID},
    )
    def retrieve(self, request: Request, call_id: str) -> Response:
        NoParametersQuery(data=request.query_params).is_valid(raise_exception=True)

        found = partner_call(organization_id=authenticated_user(request).home_id, call_id=call_id)

        answer = call_detail_document(found.call, recording_url=_address(request, found.recording))

        return Response(answer)


def _address(request: Request, recording: Recording | None) -> str | None:
    return absolute_url(request, recording.file.url) if recording is not None else None
