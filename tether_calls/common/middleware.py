"""What every HTTP request passes first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from tether_calls.common import logs
from tether_calls.common.error_views import bad_request
from tether_calls.common.in_front import Begun, begun_in_front
from tether_calls.common.observing.requests import note_request, route_of
from tether_calls.common.observing.tracing import span

# Asked by probes, which know the machine by its address.
HEALTH_PATHS = ("/healthz", "/readyz", "/metrics")

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_context(get_response: GetResponse) -> GetResponse:
    """Give the request an id (in the log and in `X-Request-ID`) and serve `/api/x/` as `/api/x`; note how it went."""

    def middleware(request: HttpRequest) -> HttpResponse:
        begun = begun_in_front(request.META) or Begun()
        with span("request") as traced:
            response = answer(request, begun.request_id)
            if traced is not None:
                trace_request(traced, request, response)
        note_request(request, status=response.status_code, seconds=time.perf_counter() - begun.at)
        return response

    def answer(request: HttpRequest, request_id: str) -> HttpResponse:
        # Not reset: what Django logs of the request afterwards is to carry the id as well.
        logs.request_id.set(request_id)
        if request.path_info.startswith("/api/") and request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        response = get_response(request) if _is_for_us(request) else bad_request(request)
        response["X-Request-ID"] = request_id
        if request.path_info.startswith("/api/"):
            # Calls, tokens and signed addresses are nothing for any cache.
            response.headers.setdefault("Cache-Control", "no-store")
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return middleware


def trace_request(traced: Any, request: HttpRequest, response: HttpResponse) -> None:
    """What a trace says of a request: kinds, no path and no query."""
    route = route_of(request)
    traced.update_name(f"{request.method} {route}")
    traced.set_attribute("http.route", route)
    traced.set_attribute("http.response.status_code", response.status_code)
    traced.set_attribute("tether.request_id", response["X-Request-ID"])


def _is_for_us(request: HttpRequest) -> bool:
    """Whether the Host is one of ALLOWED_HOSTS, with a port that there is; probes may call us what they like."""
    if request.path_info in HEALTH_PATHS:
        return True
    try:
        # Django takes any digits for a port. Addresses of ours are made of it, and taking them apart would raise.
        return urlsplit(f"//{request.get_host()}").port != 0
    except (DisallowedHost, ValueError):
        return False


def client_address(request: HttpRequest) -> str:
    """The address of the client: the peer, or what the outermost trusted proxy wrote down."""
    return _address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def client_of(scope: Mapping[str, Any]) -> str:
    """The same of a socket, by its ASGI scope."""
    told = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return _address(next(iter(scope.get("client") or ()), ""), ",".join(told))


def _address(peer: str, forwarded_for: str) -> str:
    hops = settings.TRUSTED_PROXIES
    if not hops:
        return peer
    forwarded = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    return forwarded[-hops] if len(forwarded) >= hops else peer
