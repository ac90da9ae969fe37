"""Tokens for the browser SDK: https://developers.sinch.com/docs/in-app-calling/js/application-authentication

A JWT whose key is derived from the application's secret for the day that it is issued on.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.sinch.settings import SinchCredentials
from tether_calls.common.wire import UNSET, ObjectId, UnsetType, WireStruct

TTL_SECONDS = 600


class CallsSinchTokenResponse(WireStruct):
    """For Sinch's browser SDK."""

    token: str
    application_key: str
    user_id: ObjectId
    expires_in: Annotated[int, msgspec.Meta(description="Seconds.")]
    caller_identifier: Annotated[str, msgspec.Meta(description="The number to call from.")] | UnsetType = UNSET


def user_token(
    credentials: SinchCredentials,
    *,
    user_id: str,
    now: float | None = None,
    ttl: int = TTL_SECONDS,
    nonce: str | None = None,
) -> str:
    """A token that registers `user_id` for `ttl` seconds. Raises ProviderError NOT_CONFIGURED."""
    issued_at = int(time.time() if now is None else now)
    application = f"//rtc.sinch.com/applications/{credentials.application_key}"
    day = f"{datetime.fromtimestamp(issued_at, tz=UTC):%Y%m%d}"
    claims: dict[str, str | int] = {
        "exp": issued_at + ttl,
        "iat": issued_at,
        "iss": application,
        "nonce": nonce or secrets.token_hex(16),
        "sub": f"{application}/users/{user_id}",
    }
    signed = f"{_encoded({'alg': 'HS256', 'kid': f'hkdfv1-{day}'})}.{_encoded(claims)}"
    key = hmac.new(_secret(credentials), day.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64url(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def _secret(credentials: SinchCredentials) -> bytes:
    try:
        secret = base64.b64decode(credentials.application_secret, validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not secret or not credentials.application_key:
        raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider="sinch")
    return secret


def _encoded(value: Mapping[str, str | int]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
