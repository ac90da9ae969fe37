"""/api/organizations/retention: how long calls are kept."""

from __future__ import annotations

from typing import Literal

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.privacy.bodies import RetentionRequest
from calls.documents.privacy import (
    RetentionDocument,
    retention_document,
)
from calls.services.privacy.keep_rules import rules_of, set_rules
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.permissions import MayHandlePrivacy
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.wire import WireStruct

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse, 403: CallsErrorResponse}


class RetentionResponse(WireStruct):
    """What is kept of calls, and for how long."""

    success: Literal[True]
    retention: RetentionDocument


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
