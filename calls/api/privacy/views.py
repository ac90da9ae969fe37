"""/api/organizations/retention, /api/legal-holds, /api/privacy/requests, and the content of one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import CallsCallResponse
from calls.api.privacy.bodies import HoldRequest, PrivacyRequestBody, RetentionRequest
from calls.api.privacy.queries import ContentQuery
from calls.documents.handed_out import archive_of, transcripts_in
from calls.documents.privacy import (
    HoldDocument,
    PrivacyRequestDocument,
    RetentionDocument,
    hold_document,
    privacy_request_document,
    retention_document,
)
from calls.models import PrivacyRequest, PrivacyState
from calls.selectors import history as calls_history
from calls.selectors.privacy.requests import certificate_of, holds_page, request_of, requests_page
from calls.services.exports.discard import export_files
from calls.services.privacy.ask import ask
from calls.services.privacy.erase_call import erase_call
from calls.services.privacy.keep_rules import rules_of, set_rules
from calls.services.privacy.legal_holds import place_hold, release_hold
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


class RetentionResponse(WireStruct):
    """What is kept of calls, and for how long."""

    success: Literal[True]
    retention: RetentionDocument


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


class RetentionViewSet(ViewSet):
    """What the organization keeps of calls, and for how long."""

    permission_classes = (MayHandlePrivacy,)

    @extend_schema(
        summary="Read how long calls are kept",
        description="For administrators.",
        tags=["Privacy"],
        responses={200: RetentionResponse, 401: CallsErrorResponse, 403: CallsErrorResponse},
    )
    def read(self, request: Request) -> Response:
        rules = rules_of(authenticated_user(request).home_id)

        return Response(RetentionResponse(success=True, retention=retention_document(rules)))

    @extend_schema(
        summary="Say how long calls are kept",
        description="For administrators. A job erases what is past its time, hourly; nothing brings it back.",
        tags=["Privacy"],
        request=RetentionRequest,
        responses={200: RetentionResponse, **_REFUSED},
    )
    def write(self, request: Request) -> Response:
        body = body_of(request, RetentionRequest)
        user = authenticated_user(request)

        rules = set_rules(user=user, organization_id=user.home_id, rules=body.rules)

        return Response(RetentionResponse(success=True, retention=retention_document(rules)))


class LegalHoldsViewSet(ViewSet):
    """What is not erased, whatever the rules and whoever asks."""

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


class CallContentViewSet(ViewSet):
    """What is kept of one call."""

    permission_classes = (MayHandlePrivacy,)

    @extend_schema(
        summary="Erase the content of a call",
        description="For administrators. Its recordings, its words, or both; again, nothing changes.",
        tags=["Privacy"],
        parameters=[ContentQuery],
        responses={200: CallsCallResponse, **_MISSING, 409: CallsErrorResponse},
    )
    @leaves_access
    def erase(self, request: Request, call_id: str) -> Response:
        query = ContentQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        user = authenticated_user(request)

        erase_call(user=user, organization_id=user.home_id, call_id=call_id, part=query.validated_data["part"])

        document = calls_history.call_detail(organization_id=user.home_id, call_id=call_id, sight=None)

        hands_out(request, transcripts_in([document]))
        return Response(CallsCallResponse(success=True, call=document))


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
