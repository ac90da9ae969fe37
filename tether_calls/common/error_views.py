"""Answers for requests that reach no view: JSON under /api and for programs, pages for people."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from tether_calls.common import content_security, logs
from tether_calls.common.envelopes import envelope_at
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.renderers import to_json


def json_error(request: HttpRequest, error: TetherError) -> HttpResponse:
    envelope = envelope_at(request.path)
    return HttpResponse(to_json(envelope(error)), status=error.status, content_type="application/json")


def reads_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Only GET and HEAD; anything else is 405, in JSON. There is nothing to forge, so no CSRF token is asked for."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        response = json_error(request, TetherError(ErrorCode.METHOD_NOT_ALLOWED))
        response["Allow"] = "GET, HEAD"
        return response

    return csrf_exempt(guarded)


def _speaks_json(request: HttpRequest) -> bool:
    """Everything does but the pages of the admin, and a browser that somebody typed an address into."""
    if request.path.startswith("/admin"):
        return False
    is_for_programs = request.path.startswith(("/api/", "/media/"))
    return is_for_programs or request.get_preferred_type(["application/json", "text/html"]) != "text/html"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _speaks_json(request):
        return json_error(request, TetherError(ErrorCode.BAD_REQUEST))
    return defaults.bad_request(request, exception or Exception())


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _speaks_json(request):
        return json_error(request, TetherError(ErrorCode.FORBIDDEN))
    return defaults.permission_denied(request, exception or Exception())


def not_found(request: HttpRequest, exception: Exception | None = None, **_: Any) -> HttpResponse:
    if _speaks_json(request):
        return json_error(request, TetherError(ErrorCode.NOT_FOUND))
    response = defaults.page_not_found(request, exception or Exception())
    response.headers[content_security.HEADER] = content_security.STYLED
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    if _speaks_json(request):
        sentence = f"Internal server error (request {logs.request_id.get()})"
        return json_error(request, TetherError(ErrorCode.INTERNAL_ERROR, sentence))
    return defaults.server_error(request)
