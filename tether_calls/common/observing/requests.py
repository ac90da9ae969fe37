"""What is kept of each request: a count, how long it took, a line in the log. Templates of routes, never a path."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from tether_calls.common.observing.metrics import HTTP_REQUESTS, HTTP_SECONDS

logger = logging.getLogger("tether_calls.request")

# Anything may stand in a request's first line.
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# Of all paths that are no route of ours, and of static files.
UNMATCHED = "unmatched"


def route_of(request: HttpRequest) -> str:
    """The template of the request's path, such as `/api/calls/<objectid:call_id>`."""
    match = request.resolver_match
    return UNMATCHED if match is None else f"/{match.route}"


def note_request(request: HttpRequest, *, status: int, seconds: float) -> None:
    """For each request, when it is answered; some microseconds, and no statement."""
    note_answer(
        method=request.method or "", route=route_of(request), status=status, seconds=seconds, who=request.__dict__
    )


def note_answer(*, method: str, route: str, status: int, seconds: float, who: Mapping[str, Any]) -> None:
    """The same where there is no request of Django's; `who` may have a `user` and an `auth`."""
    method = method if method in _METHODS else "other"
    HTTP_REQUESTS.add(method, route, str(status))
    HTTP_SECONDS.observe(seconds, method, route)
    if settings.TETHER_REQUEST_LOG:
        _log(method, route, status, seconds, who)


def _log(method: str, route: str, status: int, seconds: float, who: Mapping[str, Any]) -> None:
    level = logging.INFO if status < HTTPStatus.INTERNAL_SERVER_ERROR else logging.WARNING
    if not logger.isEnabledFor(level):
        return
    fields: dict[str, Any] = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
    fields["organization"] = _column(who.get("user"), "organization_id")
    # Of a key its row's id; a token has none.
    fields["key"] = _column(who.get("auth"), "id")
    logger.log(
        level,
        "%(method)s %(route)s %(status)s %(ms)s ms organization=%(organization)s key=%(key)s",
        fields,
        extra=fields,
    )


def _column(row: object, name: str) -> str | None:
    """What a row has been read with; a user who was not asked for is not read now."""
    wrapped = getattr(row, "__dict__", {}).get("_wrapped", row)
    return getattr(wrapped, "__dict__", {}).get(name)
