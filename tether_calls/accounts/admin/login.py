"""The admin's door, with the same limits as the API's."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from tether_calls.accounts import login_limits
from tether_calls.accounts.models.user import normalize_email
from tether_calls.common.admin import Who
from tether_calls.common.errors import TetherError
from tether_calls.common.middleware import client_address


class LoginForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no types
    def clean(self) -> dict[str, Any]:
        email = normalize_email(self.cleaned_data.get("username") or "")
        try:
            with login_limits.attempt(email=email, address=client_address(self.request)) as attempt:
                cleaned: dict[str, Any] = super().clean()
                attempt.succeeded()
        except TetherError as error:
            raise ValidationError("Too many failed logins; try again later.", code="too_many") from error
        return cleaned

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)
        if not Who.STAFF.includes(user):
            raise self.get_invalid_login_error()
