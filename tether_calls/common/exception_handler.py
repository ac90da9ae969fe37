"""Turns what a view raises into the envelope of its API."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from tether_calls.common import logs
from tether_calls.common.envelopes import Envelope, tether_envelope
from tether_calls.common.errors import Detail, ErrorCode, TetherError

logger = logging.getLogger(__name__)

# What the framework raises, in our vocabulary; the first match counts.
_CODES: tuple[tuple[type[Exception], ErrorCode], ...] = (
    (exceptions.ParseError, ErrorCode.MALFORMED_JSON),
    (exceptions.AuthenticationFailed, ErrorCode.UNAUTHORIZED),
    (exceptions.NotAuthenticated, ErrorCode.UNAUTHORIZED),
    (exceptions.PermissionDenied, ErrorCode.FORBIDDEN),
    (PermissionDenied, ErrorCode.FORBIDDEN),
    (exceptions.NotFound, ErrorCode.NOT_FOUND),
    (Http404, ErrorCode.NOT_FOUND),
    (exceptions.MethodNotAllowed, ErrorCode.METHOD_NOT_ALLOWED),
    (exceptions.UnsupportedMediaType, ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    (exceptions.Throttled, ErrorCode.TOO_MANY_REQUESTS),
    # A Host that is not ours, a form with too many fields: what Django calls suspicious.
    (SuspiciousOperation, ErrorCode.BAD_REQUEST),
)


def as_tether_error(error: Exception) -> TetherError:
    """Our form of any exception; one that is not declared becomes INTERNAL_ERROR without a word of its text."""
    if isinstance(error, TetherError):
        return error
    if isinstance(error, exceptions.ValidationError):
        return TetherError.of_fields(list(_details(error.detail, "")))
    for kind, code in _CODES:
        if isinstance(error, kind):
            return TetherError(code)
    return TetherError(ErrorCode.INTERNAL_ERROR, f"Internal server error (request {logs.request_id.get()})")


def failure_of(error: Exception, *, raised_by: type, request: HttpRequest | None) -> TetherError:
    """Our form of what a view raised, logged where it is our fault."""
    failure = as_tether_error(error)
    if failure.status >= 500:
        # What was declared says all by its code, and was logged where it arose.
        declared = isinstance(error, TetherError)
        logger.error("%s: %s", raised_by.__name__, failure.code, exc_info=None if declared else error)
        got_request_exception.send(sender=raised_by, request=request)
    return failure


def handle_exception(error: Exception, context: dict[str, Any]) -> Response:
    """The framework's hook: roll back, log what is our fault, answer in the view's envelope."""
    view = context.get("view")
    request = getattr(context.get("request"), "_request", None)
    failure = failure_of(error, raised_by=type(view), request=request)
    if failure.code is ErrorCode.UNAUTHORIZED:
        failure.message = getattr(view, "unauthorized_message", failure.message)
    set_rollback()
    headers = {}
    if failure.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if failure.retry_after is not None:
        headers["Retry-After"] = str(failure.retry_after)
    if isinstance(error, exceptions.MethodNotAllowed) and view is not None:
        headers["Allow"] = ", ".join(view.allowed_methods)
    envelope: Envelope = getattr(view, "error_envelope", tether_envelope)
    response = Response(envelope(failure), status=failure.status, headers=headers)
    # Once is enough: Django would log every 5xx again, without saying why.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _details(fault: Any, path: str) -> Iterator[Detail]:
    """Flatten the framework's nested faults into paths such as `transcript[3].role`."""
    if isinstance(fault, dict):
        for name, inner in fault.items():
            here = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            yield from _details(inner, here)
    elif isinstance(fault, list):
        for index, inner in enumerate(fault):
            nested = isinstance(inner, dict | list)
            if nested and not inner:
                continue
            yield from _details(inner, f"{path}[{index}]" if nested else path)
    else:
        yield Detail(path=path, message=str(fault))
