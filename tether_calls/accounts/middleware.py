"""What requests of people who are logged in pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

_ADMIN = "/admin/"

GetResponse = Callable[[HttpRequest], HttpResponse]


def readers_clock(get_response: GetResponse) -> GetResponse:
    """The admin writes times, and reads them in its forms, by the clock of who is logged in; both APIs have UTC."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_ADMIN):
            return get_response(request)
        user: Any = request.user
        with timezone.override(user.reading_zone if user.is_authenticated else None):
            return get_response(request)

    return middleware
