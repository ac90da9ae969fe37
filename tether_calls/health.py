"""/healthz: the process lives, and of which version it is. /readyz: each part that it needs answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache as shared_cache
from django.core.files.storage import storages
from django.db import connection
from django.http import HttpRequest, JsonResponse

from calls.storage import LocalRecordings
from tether_calls.common.error_views import reads_only
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime import dispatch

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 4.0


@reads_only
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "version": settings.VERSION})


@reads_only
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all parts answer, else 503; each with its own verdict: `ok` or `unavailable`."""
    # Asked side by side: parts that hang cost four seconds together, and no worker for longer.
    asked = {name: _probe_of(name, check).ask() for name, check in PARTS.items()}
    wait(asked.values(), timeout=PATIENCE_SECONDS)
    verdicts = {name: answer.result() if answer.done() else "unavailable" for name, answer in asked.items()}
    ready = all(verdict == "ok" for verdict in verdicts.values())
    body = {"status": "ok" if ready else "unavailable", **verdicts}
    return JsonResponse(body, status=200 if ready else 503)


class _Probe:
    """Asks one part, in a thread of its own that stays, and with it the part's client, which costs more than asking.

    While an answer is missing nothing else is asked: a part that hangs has one question, however many want to know.
    """

    def __init__(self, name: str, check: Callable[[], None]) -> None:
        self._name, self._check = name, check
        self._lock = Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._asked: Future[str] | None = None

    def ask(self) -> Future[str]:
        with self._lock:
            if self._thread is None:
                # Not before: a thread does not survive the fork that makes a server's workers.
                self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"readyz-{self._name}")
            if self._asked is None or self._asked.done():
                self._asked = self._thread.submit(_verdict, self._name, self._check)
            return self._asked


@cache
def _probe_of(name: str, check: Callable[[], None]) -> _Probe:
    return _Probe(name, check)


def _verdict(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:
        # Any exception of the part's client; the answer is public, so the reason goes to the log alone.
        logger.warning("Not ready: %s (%s)", name, type(error).__name__)
        return "unavailable"
    finally:
        connection.close()
    return "ok"


def _database() -> None:
    # wall: asks for no row at all
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    key = f"readyz:{new_object_id()}"
    shared_cache.set(key, "ok", 10)
    if shared_cache.get(key) != "ok":
        raise ConnectionError("the cache forgets")


def _channel_layer() -> None:
    layer = get_channel_layer()
    assert layer is not None
    dispatch.run(layer.group_send("readyz", {"type": "ready"})).result(timeout=PATIENCE_SECONDS * 3 / 4)


def _storage() -> None:
    storage = storages["recordings"]
    if isinstance(storage, LocalRecordings):
        # A folder always answers; the question is whether it takes a file.
        Path(storage.location).mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=storage.location) as file:
            file.write(b"readyz")
    else:
        storage.exists("readyz")


PARTS: dict[str, Callable[[], None]] = {
    "database": _database,
    "cache": _cache,
    "channelLayer": _channel_layer,
    "storage": _storage,
}
