"""What a browser registers with at Orbit."""

from __future__ import annotations

import hashlib
import hmac

from calls.providers.errors import ProviderError, ProviderProblem
from tests.calls.providers.orbit.payloads import PROVIDER
from tests.calls.providers.orbit.settings import OrbitCredentials
from tether_calls.common.wire import UNSET, UnsetType, WireStruct


class CallsOrbitTokenResponse(WireStruct):
    """For Orbit's browser SDK."""

    token: str
    user_id: str
    caller_number: str | UnsetType = UNSET


def token(credentials: OrbitCredentials, *, user_id: str) -> str:
    """Raises ProviderError NOT_CONFIGURED."""
    if not credentials.workspace or not credentials.api_key:
        raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=PROVIDER)
    text = f"{credentials.workspace}/{user_id}"
    return f"{text}/{hmac.new(credentials.api_key.encode(), text.encode(), hashlib.sha256).hexdigest()}"
