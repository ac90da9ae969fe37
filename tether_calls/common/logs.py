"""The log: the request's id in every line, the version in the first one, and lines that it is not to have."""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from contextvars import ContextVar
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve

logger = logging.getLogger(__name__)

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


@cache
def log_version() -> None:
    """Which version of what starts here, as the first line of a process that serves or works; once for a process."""
    logger.info(
        "Tether Calls %s starts, on Python %s with %s",
        settings.VERSION,
        platform.python_version(),
        os.environ["DJANGO_SETTINGS_MODULE"],
    )


class NoSocketAddresses(logging.Filter):
    """For `uvicorn.error`, which writes each socket's whole address, and at DEBUG its headers and messages too.

    There may be a token in all of them. Requests are not logged either; a proxy does both.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.INFO and "WebSocket %s" not in str(record.msg)


class NoPaths(logging.Filter):
    """For `django.request`, which writes the path of what has failed, and in objects its query too.

    There may be numbers and tokens in both. The template of the route is as good to find it by.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.pop("request", None)
        if request is not None and isinstance(record.args, tuple):
            route = _route_of(request)
            record.args = tuple(route if str(word).startswith("/") else word for word in record.args)
        return True


def _route_of(request: HttpRequest) -> str:
    """Also of one that has failed before anybody looked for its route."""
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return "a path that is no route"
    return f"/{match.route}"


class OnceAMinute(logging.Filter):
    """For what is tried again every second: of one message, with any arguments, a line a minute."""

    SECONDS = 60.0

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        message, now = str(record.msg), time.monotonic()
        with self._lock:
            if now - self._last.get(message, float("-inf")) < self.SECONDS:
                return False
            self._last[message] = now
            return True
