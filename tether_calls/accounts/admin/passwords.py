"""For who has forgotten the password: a mail is asked for, and its link leads to a form for another one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget

from tether_calls.accounts.api.security import reset_page
from tether_calls.accounts.services.passwords import request_password_reset, reset_password, user_of_reset
from tether_calls.common.admin import refuse_nul
from tether_calls.common.errors import TetherError
from tether_calls.common.middleware import client_address

_ASK, _CHOOSE = "admin/accounts/password/ask.html", "admin/accounts/password/choose.html"


class AskForm(forms.Form):
    email = forms.EmailField(max_length=254, label="Email", widget=UnfoldAdminEmailInputWidget)


class ChooseForm(forms.Form):
    password = forms.CharField(
        max_length=1024,
        strip=False,
        label="New password",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        max_length=1024,
        strip=False,
        label="New password, once more",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError("The two are not the same.")
        return again


@never_cache
def ask_view(request: HttpRequest) -> HttpResponseBase:
    """Whoever asks is told the same, whether there is such a user or not."""
    refuse_nul(request)
    form = AskForm(request.POST if request.method == "POST" else None)
    is_sent = False
    if form.is_valid():
        try:
            email = form.cleaned_data["email"]
            request_password_reset(email=email, address=client_address(request), page=reset_page(request))
            is_sent = True
        except TetherError as error:
            form.add_error(None, f"{error.message}.")
    return _page(request, _ASK, "Forgotten password", form=form, is_sent=is_sent)


@never_cache
@sensitive_post_parameters()
def choose_view(request: HttpRequest, token: str) -> HttpResponseBase:
    """The form, while the link works."""
    refuse_nul(request)
    form = ChooseForm(request.POST if request.method == "POST" else None)
    is_done = False
    if form.is_valid():
        try:
            reset_password(token=token, password=form.cleaned_data["password"])
            is_done = True
        except TetherError as error:
            # Of what is wrong with the password the details tell.
            told = [detail.message for detail in error.details] or [error.message]
            form.add_error(None, f"{' '.join(told).rstrip('.')}.")
    works = is_done or user_of_reset(token) is not None
    return _page(request, _CHOOSE, "Another password", form=form, is_done=is_done, works=works)


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponseBase:
    response = TemplateResponse(request, template, {**admin.site.each_context(request), "title": title, **context})
    # The token is in the address: no other page is told it.
    response["Referrer-Policy"] = "no-referrer"
    return response
