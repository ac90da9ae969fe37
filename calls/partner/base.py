"""What every endpoint of /api/v1 has in common: the key, its permissions and limits, the form of errors."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.partner.authentication import PartnerKeyAuthentication
from calls.partner.errors import PartnerError, partner_envelope, status_of
from tether_calls.accounts.authentication import key_of_request
from tether_calls.accounts.models import ApiKey, KeyPermission
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.rate_limits import Allowance, LimitsUnavailable, take

logger = logging.getLogger(__name__)

# What every read may answer besides what it is for.
ERRORS_OF_READS: dict[int, type[PartnerError]] = dict.fromkeys((400, 401, 403, 429, 500), PartnerError)
ERRORS_OF_READS_BY_ID: dict[int, type[PartnerError]] = {**ERRORS_OF_READS, 404: PartnerError}


class PartnerViewSet(ViewSet):
    """In this order: the key, its limit of requests (one without the permission counts as well), its permission."""

    authentication_classes = (PartnerKeyAuthentication,)
    permission_classes = ()
    security_schemes = ("partnerKey", "partnerKeyHeader")
    # For the API's document, of every answer.
    answer_headers = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
    # OPTIONS would be answered by the framework, in a form of its own.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    error_envelope = staticmethod(partner_envelope)
    unauthorized_message = "The API key is invalid or inactive"

    # Every action is named here; None: any key may.
    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {}

    _allowance: Allowance | None = None

    def check_permissions(self, request: Request) -> None:
        api_key = key_of_request(request)
        self._allowance = _count_request(api_key)
        if self._allowance is not None and not self._allowance.granted:
            raise TetherError(
                ErrorCode.TOO_MANY_REQUESTS,
                f"This API key may send {self._allowance.limit} requests a minute",
                retry_after=self._allowance.reset_seconds,
            )
        # A method that the path does not have is no action: 405.
        needed = self.required_permissions[self.action] if self.action in self.action_map.values() else None
        if needed is not None and not api_key.permits(needed):
            raise TetherError(ErrorCode.FORBIDDEN, f"The API key does not have the permission {needed.value}")

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, TetherError):
            exc.status = status_of(exc)
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if self._allowance is not None:
            answer.headers["RateLimit-Limit"] = str(self._allowance.limit)
            answer.headers["RateLimit-Remaining"] = str(self._allowance.remaining)
            answer.headers["RateLimit-Reset"] = str(self._allowance.reset_seconds)
        return answer


def _count_request(api_key: ApiKey) -> Allowance | None:
    """One request of the key's minute; None where nothing can be counted: then requests are let through."""
    try:
        return take(f"requests:{api_key.pk}", limit=api_key.requests_per_minute, window=timedelta(minutes=1))
    except LimitsUnavailable:
        logger.exception("Requests cannot be counted: Redis is away")
        return None


class UnknownPathViewSet(PartnerViewSet):
    """Unknown paths: 404 for those who have a key."""

    schema = None
    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {"nothing": None}

    def nothing(self, request: Request, **_: Any) -> Response:
        raise TetherError(ErrorCode.NOT_FOUND)


unknown_path = UnknownPathViewSet.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "nothing"))
