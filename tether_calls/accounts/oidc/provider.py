"""What the provider says of itself: https://openid.net/specs/openid-connect-discovery-1_0.html."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from tether_calls.accounts.oidc.kept import Kept
from tether_calls.accounts.oidc.problems import OidcError, OidcProblem
from tether_calls.accounts.oidc.requests import get_object, slot


@dataclass(frozen=True)
class Provider:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    # Whether the client's secret goes into the form: where the provider takes no Basic authentication.
    takes_secret_in_form: bool
    # Whether a browser that comes back has to say from whom: https://www.rfc-editor.org/rfc/rfc9207
    names_itself: bool


def is_configured() -> bool:
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def discovered() -> Provider:
    """The provider of OIDC_ISSUER. It is asked once an hour, and only then may somebody have to wait for it.

    Raises OidcError: UNREACHABLE, BAD_DISCOVERY, BUSY.
    """
    known = _PROVIDERS.known(settings.OIDC_ISSUER)
    if known is not None:
        return known
    with slot():
        return _PROVIDERS.of(settings.OIDC_ISSUER)


def keys_of(provider: Provider, *, anew: bool = False) -> tuple[dict[str, Any], ...]:
    """Those with which it signs, as it publishes them; within a `slot`. Raises OidcError: UNREACHABLE, BAD_KEYS."""
    return _KEYS.of(provider.jwks_uri, anew=anew)


def _discover(issuer: str) -> Provider:
    document = get_object(f"{issuer.rstrip('/')}/.well-known/openid-configuration", bad=OidcProblem.BAD_DISCOVERY)
    # Whoever answers in its place could lead everybody elsewhere (section 4.3).
    if document.get("issuer") != issuer:
        raise OidcError(OidcProblem.BAD_DISCOVERY)
    methods = document.get("token_endpoint_auth_methods_supported")
    return Provider(
        issuer=issuer,
        authorization_endpoint=_address(document, "authorization_endpoint", issuer),
        token_endpoint=_address(document, "token_endpoint", issuer),
        jwks_uri=_address(document, "jwks_uri", issuer),
        takes_secret_in_form=isinstance(methods, list)
        and "client_secret_basic" not in methods
        and "client_secret_post" in methods,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(document: dict[str, Any], name: str, issuer: str) -> str:
    """No plainer than the issuer's own: what is asked for over TLS is not answered in clear."""
    address = document.get(name)
    # Of ASCII as addresses are: half of a surrogate pair could be sent to nobody.
    is_written = isinstance(address, str) and address.isascii() and address.isprintable() and len(address) <= 2_000
    try:
        parts = urlsplit(str(address)) if is_written else None
    except ValueError:
        parts = None
    allowed = ("https",) if issuer.startswith("https://") else ("http", "https")
    if parts is None or parts.scheme not in allowed or not parts.netloc or parts.fragment:
        raise OidcError(OidcProblem.BAD_DISCOVERY)
    return str(address)


def _ask_for_keys(address: str) -> tuple[dict[str, Any], ...]:
    keys = get_object(address, bad=OidcProblem.BAD_KEYS).get("keys")
    if not isinstance(keys, list):
        raise OidcError(OidcProblem.BAD_KEYS)
    return tuple(key for key in keys if isinstance(key, dict) and key.get("use") in (None, "sig"))


_PROVIDERS = Kept(_discover)
_KEYS = Kept(_ask_for_keys)
