"""What a process does for its metrics beside its work: looks at its pool of connections, serves METRICS_ADDRESS."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.db import connection, connections

from tether_calls.common.checks import host_and_port
from tether_calls.common.observing.metrics import POOL_CONNECTIONS, POOL_TIMEOUTS, POOL_WAITING, is_on
from tether_calls.monitoring.scrape import is_permitted, scrape

logger = logging.getLogger(__name__)

SECONDS = 5.0


def watch_process(*, serves: bool) -> None:
    """Begin, in a thread of its own, where anything is counted; `serves`: at METRICS_ADDRESS too, if no other does."""
    if is_on():
        threading.Thread(target=_watch, args=(serves,), name="metrics", daemon=True).start()


def _watch(serves: bool) -> None:
    address = host_and_port(settings.METRICS_ADDRESS) if serves and settings.METRICS_ADDRESS else None
    pause, timeouts = threading.Event(), 0
    while True:
        try:
            timeouts = note_pool(timeouts)
            if address is not None and _serve(*address):
                address = None
        except Exception:
            # Of a pool that is being closed, of a folder that is full: the next turn tries again.
            logger.exception("The process could not be looked at")
        pause.wait(SECONDS)


def note_pool(timeouts_before: int) -> int:
    """Tell how the pool of connections is used; returns how many have waited in vain so far."""
    # Django's own would make the pool, and open its first connection, in a process that may need none.
    pool = getattr(connection, "_connection_pools", {}).get(connection.alias)
    if pool is None:
        return timeouts_before
    stats: dict[str, int] = pool.get_stats()
    POOL_CONNECTIONS.set(stats["pool_size"] - stats["pool_available"], "used")
    POOL_CONNECTIONS.set(stats["pool_available"], "idle")
    POOL_CONNECTIONS.set(stats["pool_max"], "most")
    POOL_WAITING.set(stats["requests_waiting"])
    timeouts = stats.get("requests_errors", 0)
    POOL_TIMEOUTS.add(by=max(0, timeouts - timeouts_before))
    return timeouts


class _Server(WSGIServer):
    """One request at a time is enough; who is slow to send one is let go."""

    timeout = 10

    def handle_error(self, request: Any, client_address: Any) -> None:
        logger.debug("A client of METRICS_ADDRESS has gone")


class _Handler(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Not on standard error."""


def _serve(host: str, port: int) -> bool:
    """Serve from a thread; False where another process of the machine does, and may end."""
    try:
        server = make_server(host, port, application, server_class=_Server, handler_class=_Handler)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            logger.exception("METRICS_ADDRESS cannot be listened at")
        return False
    threading.Thread(target=server.serve_forever, name="metrics-server", daemon=True).start()
    return True


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI: /metrics and nothing else."""
    if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b""]
    if not is_permitted(environ.get("HTTP_AUTHORIZATION", "")):
        start_response("401 Unauthorized", [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")])
        return [b""]
    try:
        text, media_type = scrape(environ.get("HTTP_ACCEPT", ""))
    finally:
        with suppress(Exception):
            connections.close_all()
    start_response("200 OK", [("Content-Type", media_type), ("Content-Length", str(len(text)))])
    return [text]
