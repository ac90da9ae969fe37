"""What requests of people who are logged in pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from tether_calls.accounts.acting import actor_in
from tether_calls.trails.models import acting

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
            if user.is_authenticated and user.must_enrol and request.path_info not in _open_before_enrolment():
                return HttpResponseRedirect(reverse("admin:accounts_user_security"))
        return get_response(request)

    return middleware


@cache
def _open_before_enrolment() -> frozenset[str]:
    return frozenset(map(reverse, ("admin:accounts_user_security", "admin:logout", "admin:login", "admin:jsi18n")))
