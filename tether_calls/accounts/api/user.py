"""/api/user: the user that is logged in."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tether_calls.accounts.api.bodies import AvailabilityRequest
from tether_calls.accounts.api.documents import (
    ApiKeyData,
    ApiKeyResponse,
    AvailabilityResponse,
    ProfileResponse,
    user_document,
)
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import IsMember, IsMemberWhoMayEnrol
from tether_calls.accounts.services.api_keys import default_api_key, regenerate_default_api_key
from tether_calls.accounts.services.availability import set_availability
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse


class UserViewSet(ViewSet):
    """Profile, availability and API key."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsMemberWhoMayEnrol() if self.action == "profile" else IsMember()]

    @extend_schema(
        summary="Read the own profile",
        tags=["User"],
        responses={200: ProfileResponse, 401: CallsErrorResponse},
    )
    def profile(self, request: Request) -> Response:
        return Response(ProfileResponse(user=user_document(authenticated_user(request)), persona=None))

    @extend_schema(
        summary="Take calls that agents hand over, or no longer",
        description="The same again changes nothing. `GET /api/calls/live` shows who is free.",
        tags=["User"],
        request=AvailabilityRequest,
        responses={
            200: AvailabilityResponse,
            400: CallsErrorResponse,
            401: CallsErrorResponse,
            403: CallsErrorResponse,
        },
    )
    def availability(self, request: Request) -> Response:
        body = body_of(request, AvailabilityRequest)

        user = set_availability(user=authenticated_user(request), is_available=body.is_available)

        return Response(AvailabilityResponse(success=True, user=user_document(user)))

    @extend_schema(
        summary="Read the own API key",
        description="Made when first asked for, the same afterwards. It is for `POST /api/calls/ingest`.",
        tags=["User"],
        responses={200: ApiKeyResponse, 401: CallsErrorResponse},
    )
    def api_key(self, request: Request) -> Response:
        key = default_api_key(user=authenticated_user(request))

        return Response(ApiKeyResponse(success=True, data=ApiKeyData(api_key=key)))

    @extend_schema(
        summary="Replace the own API key",
        description="The key before stops working at once.",
        tags=["User"],
        request=None,
        responses={200: ApiKeyResponse, 401: CallsErrorResponse},
    )
    def regenerate_api_key(self, request: Request) -> Response:
        key = regenerate_default_api_key(user=authenticated_user(request))

        message = "API key regenerated; the previous key no longer works"
        return Response(ApiKeyResponse(success=True, data=ApiKeyData(api_key=key), message=message))
