"""A code that a browser has brought back, exchanged for who it is."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus

from django.conf import settings

from tether_calls.accounts.oidc.id_tokens import Claims, verified
from tether_calls.accounts.oidc.problems import OidcError, OidcProblem
from tether_calls.accounts.oidc.provider import Provider, discovered
from tether_calls.accounts.oidc.requests import object_in, post_form, slot


def redeem(*, code: str, named_issuer: str, code_verifier: str, nonce: str, redirect_uri: str) -> Claims:
    """One request to the provider, or three. Raises OidcError; tokens are neither kept nor logged.

    `named_issuer` is whom the browser says to come from, empty where it says nothing.
    """
    provider = discovered()
    # A code of another provider is not sent to this one: https://www.rfc-editor.org/rfc/rfc9207#section-2.4
    if named_issuer != provider.issuer and (named_issuer or provider.names_itself):
        raise OidcError(OidcProblem.WRONG_ISSUER)
    with slot():
        token = _id_token(provider, code=code, code_verifier=code_verifier, redirect_uri=redirect_uri)
        return verified(token, provider=provider, nonce=nonce)


def _id_token(provider: Provider, *, code: str, code_verifier: str, redirect_uri: str) -> str:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.OIDC_CLIENT_ID,
        "code_verifier": code_verifier,
    }
    headers = {}
    if settings.OIDC_CLIENT_SECRET and provider.takes_secret_in_form:
        fields["client_secret"] = settings.OIDC_CLIENT_SECRET
    elif settings.OIDC_CLIENT_SECRET:
        headers["Authorization"] = _basic(settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)
    answer = post_form(provider.token_endpoint, fields, headers=headers)
    if answer.status != 200:
        raise OidcError(OidcProblem.CODE_REFUSED if 400 <= answer.status < 500 else OidcProblem.UNREACHABLE)
    token = object_in(answer.excerpt, bad=OidcProblem.BAD_ANSWER).get("id_token")
    if not isinstance(token, str) or not token.isascii():
        raise OidcError(OidcProblem.BAD_ANSWER)
    return token


def _basic(user: str, password: str) -> str:
    """Both as in a form, before they are put together: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1"""
    pair = f"{quote_plus(user)}:{quote_plus(password)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
