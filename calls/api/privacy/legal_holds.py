"""/api/legal-holds: what is not erased."""

from __future__ import annotations

from typing import Literal

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.privacy.bodies import HoldRequest
from calls.documents.privacy import (
    HoldDocument,
    hold_document,
)
from calls.selectors.privacy.requests import holds_page
from calls.services.privacy.legal_holds import place_hold, release_hold
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayHandlePrivacy
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.pagination import PageQuery
from tether_calls.common.wire import WireStruct, or_none

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse, 403: CallsErrorResponse}
_MISSING = {**_REFUSED, 404: CallsErrorResponse}


class HoldResponse(WireStruct):
    """One legal hold."""

    success: Literal[True]
    hold: HoldDocument


class HoldsPageResponse(WireStruct):
    """One page of legal holds, newest first; `total` counts those of all pages."""

    success: Literal[True]
    holds: list[HoldDocument]
    total: int
    page: int
    size: int


class LegalHoldsViewSet(ViewSet):
    """Legal holds: calls and contacts that neither a rule of retention nor a request erases."""

    permission_classes = (MayHandlePrivacy,)

    @extend_schema(
        summary="List legal holds, newest first",
        description="For administrators; those that were released too.",
        tags=["Privacy"],
        parameters=[PageQuery],
        responses={200: HoldsPageResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        page = holds_page(organization_id=authenticated_user(request).home_id, paging=query.paging)

        answer = HoldsPageResponse(
            success=True,
            holds=[hold_document(hold) for hold in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        return Response(answer)

    @extend_schema(
        summary="Place a legal hold",
        description="For administrators. From now on nothing of what it covers is erased.",
        tags=["Privacy"],
        request=HoldRequest,
        responses={201: HoldResponse, **_MISSING, 409: CallsErrorResponse},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, HoldRequest)
        user = authenticated_user(request)

        hold = place_hold(
            user=user,
            organization_id=user.home_id,
            scope=body.scope,
            reason=body.reason,
            contact_id=or_none(body.contact_id),
            call_id=or_none(body.call_id),
            phone_number=or_none(body.phone_number) or "",
            begins=or_none(body.begins),
            ends=or_none(body.ends),
        )

        return Response(HoldResponse(success=True, hold=hold_document(hold)), status=201)

    @extend_schema(
        summary="Release a legal hold",
        description="For administrators. What it covered may be erased again; once more changes nothing.",
        tags=["Privacy"],
        responses={200: HoldResponse, 401: CallsErrorResponse, 403: CallsErrorResponse, 404: CallsErrorResponse},
    )
    def release(self, request: Request, hold_id: str) -> Response:
        user = authenticated_user(request)

        hold = release_hold(user=user, organization_id=user.home_id, hold_id=hold_id)

        return Response(HoldResponse(success=True, hold=hold_document(hold)))
