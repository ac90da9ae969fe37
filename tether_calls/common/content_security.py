"""Content-Security-Policy: what a browser may load and run because of an answer of ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
# Of what is no page: JSON, audio, files, and every answer made before Django. Opened in a browser it can do nothing.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

# Of a page that only says what is wrong.
STYLED = f"{NOTHING}; style-src 'self'; img-src 'self'"

_ADMIN, _DOCS = "/admin", "/api/docs"

GetResponse = Callable[[HttpRequest], HttpResponse]


def content_security_policy(get_response: GetResponse) -> GetResponse:
    """Give every answer its policy: that of its page, or the one that allows nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault(HEADER, policy_of(request.path_info, response.headers.get("Content-Type", "")))
        return response

    return middleware


def policy_of(path: str, content_type: str) -> str:
    if not content_type.startswith("text/html"):
        return NOTHING
    if path == _ADMIN or path.startswith(f"{_ADMIN}/"):
        return _policy(("script-src", "'self' 'unsafe-eval'"), ("media-src", " ".join(["'self'", *_storage()])))
    if path.rstrip("/") == _DOCS:
        return _policy(("script-src", "'self'"))
    return NOTHING


def _policy(*more: tuple[str, str]) -> str:
    """Of a page: everything from here.

    There is no inline script anywhere. Alpine, with which the admin's pages are made, evaluates the expressions in
    their attributes, which is 'unsafe-eval'; it and Swagger UI set styles where they are used.
    """
    directives = {
        "default-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        **dict(more),
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


@cache
def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _storage() -> list[str]:
    """Where signed addresses of recordings lead."""
    return [_origin_of(settings.R2_ENDPOINT_URL)] if settings.R2_BUCKET and settings.R2_ENDPOINT_URL else []
