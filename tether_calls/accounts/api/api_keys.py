"""/api/api-keys: the organization's keys, for its administrators."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tether_calls.accounts.api.bodies import ApiKeyCreateRequest, ApiKeyRotateRequest
from tether_calls.accounts.api.key_documents import (
    ApiKeysPageResponse,
    NewApiKeyResponse,
    api_key_document,
    new_api_key_answer,
)
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.models import KeyPermission
from tether_calls.accounts.permissions import IsAdministrator
from tether_calls.accounts.selectors import api_key_of, api_keys_page, owner_of_new_key
from tether_calls.accounts.services.api_keys import make_api_key, revoke_api_key, rotate_api_key
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse
from tether_calls.common.pagination import PageQuery
from tether_calls.common.wire import or_none

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse, 403: CallsErrorResponse}
_UNKNOWN = {401: CallsErrorResponse, 403: CallsErrorResponse, 404: CallsErrorResponse}


class ApiKeysViewSet(ViewSet):
    """Keys are made, rotated and revoked; never changed."""

    permission_classes = (IsAdministrator,)

    @extend_schema(
        summary="List API keys, newest first",
        description="Those that are revoked or expired too. Keys are masked. For administrators.",
        tags=["API keys"],
        parameters=[PageQuery],
        responses={200: ApiKeysPageResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        page = api_keys_page(organization_id=authenticated_user(request).home_id, paging=query.paging)

        answer = ApiKeysPageResponse(
            data=[api_key_document(api_key) for api_key in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        return Response(answer)

    @extend_schema(
        summary="Make an API key",
        description="The answer has the key in clear, this once. For administrators.",
        tags=["API keys"],
        request=ApiKeyCreateRequest,
        responses={201: NewApiKeyResponse, **_REFUSED},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, ApiKeyCreateRequest)
        owner = owner_of_new_key(administrator=authenticated_user(request), user_id=or_none(body.user_id))

        api_key = make_api_key(
            user=owner,
            name=body.name,
            permissions=[KeyPermission(name) for name in body.permissions],
            requests_per_minute=body.requests_per_minute,
            dials_per_day=body.dials_per_day,
            expires_at=body.expires_at,
        )

        answer = new_api_key_answer(api_key)

        return Response(answer, status=201)

    @extend_schema(
        summary="Replace an API key",
        description=(
            "A new key with the same name, permissions and limits, in clear this once. The old one works for"
            " `overlapSeconds` yet, so that no client is shut out while it is exchanged. For administrators."
        ),
        tags=["API keys"],
        request=ApiKeyRotateRequest,
        responses={
            201: NewApiKeyResponse,
            **_REFUSED,
            404: CallsErrorResponse,
            409: CallsErrorResponse,
        },
    )
    def rotate(self, request: Request, key_id: str) -> Response:
        body = body_of(request, ApiKeyRotateRequest)
        api_key = api_key_of(organization_id=authenticated_user(request).home_id, key_id=key_id)

        replacement = rotate_api_key(api_key=api_key, overlap=body.overlap)

        answer = new_api_key_answer(replacement)

        return Response(answer, status=201)

    @extend_schema(
        summary="Revoke an API key",
        description="It is refused from then on, for good. Revoking it again changes nothing. For administrators.",
        tags=["API keys"],
        responses={200: DoneResponse, **_UNKNOWN},
    )
    def revoke(self, request: Request, key_id: str) -> Response:
        api_key = api_key_of(organization_id=authenticated_user(request).home_id, key_id=key_id)

        revoke_api_key(api_key=api_key)

        return Response(DoneResponse(success=True, message="API key revoked"))
