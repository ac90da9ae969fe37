"""Which key is calling: in a header, and in nothing that ends up in a log."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tether_calls.accounts.api_keys import PREFIX
from tether_calls.accounts.authentication import bearer_of, find_api_key, note_use
from tether_calls.accounts.models import ApiKey, User
from tether_calls.common.errors import ErrorCode, TetherError

_HEADER = "X-API-Key"
# What a parameter with a key in it might be called, hyphens and underscores left out.
_NAMES_OF_KEYS = {"key", "apikey", "xapikey", "token", "accesstoken", "authorization"}


class PartnerKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer tk_live_...` or `X-API-Key: tk_live_...`; every way of being wrong gets one answer.

    One statement reads key, user and organization; a second, at most once a minute, writes when it was last used.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        """Raises AUTHENTICATION_REQUIRED where no key is given, or one in the address; AuthenticationFailed."""
        _refuse_keys_in_address(request)
        given = {key.strip() for key in (bearer_of(request), request.headers.get(_HEADER)) if key is not None}
        if not given:
            raise TetherError(ErrorCode.AUTHENTICATION_REQUIRED)
        api_key = find_api_key(given.pop())
        # Two headers that name different keys leave open whose request it is.
        if api_key is None or given:
            raise AuthenticationFailed
        note_use(api_key)
        return api_key.user, api_key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _refuse_keys_in_address(request: Request) -> None:
    for name, values in request.query_params.lists():
        is_called_so = name.lower().replace("-", "").replace("_", "") in _NAMES_OF_KEYS
        if is_called_so or any(value.startswith(PREFIX) for value in values):
            raise TetherError(
                ErrorCode.AUTHENTICATION_REQUIRED,
                "Send the API key in a header: addresses end up in logs. Replace a key that was sent in one",
            )
