"""The log: the request's id in every line, and the version in the first one."""

from __future__ import annotations

import logging
import os
import platform
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
