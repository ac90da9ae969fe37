"""What every HTTP request passes first."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from tether_calls.common import logs
from tether_calls.common.error_views import bad_request
from tether_calls.common.object_id import new_object_id

# Asked by probes, which know the machine by its address.
HEALTH_PATHS = ("/healthz", "/readyz")

GetResponse = Callable[[HttpRequest], HttpResponse]


def request_context(get_response: GetResponse) -> GetResponse:
    """Give the request an id (in the log and in `X-Request-ID`) and serve `/api/x/` as `/api/x`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = new_object_id()
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
    peer: str = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUSTED_PROXIES
    if not hops:
        return peer
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return forwarded[-hops] if len(forwarded) >= hops else peer
