"""/api/privacy/redactions: old calls are redacted by what the organization does not keep now."""

from __future__ import annotations

from typing import Literal

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.documents.redaction import RedactionDocument, redaction_document
from calls.selectors.redacting.runs import redaction_of, redactions_page
from calls.services.redacting.start import cancel_redaction, start_redaction
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayHandlePrivacy
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.pagination import PageQuery
from tether_calls.common.wire import WireStruct

_REFUSED = {401: CallsErrorResponse, 403: CallsErrorResponse}
_MISSING = {**_REFUSED, 404: CallsErrorResponse}


class RedactionResponse(WireStruct):
    """One redaction of old calls."""

    success: Literal[True]
    redaction: RedactionDocument


class RedactionsPageResponse(WireStruct):
    """One page of redactions of old calls, newest first; `total` counts those of all pages."""

    success: Literal[True]
    redactions: list[RedactionDocument]
    total: int
    page: int
    size: int


class RedactionsViewSet(ViewSet):
    """What was kept before is redacted, too."""

    permission_classes = (MayHandlePrivacy,)

    @extend_schema(
        summary="Redact old calls",
        description=(
            "For administrators. By what the organization does not keep now; a job does it. Where that is under way"
            " already it is that one, with 200. Emits `redaction_changed`."
        ),
        tags=["Privacy"],
        request=None,
        responses={200: RedactionResponse, 202: RedactionResponse, **_REFUSED, 409: CallsErrorResponse},
    )
    def create(self, request: Request) -> Response:
        user = authenticated_user(request)

        started = start_redaction(user=user, organization_id=user.home_id)

        answer = RedactionResponse(success=True, redaction=redaction_document(started.run))

        return Response(answer, status=202 if started.is_new else 200)

    @extend_schema(
        summary="List redactions of old calls, newest first",
        description="For administrators.",
        tags=["Privacy"],
        parameters=[PageQuery],
        responses={200: RedactionsPageResponse, 400: CallsErrorResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        page = redactions_page(organization_id=authenticated_user(request).home_id, paging=query.paging)

        answer = RedactionsPageResponse(
            success=True,
            redactions=[redaction_document(run) for run in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        return Response(answer)

    @extend_schema(
        summary="Read one redaction of old calls",
        description="For administrators. How far it is, by places.",
        tags=["Privacy"],
        responses={200: RedactionResponse, **_MISSING},
    )
    def retrieve(self, request: Request, redaction_id: str) -> Response:
        run = redaction_of(organization_id=authenticated_user(request).home_id, run_id=redaction_id)

        return Response(RedactionResponse(success=True, redaction=redaction_document(run)))

    @extend_schema(
        summary="Cancel a redaction of old calls",
        description="For administrators. What is masked stays so. One that is over stays as it is.",
        tags=["Privacy"],
        responses={200: RedactionResponse, **_MISSING},
    )
    def cancel(self, request: Request, redaction_id: str) -> Response:
        user = authenticated_user(request)

        run = cancel_redaction(user=user, organization_id=user.home_id, run_id=redaction_id)

        return Response(RedactionResponse(success=True, redaction=redaction_document(run)))
