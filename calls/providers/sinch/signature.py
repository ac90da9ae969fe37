"""One form signs our requests and their callbacks:
https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime

from calls.providers.reading import iso_time
from calls.providers.verdicts import Verdict, is_same, verdict_of_age

# Sinch documents none; clocks differ by seconds, and a callback that took minutes is no use any more.
TOLERANCE_SECONDS = 5 * 60

_AUTHORIZATION = re.compile(r"application +([A-Za-z0-9_-]{1,100}):([A-Za-z0-9+/=]{1,100})", re.ASCII | re.IGNORECASE)
# Their clock writes up to seven digits of a second.
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,20}(?:Z|\+00:00)?", re.ASCII)


def timestamp(now: float) -> str:
    """The value of x-timestamp for a moment in Unix seconds."""
    return datetime.fromtimestamp(now, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def authorization(
    *, key: str, secret: str, method: str, path: str, timestamp: str, content_type: str = "", body: bytes = b""
) -> str:
    """The Authorization header of a request; `path` without host. Raises ValueError: no key, or no base64 secret."""
    decoded = _decoded(secret)
    if not key or not decoded:
        raise ValueError("The application's key or secret is not one")
    return f"application {key}:{_signature(decoded, method, path, timestamp, content_type, body)}"


def application_key(authorization: str | None) -> str | None:
    """The application that a callback names: not verified yet, only where to look for the secret."""
    match = _AUTHORIZATION.fullmatch(authorization.strip()) if authorization else None
    return match[1] if match else None


def verify(
    *,
    authorization: str | None,
    timestamp: str | None,
    method: str,
    path: str,
    content_type: str,
    body: bytes,
    key: str,
    secret: str,
    now: float,
) -> Verdict:
    """The verdict on a callback's raw body; `path` as Sinch called it, `now` in Unix seconds."""
    decoded = _decoded(secret)
    if not key or not decoded:
        return Verdict.NOT_CONFIGURED
    if not authorization or not timestamp:
        return Verdict.MISSING
    match = _AUTHORIZATION.fullmatch(authorization.strip())
    moment = iso_time(timestamp) if _TIMESTAMP.fullmatch(timestamp) else None
    if match is None or moment is None:
        return Verdict.MALFORMED
    expected = _signature(decoded, method, path, timestamp, content_type, body)
    # Always both, so that the time taken does not show which one differs. Keys are UUIDs: their case does not count.
    if not all([is_same(match[1].lower(), key.lower()), is_same(match[2], expected)]):
        return Verdict.WRONG
    return verdict_of_age(now - moment.timestamp(), oldest=TOLERANCE_SECONDS, ahead=TOLERANCE_SECONDS)


def _signature(secret: bytes, method: str, path: str, timestamp: str, content_type: str, body: bytes) -> str:
    digest = hashlib.md5(body, usedforsecurity=False).digest() if body else b""
    lines = (method.upper(), base64.b64encode(digest).decode(), content_type, f"x-timestamp:{timestamp}", path)
    text = "\n".join(lines).encode("utf-8", "replace")
    return base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest()).decode()


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        return b""
