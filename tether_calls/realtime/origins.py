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
    return _is_own(headers) or (origin is not None and origin in map(_origin, settings.ALLOWED_ORIGINS))


def own_cookies(headers: Mapping[bytes, bytes]) -> str:
    """The cookies that came along, where a page of our own says that it has sent them; else nothing.

    A browser sends them whatever page opens the socket, so that of any other they prove nothing.
    """
    return headers.get(b"cookie", b"").decode("latin-1") if _is_own(headers) else ""


def _is_own(headers: Mapping[bytes, bytes]) -> bool:
    origin = _origin(headers.get(b"origin", b"").decode("latin-1"))
    if origin is None:
        return False
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
