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
