"""Which pages may open the socket."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_allowed_origin(headers: Mapping[bytes, bytes]) -> bool:
    """Browsers name the page's origin: ours, or one of ALLOWED_ORIGINS. Other programs name none; a token all need."""
    text = headers.get(b"origin", b"").decode("latin-1")
    if not text:
        return True
    origin = _origin(text)
    if origin is None:
        return False
    if origin in map(_origin, settings.ALLOWED_ORIGINS):
        return True
    if settings.PUBLIC_BASE_URL:
        return origin == _origin(settings.PUBLIC_BASE_URL)
    scheme, host, _ = origin
    # Whichever scheme the page has: a proxy may have taken the TLS away.
    own = _origin(f"{scheme}://{headers.get(b'host', b'').decode('latin-1')}")
    return origin == own and validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS)


def _origin(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port, however they are written; None for what is no address of the web."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
