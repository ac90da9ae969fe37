"""What requests of people who are logged in pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from tether_calls.accounts.acting import actor_in
from tether_calls.accounts.admin.access_reason import address_of_reason
from tether_calls.accounts.tokens import PROVED_KEY, provider_counts
from tether_calls.trails.models import acting
from tether_calls.trails.services.require_reason import ReasonRequired

_ADMIN = "/admin/"

GetResponse = Callable[[HttpRequest], HttpResponse]


def who_acts(get_response: GetResponse) -> GetResponse:
    """What a request changes is changed by whoever it turns out to be of."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with acting(lambda organization_id: actor_in(request, organization_id=organization_id)):
            return get_response(request)

    return middleware


def readers_clock(get_response: GetResponse) -> GetResponse:
    """The admin writes times, and reads them in its forms, by the clock of who is logged in; both APIs have UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_ADMIN):
            return get_response(request)
        user: Any = request.user
        with timezone.override(user.reading_zone if user.is_authenticated else None):
            return get_response(request)

    return middleware


def enrolment_first(get_response: GetResponse) -> GetResponse:
    """Who has to set up two-factor login is led to where that is done, from every page of the admin."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(_ADMIN):
            user: Any = request.user
            if user.is_authenticated:
                user.proved_at_provider = provider_counts(request.session.get(PROVED_KEY) is True)
            if user.is_authenticated and user.must_enrol and request.path_info not in _open_before_enrolment():
                return HttpResponseRedirect(reverse("admin:accounts_user_security"))
        return get_response(request)

    return middleware


class ReasonFirst:
    """Staff of the platform who need to say why are led to where they do so, from every page of the admin."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ReasonRequired) or not request.path_info.startswith(_ADMIN):
            return None
        return HttpResponseRedirect(address_of_reason(request, organization_id=error.organization_id))


@cache
def _open_before_enrolment() -> frozenset[str]:
    of_admin = ("admin:accounts_user_security", "admin:logout", "admin:login", "admin:jsi18n")
    return frozenset(map(reverse, (*of_admin, "admin_oidc_login", "admin_oidc_code")))
