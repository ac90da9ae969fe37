"""POST /api/calls/live."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.ingest_faults import MAX_EXTERNAL_CALL_ID, first_fault
from calls.api.live import LiveViewSet
from calls.api.pushes.base import VendorViewSet
from calls.api.pushes.documents import CallsIngestErrorResponse, CallsLivePushResponse
from calls.api.pushes.live_body import CallsLivePushRequest
from calls.services.live_calls.push_live import push_live
from tether_calls.accounts.authentication import (
    IngestKeyAuthentication,
    JwtAuthentication,
    authenticated_user,
    key_of_request,
)
from tether_calls.accounts.models import ApiKey
from tether_calls.common.bodies import try_body
from tether_calls.common.envelopes import sentence_envelope, tether_envelope
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.queries import NoParametersQuery
from tether_calls.common.rate_limits import LimitsUnavailable, take
from tether_calls.common.wire import UNSET

logger = logging.getLogger(__name__)


class LiveCallsViewSet(LiveViewSet, VendorViewSet):
    """Calls that go on: told by vendors with an API key, read by users. Each is refused in the form of its own API."""

    @property
    def _is_push(self) -> bool:
        return getattr(getattr(self, "request", None), "method", None) == "POST"

    @property
    def security_schemes(self) -> tuple[str, ...]:  # type: ignore[override]
        return VendorViewSet.security_schemes if self.action == "create" else ("bearerAuth",)

    @property
    def error_envelope(self) -> Any:  # type: ignore[override]
        return sentence_envelope if self._is_push else tether_envelope

    @property
    def unauthorized_message(self) -> str:  # type: ignore[override]
        if not self._is_push:
            raise AttributeError
        return VendorViewSet.unauthorized_message

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [IngestKeyAuthentication() if self._is_push else JwtAuthentication()]

    @extend_schema(
        summary="Tell of a call while it goes on",
        description=(
            "That a vendor's call has `started`, what is said in it (`turn`), that it has `ended`. It is in the history"
            " from its start on; `POST /api/calls/ingest` with the same `externalCallId` then takes it over. The same"
            " push again changes nothing. Emits `call_initiated`, `call_answered` and `call_ended`, and `call_turn` to"
            " the sockets that watch the call."
        ),
        tags=["Calls"],
        request=CallsLivePushRequest,
        responses={
            200: CallsLivePushResponse,
            400: CallsIngestErrorResponse,
            401: CallsIngestErrorResponse,
            404: CallsIngestErrorResponse,
            409: CallsIngestErrorResponse,
            429: CallsIngestErrorResponse,
        },
    )
    def create(self, request: Request) -> Response:
        _count(key_of_request(request))
        NoParametersQuery(data=request.query_params).is_valid(raise_exception=True)
        self.refused_call_id = _name_in(request.data)
        body, faults = try_body(CallsLivePushRequest, request.data)
        if body is None:
            raise first_fault(faults)

        heard = push_live(user=authenticated_user(request), external_call_id=body.external_call_id, told=body.told())

        answer = CallsLivePushResponse(success=True, call_id=heard.call_id, deduplicated=heard.deduplicated or UNSET)

        return Response(answer)


def _count(api_key: ApiKey) -> None:
    """One push of the key's second; where nothing can be counted it is let through."""
    limit = settings.TETHER_LIVE_PUSHES_PER_SECOND
    try:
        allowance = take(f"live:{api_key.pk}", limit=limit, window=timedelta(seconds=1))
    except LimitsUnavailable:
        logger.exception("Live pushes cannot be counted: Redis is away")
        return
    if not allowance.granted:
        raise TetherError(
            ErrorCode.TOO_MANY_REQUESTS,
            f"This API key may push {limit} times a second",
            retry_after=allowance.reset_seconds,
        )


def _name_in(data: object) -> str:
    """For the log of what is refused: the vendor's identifier, wrong as the rest may be."""
    name = data.get("externalCallId") if isinstance(data, dict) else None
    return name.strip() if isinstance(name, str) and len(name) <= MAX_EXTERNAL_CALL_ID else ""
