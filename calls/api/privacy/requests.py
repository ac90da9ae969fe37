"""/api/privacy/requests: persons are found, exported and erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.privacy.bodies import PrivacyRequestBody
from calls.documents.handed_out import archive_of
from calls.documents.privacy import (
    PrivacyRequestDocument,
    privacy_request_document,
)
from calls.models import PrivacyRequest, PrivacyState
from calls.selectors.privacy.requests import certificate_of, request_of, requests_page
from calls.services.exports.discard import export_files
from calls.services.privacy.ask import ask
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayHandlePrivacy
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.errors import Detail, TetherError
from tether_calls.common.pagination import PageQuery
from tether_calls.common.urls import absolute_url
from tether_calls.common.wire import UNSET, UnsetType, WireStruct, or_none
from tether_calls.trails.reports import Accessed

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse, 403: CallsErrorResponse}
_MISSING = {**_REFUSED, 404: CallsErrorResponse}


class PrivacyRequestResponse(WireStruct):
    """One privacy request."""

    success: Literal[True]
    request: PrivacyRequestDocument


class PrivacyRequestsPageResponse(WireStruct):
    """One page of privacy requests, newest first; `total` counts those of all pages."""

    success: Literal[True]
    requests: list[PrivacyRequestDocument]
    total: int
    page: int
    size: int


class PrivacyRequestsViewSet(ViewSet):
    """What persons ask for who are on the other side of calls."""

    permission_classes = (MayHandlePrivacy,)

    @extend_schema(
        summary="Find, export or erase a person",
        description="For administrators. A job does it; `places` say how far it is.",
        tags=["Privacy"],
        request=PrivacyRequestBody,
        responses={202: PrivacyRequestResponse, **_MISSING, 409: CallsErrorResponse},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, PrivacyRequestBody)
        if (body.phone_number is UNSET) == (body.contact_id is UNSET):
            raise TetherError.of_fields([Detail("phoneNumber", "Either this or contactId")])
        user = authenticated_user(request)

        asked = ask(
            user=user,
            organization_id=user.home_id,
            kind=body.kind,
            phone_number=body.number,
            contact_id=or_none(body.contact_id),
        )

        return Response(_answer(request, asked), status=202)

    @extend_schema(
        summary="List privacy requests, newest first",
        description="For administrators.",
        tags=["Privacy"],
        parameters=[PageQuery],
        responses={200: PrivacyRequestsPageResponse, **_REFUSED},
    )
    @leaves_access
    def list(self, request: Request) -> Response:
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        page = requests_page(organization_id=authenticated_user(request).home_id, paging=query.paging)

        answer = PrivacyRequestsPageResponse(
            success=True,
            requests=[privacy_request_document(asked, archive_url=_archive(request, asked)) for asked in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        hands_out(request, _archives_in(request, page.rows))
        return Response(answer)

    @extend_schema(
        summary="Read one privacy request",
        description="For administrators. What was found, erased and kept so far, by places.",
        tags=["Privacy"],
        responses={
            200: PrivacyRequestResponse,
            401: CallsErrorResponse,
            403: CallsErrorResponse,
            404: CallsErrorResponse,
        },
    )
    @leaves_access
    def retrieve(self, request: Request, request_id: str) -> Response:
        asked = request_of(organization_id=authenticated_user(request).home_id, request_id=request_id)

        hands_out(request, _archives_in(request, [asked]))
        return Response(_answer(request, asked))

    @extend_schema(
        summary="Read the certificate of a privacy request",
        description="For administrators. Signed; `manage.py verify_certificate` says whether it is as it was made.",
        tags=["Privacy"],
        responses={
            (200, "application/json"): {"type": "object", "required": ["certificate", "signature"]},
            401: CallsErrorResponse,
            403: CallsErrorResponse,
            404: CallsErrorResponse,
            409: CallsErrorResponse,
        },
    )
    def certificate(self, request: Request, request_id: str) -> HttpResponse:
        text = certificate_of(organization_id=authenticated_user(request).home_id, request_id=request_id)

        # Byte by byte as it was signed.
        answer = HttpResponse(text, content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="certificate-{request_id}.json"'
        return answer


def _answer(request: Request, asked: PrivacyRequest) -> PrivacyRequestResponse:
    document = privacy_request_document(asked, archive_url=_archive(request, asked))
    return PrivacyRequestResponse(success=True, request=document)


def _archives_in(request: Request, asked: Iterable[PrivacyRequest]) -> Iterator[Accessed]:
    user_id = authenticated_user(request).pk
    return (archive_of(each, to=user_id) for each in asked if each.state == PrivacyState.DONE and each.file)


def _archive(request: Request, asked: PrivacyRequest) -> str | UnsetType:
    """Made anew for each answer, so that an address that leaks works for ten minutes at most."""
    if asked.state != PrivacyState.DONE or not asked.file:
        return UNSET
    return absolute_url(request, export_files().url(asked.file))
