"""GET /api/calls/ingest/refused."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.pushes.base import VendorViewSet
from calls.api.pushes.documents import CallsIngestErrorResponse, RefusedPushDocument, RefusedPushesPageResponse
from calls.models import RefusedPush
from calls.selectors.pushes.refused import refused_pushes_page
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.pagination import PageQuery
from tether_calls.common.times import to_wire
from tether_calls.common.wire import or_unset


class RefusedPushesViewSet(VendorViewSet):
    """What was not kept."""

    @extend_schema(
        summary="List refused pushes, newest first",
        description=(
            "Calls that were pushed with a key of the same user and not kept, of the last 30 days, and why; nothing of"
            " what they said. With an API key that may ingest calls."
        ),
        tags=["Calls"],
        parameters=[PageQuery],
        responses={200: RefusedPushesPageResponse, 400: CallsIngestErrorResponse, 401: CallsIngestErrorResponse},
    )
    def list(self, request: Request) -> Response:
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        page = refused_pushes_page(user=authenticated_user(request), paging=query.paging)

        answer = RefusedPushesPageResponse(
            data=[_document(row) for row in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        return Response(answer)


def _document(row: RefusedPush) -> RefusedPushDocument:
    return RefusedPushDocument(
        id=row.pk,
        created_at=to_wire(row.created_at),
        status=row.status,
        code=row.code,
        key_name=or_unset(row.api_key.name if row.api_key is not None else None),
        field=or_unset(row.field),
        external_call_id=or_unset(row.external_call_id),
    )
