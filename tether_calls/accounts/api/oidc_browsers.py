"""Browsers that are sent to the OpenID provider, and those of frontends that have come back from it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from tether_calls.accounts.models import OidcDoor
from tether_calls.accounts.oidc import is_configured
from tether_calls.accounts.services.oidc_login import AWAY, begin
from tether_calls.common.error_views import json_error, reads_only
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.urls import absolute_url

# From being sent away until coming back; no other address is told it.
COOKIE: Final = "tether_oidc"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def has_frontend() -> bool:
    return is_configured() and bool(settings.OIDC_FRONTEND_PAGE)


@never_cache
@reads_only
def login_view(request: HttpRequest) -> HttpResponse:
    """A frontend's browser is sent to the provider; `challenge` is of a verifier that only the frontend knows."""
    challenge = request.GET.get("challenge", "")
    if not has_frontend():
        return json_error(request, TetherError(ErrorCode.OIDC_NOT_CONFIGURED))
    if not _CHALLENGE.fullmatch(challenge):
        sentence = "The SHA-256 of a verifier, as base64 for URLs without padding"
        return json_error(request, TetherError.of_field("challenge", sentence))
    try:
        return sent_away(request, door=OidcDoor.FRONTEND, challenge=challenge)
    except TetherError as error:
        return to_frontend(error=error.code)


def sent_away(request: HttpRequest, *, door: OidcDoor, following: str = "", challenge: str = "") -> HttpResponse:
    """Raises OIDC_NOT_CONFIGURED, OIDC_UNAVAILABLE."""
    begun = begin(door=door, redirect_uri=callback_url(request), following=following, challenge=challenge)
    response = HttpResponseRedirect(begun.url)
    response.set_cookie(
        COOKIE,
        begun.cookie,
        max_age=AWAY,
        path=reverse("oidc_callback"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        # It is the provider's page that leads back here.
        samesite="Lax",
    )
    return response


def to_frontend(**query: str) -> HttpResponse:
    """To its page, with what it is told in the query."""
    page = settings.OIDC_FRONTEND_PAGE
    return HttpResponseRedirect(f"{page}{'&' if '?' in page else '?'}{urlencode(query)}")


def callback_url(request: HttpRequest) -> str:
    """What the provider has to know as the redirect URI."""
    return absolute_url(request, reverse("oidc_callback"))
