"""/healthz: the process lives, and of which version it is. /readyz: each part that it needs answers, jobs are done."""

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
from django.db import DatabaseError, connection, connections, transaction
from django.http import HttpRequest, JsonResponse

from calls.storage import LocalRecordings
from tether_calls.background.clock import Clock, read_clock
from tether_calls.common.error_views import reads_only
from tether_calls.common.object_id import new_object_id
from tether_calls.common.postgresql.replica import is_configured, is_usable
from tether_calls.realtime import dispatch

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 4.0
# How long the question whether SQLite can be written to waits for others that write.
_WRITE_SECONDS = 2.0

# Returns where the part answers; another verdict than `ok`, if it has one. What it raises is the part's failure.
Check = Callable[[], str | None]


@reads_only
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "version": settings.VERSION})


@reads_only
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all parts answer, else 503; each with its own verdict: `ok` or `unavailable`.

    `degraded`, with 200, when beat or a worker is `late`, or the replica is not read: calls are kept and dialled all
    the same, by every process alike, so there is none that a balancer could send them to instead.
    """
    beside = CLOCK | (REPLICA if is_configured() else {})
    # Asked side by side: parts that hang cost four seconds together, and no worker for longer.
    asked = {name: _probe_of(name, check).ask() for name, check in (PARTS | beside).items()}
    wait(asked.values(), timeout=PATIENCE_SECONDS)
    silent = dict.fromkeys(PARTS | REPLICA, "unavailable") | dict.fromkeys(CLOCK, "unknown")
    verdicts = {name: answer.result() if answer.done() else silent[name] for name, answer in asked.items()}
    is_ready = all(verdicts[name] == "ok" for name in PARTS)
    is_well = all(verdicts[name] == "ok" for name in beside)
    status = ("ok" if is_well else "degraded") if is_ready else "unavailable"
    response = JsonResponse({"status": status, **verdicts}, status=200 if is_ready else 503)
    # What is away has its line, with the reason; Django would call each probe of that time an error of ours.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


class _Probe:
    """Asks one part, in a thread of its own that stays, and with it the part's client, which costs more than asking.

    While an answer is missing nothing else is asked: a part that hangs has one question, however many want to know.
    """

    def __init__(self, name: str, check: Check) -> None:
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
def _probe_of(name: str, check: Check) -> _Probe:
    return _Probe(name, check)


def _verdict(name: str, check: Check) -> str:
    try:
        return check() or "ok"
    except Exception as error:
        # Any exception of the part's client; the answer is public, so the reason goes to the log alone.
        logger.warning("Not ready: %s (%s)", name, type(error).__name__)
        return "unavailable"
    finally:
        connections.close_all()


def _database() -> None:
    """Raises where nothing can be written; to be read is not enough for a service that keeps calls."""
    if connection.vendor == "sqlite":
        _write_to_sqlite()
        return
    # wall: asks for no row at all
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        if cursor.fetchone()[0] != "off":
            raise DatabaseError("a standby, or a disk that is full")


def _write_to_sqlite() -> None:
    """One page, with what is there already: fails while another process has the lock, and where the disk is full.

    In its turn among this process's writers, so that none of them meets a lock of ours.
    """
    # wall: asks for no row at all
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(_WRITE_SECONDS * 1000)}")
        with transaction.atomic():
            number = cursor.execute("PRAGMA user_version").fetchone()[0]
            cursor.execute(f"PRAGMA user_version = {number}")


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


PARTS: dict[str, Check] = {
    "database": _database,
    "cache": _cache,
    "channelLayer": _channel_layer,
    "storage": _storage,
}


def _beat() -> str | None:
    return _late_or_unknown(lambda clock: clock.beat_is_late)


def _worker() -> str | None:
    return _late_or_unknown(lambda clock: clock.worker_is_late)


def _late_or_unknown(is_late: Callable[[Clock], bool]) -> str | None:
    try:
        return "late" if is_late(read_clock()) else None
    except Exception:
        # Any exception of the cache's client; its own verdict says what is wrong.
        return "unknown"


# Whether jobs are done, from marks in the cache.
CLOCK: dict[str, Check] = {"beat": _beat, "worker": _worker}


def _replica() -> str | None:
    """The primary is read in its place; why, it tells the log itself, and not at every question."""
    return None if is_usable() else "unavailable"


REPLICA: dict[str, Check] = {"replica": _replica}
