"""Sinch's signature, which requests to it and callbacks from it share.

https://developers.sinch.com/docs/voice/api-reference/authentication/signed-request
https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from calls.demo.simulator.config import SinchAccount
from calls.demo.simulator.http_server import Request

# Both a clock that is wrong and a local time sent as UTC should be seen here. Sinch documents no figure.
_TOLERANCE = timedelta(minutes=5)


def signature(secret: str, *, method: str, body: bytes, content_type: str, timestamp: str, path: str) -> str:
    """Raises ValueError for a secret that is not Base64."""
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode() if body else ""
    text = "\n".join((method, digest, content_type, f"x-timestamp:{timestamp}", path))
    key = base64.b64decode(secret, validate=True)
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def signed_headers(account: SinchAccount, url: str, body: bytes) -> Mapping[str, str]:
    """For a callback to `url`."""
    content_type = "application/json; charset=utf-8"
    timestamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    value = signature(
        account.application_secret,
        method="POST",
        body=body,
        content_type=content_type,
        timestamp=timestamp,
        path=urlsplit(url).path or "/",
    )
    return {
        "Content-Type": content_type,
        "x-timestamp": timestamp,
        "Authorization": f"application {account.application_key}:{value}",
    }


def is_signed(request: Request, account: SinchAccount, value: str) -> bool:
    """Whether `value` is the account's signature of the request, made within the last minutes."""
    timestamp = request.headers.get("x-timestamp", "")
    try:
        moment = datetime.fromisoformat(timestamp)
        expected = signature(
            account.application_secret,
            method=request.method,
            body=request.body,
            content_type=request.content_type,
            timestamp=timestamp,
            path=request.path,
        )
    except (ValueError, binascii.Error):
        return False
    age = datetime.now(UTC) - (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)
    return abs(age) <= _TOLERANCE and hmac.compare_digest(expected.encode(), value.encode())
