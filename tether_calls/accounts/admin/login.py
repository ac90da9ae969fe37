"""The admin's door, with the same limits as the API's; and what is noted of who goes in and out."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from tether_calls.accounts import login_limits
from tether_calls.accounts.admin.sessions import note_begun
from tether_calls.accounts.models import UserSession
from tether_calls.accounts.models.user import normalize_email
from tether_calls.accounts.oidc import is_configured
from tether_calls.accounts.services.second_factor import check_code
from tether_calls.common.admin import Who
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.middleware import client_address

_TOO_MANY: Final = "Too many failed logins; try again later."


class LoginForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no types
    otp = forms.CharField(
        required=False,
        max_length=40,
        label="Code",
        help_text="Of your authenticator app, or a recovery code; only with two-factor login.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code"}),
    )

    def clean(self) -> dict[str, Any]:
        email = normalize_email(self.cleaned_data.get("username") or "")
        try:
            with login_limits.attempt(email=email, address=client_address(self.request)) as attempt:
                cleaned: dict[str, Any] = super().clean()
                user: Any = self.get_user()
                if user is not None and user.has_two_factor:
                    code = cleaned.get("otp")
                    if not code:
                        # Name and password are right: nothing has failed.
                        attempt.succeeded()
                        raise ValidationError("Enter the code of your authenticator app as well.", code="otp_required")
                    check_code(user=user, code=code)
                attempt.succeeded()
        except TetherError as error:
            if error.code is ErrorCode.INVALID_OTP:
                raise ValidationError(f"{error.message}.", code="invalid_otp") from error
            raise ValidationError(_TOO_MANY, code="too_many") from error
        return cleaned

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)
        if not Who.STAFF.includes(user):
            raise self.get_invalid_login_error()


def login_view(request: HttpRequest) -> HttpResponseBase:
    """Django's; the session that begins is among the user's."""
    response: HttpResponseBase = admin.site.login(request, _other_ways(request))
    if request.method == "POST" and isinstance(response, HttpResponseRedirect) and request.user.is_authenticated:
        note_begun(request, request.user)
    return response


def logout_view(request: HttpRequest) -> HttpResponseBase:
    """Django's; the session is no more among the user's."""
    key = request.session.session_key
    response: HttpResponseBase = admin.site.logout(request)
    if key is not None and request.session.session_key != key:
        # wall: by the key of the session that has ended
        UserSession.objects.filter(session_key=key).delete()
    return response


class OwnPasswordForm(AdminOwnPasswordChangeForm):  # type: ignore[misc]  # unfold has no types
    """Who has found a browser open guesses the old password no faster than at the door."""

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = address

    def clean_old_password(self) -> str:
        try:
            with login_limits.attempt(email=self.user.email, address=self._address) as attempt:
                known: str = super().clean_old_password()
                attempt.succeeded()
        except TetherError as error:
            raise ValidationError(_TOO_MANY, code="too_many") from error
        return known


class OwnPasswordView(PasswordChangeView):
    form_class = OwnPasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "address": client_address(self.request)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**admin.site.each_context(self.request), **kwargs)


def password_change_view(request: HttpRequest) -> HttpResponseBase:
    """Django's; all other sessions of the user have ended by it."""
    response: HttpResponseBase = OwnPasswordView.as_view()(request)
    if request.method == "POST" and isinstance(response, HttpResponseRedirect) and request.user.is_authenticated:
        # wall: of one user
        UserSession.objects.filter(user_id=request.user.pk).delete()
        note_begun(request, request.user)
    return response


def _other_ways(request: HttpRequest) -> dict[str, Any]:
    if not is_configured():
        return {}
    following = request.GET.get(REDIRECT_FIELD_NAME, "")
    query = f"?{urlencode({REDIRECT_FIELD_NAME: following})}" if following else ""
    return {"oidc_label": settings.OIDC_LABEL, "oidc_url": reverse("admin_oidc_login") + query}
