"""/api/exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.exports.bodies import ExportRequest
from calls.documents.export import ExportDocument, export_document
from calls.documents.handed_out import file_of
from calls.models import Export, ExportStatus
from calls.selectors.exports.exports import export_of, exports_page
from calls.services.exports.discard import export_files
from calls.services.exports.request_export import request_export
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayExport
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.pagination import PageQuery
from tether_calls.common.urls import absolute_url
from tether_calls.common.wire import UNSET, UnsetType, WireStruct, or_none
from tether_calls.trails.reports import Accessed

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse, 403: CallsErrorResponse}


class ExportResponse(WireStruct):
    """One export."""

    success: Literal[True]
    export: ExportDocument


class ExportsPageResponse(WireStruct):
    """One page of exports, newest first; `total` counts those of all pages."""

    success: Literal[True]
    exports: list[ExportDocument]
    total: int
    page: int
    size: int


class ExportsViewSet(ViewSet):
    """Files of the organization's rows."""

    permission_classes = (MayExport,)

    @extend_schema(
        summary="Ask for an export",
        description="For department heads and above, of the wallet for administrators. The file is made meanwhile.",
        tags=["Exports"],
        request=ExportRequest,
        responses={202: ExportResponse, **_REFUSED, 409: CallsErrorResponse},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, ExportRequest)
        wanted = body.wanted

        export = request_export(
            user=authenticated_user(request),
            kind=body.kind,
            file_format=body.format,
            wanted=wanted,
            columns=or_none(body.columns),
            with_transcript=body.include_transcript,
            time_zone=or_none(body.timezone),
        )

        answer = ExportResponse(success=True, export=export_document(export))

        return Response(answer, status=202)

    @extend_schema(
        summary="List exports, newest first",
        description="Those of the organization, of the last 24 hours; of the wallet for administrators.",
        tags=["Exports"],
        parameters=[PageQuery],
        responses={200: ExportsPageResponse, **_REFUSED},
    )
    @leaves_access
    def list(self, request: Request) -> Response:
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        page = exports_page(user=authenticated_user(request), paging=query.paging)

        answer = ExportsPageResponse(
            success=True,
            exports=[export_document(export, url=_url(request, export)) for export in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        hands_out(request, _files_in(request, page.rows))
        return Response(answer)

    @extend_schema(
        summary="Read one export",
        description="How far it is; once it is ready, where its file is.",
        tags=["Exports"],
        responses={200: ExportResponse, 401: CallsErrorResponse, 403: CallsErrorResponse, 404: CallsErrorResponse},
    )
    @leaves_access
    def retrieve(self, request: Request, export_id: str) -> Response:
        export = export_of(user=authenticated_user(request), export_id=export_id)

        hands_out(request, _files_in(request, [export]))
        return Response(ExportResponse(success=True, export=export_document(export, url=_url(request, export))))


def _files_in(request: Request, exports: Iterable[Export]) -> Iterator[Accessed]:
    ready = (export for export in exports if export.status == ExportStatus.READY)
    return (file_of(export, to=authenticated_user(request).pk) for export in ready)


def _url(request: Request, export: Export) -> str | UnsetType:
    """Made anew for each answer, so that an address that leaks works for ten minutes at most."""
    if export.status != ExportStatus.READY:
        return UNSET
    return absolute_url(request, export_files().url(export.file))
