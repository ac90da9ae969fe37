"""GET, POST and DELETE /api/consents, DELETE /api/consents/{consentId}."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from contacts.api.bodies import ConsentRequest
from contacts.api.documents import ConsentResponse, ConsentsPageResponse, RevokedConsentsResponse
from contacts.api.queries import ConsentsQuery, RevokeConsentsQuery
from contacts.documents import consent_document
from contacts.models import CallPurpose, ConsentSource
from contacts.selectors.consents import consents_page
from contacts.services.consents import add_consent, revoke_consent, revoke_consents
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse
from tether_calls.common.errors import ErrorCode, TetherError

_REFUSED: dict[int, Any] = {400: CallsErrorResponse, 401: CallsErrorResponse}


class ConsentsViewSet(ViewSet):
    """Who has consented to being called. None is ever deleted: it is revoked."""

    @extend_schema(
        summary="List consents, newest first",
        tags=["Contacts"],
        parameters=[ConsentsQuery],
        responses={200: ConsentsPageResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = ConsentsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        user = authenticated_user(request)

        page = consents_page(
            organization_id=user.home_id,
            phone_number=values.get("phone_number"),
            paging=query.paging,
            sight=sight_of(user),
        )

        answer = ConsentsPageResponse(
            success=True,
            consents=[consent_document(consent) for consent in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        return Response(answer)

    @extend_schema(
        summary="Keep a consent",
        description="`201`; `200` where the same number, basis, purpose and moment is kept already, as it is.",
        tags=["Contacts"],
        request=ConsentRequest,
        responses={200: ConsentResponse, 201: ConsentResponse, **_REFUSED},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, ConsentRequest)
        user = authenticated_user(request)

        consent, is_new = add_consent(
            organization_id=user.home_id,
            phone_number=body.phone_number,
            purpose=CallPurpose(body.purpose),
            given=body.given,
            source=ConsentSource.API,
            added_by_id=user.pk,
            sight=sight_of(user),
        )

        answer = ConsentResponse(success=True, consent=consent_document(consent))

        return Response(answer, status=201 if is_new else 200)

    @extend_schema(
        summary="Revoke the consents of a number",
        description="All of them, or those to calls of one purpose; none is a success too.",
        tags=["Contacts"],
        parameters=[RevokeConsentsQuery],
        responses={200: RevokedConsentsResponse, **_REFUSED},
    )
    def revoke_of_number(self, request: Request) -> Response:
        query = RevokeConsentsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        purpose = query.validated_data.get("purpose")

        user = authenticated_user(request)

        count = revoke_consents(
            organization_id=user.home_id,
            phone_number=query.validated_data["phone_number"],
            purpose=None if purpose is None else CallPurpose(purpose),
            sight=sight_of(user),
        )

        answer = RevokedConsentsResponse(success=True, revoked=count)

        return Response(answer)

    @extend_schema(
        summary="Revoke a consent",
        description="One that is revoked already stays as it is.",
        tags=["Contacts"],
        responses={200: DoneResponse, 401: CallsErrorResponse, 404: CallsErrorResponse},
    )
    def revoke(self, request: Request, consent_id: str) -> Response:
        user = authenticated_user(request)

        if not revoke_consent(organization_id=user.home_id, consent_id=consent_id, sight=sight_of(user)):
            raise TetherError(ErrorCode.CONSENT_NOT_FOUND)

        return Response(DoneResponse(success=True, message="Consent revoked"))
