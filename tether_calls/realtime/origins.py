"""Which pages may open the socket."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host


def is_allowed_origin(headers: Mapping[bytes, bytes]) -> bool:
    """Browsers name the page's origin: ours, or one of ALLOWED_ORIGINS. Other programs name none; a token all need."""
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin:
        return True
    if origin in settings.ALLOWED_ORIGINS:
        return True
    try:
        page = urlsplit(origin)
        host = page.hostname or ""
    except ValueError:
        return False
    if not host or page.scheme not in ("http", "https"):
        return False
    if settings.PUBLIC_BASE_URL:
        return origin == settings.PUBLIC_BASE_URL
    own_host = headers.get(b"host", b"").decode("latin-1").lower()
    return page.netloc.lower() == own_host and validate_host(host, settings.ALLOWED_HOSTS)
