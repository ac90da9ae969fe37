"""Login at the OpenID provider, as the admin has it; and the address that all browsers come back to."""

from __future__ import annotations

from typing import Final

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from unfold.widgets import UnfoldAdminTextInputWidget

from tether_calls.accounts.admin.sessions import note_begun
from tether_calls.accounts.api.oidc_browsers import COOKIE, callback_url, has_frontend, sent_away, to_frontend
from tether_calls.accounts.models import OidcDoor
from tether_calls.accounts.services.oidc_login import Returned, arrive, let_in, origin_of
from tether_calls.accounts.tokens import PROVED_KEY
from tether_calls.common.admin import refuse_nul
from tether_calls.common.error_views import reads_only
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.middleware import client_address

_TEMPLATE: Final = "admin/accounts/oidc_code.html"
_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
# In the session of who is still to enter a code: the login, and where it leads.
_LOGIN_KEY, _NEXT_KEY = "oidc_login", "oidc_next"
_LONGEST: Final = 4_000


class CodeForm(forms.Form):
    otp = forms.CharField(
        max_length=40,
        label="Code",
        help_text="Of your authenticator app, or a recovery code.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


@never_cache
@reads_only
def login_view(request: HttpRequest) -> HttpResponse:
    """The button of the login page leads here, and from here to the provider."""
    following = request.GET.get("next", "")[:500]
    try:
        return sent_away(request, door=OidcDoor.ADMIN, following=following)
    except TetherError as error:
        return _refused(request, error)


@never_cache
@reads_only
def callback_view(request: HttpRequest) -> HttpResponse:
    """A browser comes back; it goes on to the frontend's page, or into the admin."""
    if request.method == "HEAD":
        # Whatever looks at addresses beforehand uses up nothing.
        return HttpResponse()
    cookie = request.COOKIES.get(COOKIE, "")
    origin = origin_of(cookie)
    is_frontends = origin.door == OidcDoor.FRONTEND and has_frontend()
    brought = (request.GET.get(name, "")[:_LONGEST] for name in ("state", "code", "error", "iss"))
    try:
        code = arrive(
            returned=Returned(cookie, *brought), redirect_uri=callback_url(request), address=client_address(request)
        )
        response = to_frontend(code=code) if is_frontends else _enter(request, code, origin.following)
    except TetherError as error:
        response = to_frontend(error=error.code) if is_frontends else _refused(request, error)
    response.delete_cookie(COOKIE, path=reverse("oidc_callback"))
    # The provider's code is in the address.
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
def code_view(request: HttpRequest) -> HttpResponseBase:
    """Who has two-factor login enters its code here, unless the provider has asked for as much."""
    refuse_nul(request)
    code = request.session.get(_LOGIN_KEY, "")
    if not code:
        return HttpResponseRedirect(reverse("admin:login"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return _enter(request, code, request.session.get(_NEXT_KEY, ""), otp=form.cleaned_data["otp"])
        except TetherError as error:
            if error.code not in (ErrorCode.INVALID_OTP, ErrorCode.TOO_MANY_REQUESTS):
                return _refused(request, error)
            form.add_error(None, f"{error.message}.")
    context = {**admin.site.each_context(request), "title": "Log in", "form": form}
    return TemplateResponse(request, _TEMPLATE, context)


def _enter(request: HttpRequest, code: str, following: str, *, otp: str | None = None) -> HttpResponse:
    """Raises what `let_in` does, but OTP_REQUIRED."""
    try:
        user = let_in(code=code, door=OidcDoor.ADMIN, otp=otp, address=client_address(request))
    except TetherError as error:
        if error.code is not ErrorCode.OTP_REQUIRED:
            raise
        request.session[_LOGIN_KEY], request.session[_NEXT_KEY] = code, following
        return HttpResponseRedirect(reverse("admin_oidc_code"))
    request.session.pop(_LOGIN_KEY, None)
    request.session.pop(_NEXT_KEY, None)
    login(request, user, backend=_BACKEND)
    request.session[PROVED_KEY] = user.proved_at_provider
    request.session.save()
    note_begun(request, user)
    is_ours = url_has_allowed_host_and_scheme(following, allowed_hosts=None) and following.startswith("/admin/")
    return HttpResponseRedirect(following if is_ours else reverse("admin:index"))


def _refused(request: HttpRequest, error: TetherError) -> HttpResponse:
    """Back to the login page, which says why."""
    request.session.pop(_LOGIN_KEY, None)
    messages.error(request, f"{error.message}.")
    return HttpResponseRedirect(reverse("admin:login"))
