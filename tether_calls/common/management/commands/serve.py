"""`manage.py serve`: HTTP and WebSocket in this one process, on one port."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from tether_calls.common.http_protocol import BoundedHeaders
from tether_calls.common.logs import log_version
from tether_calls.common.socket_protocol import SharedTexts

# What a client may say on the socket is short.
_WEBSOCKET_MAX_BYTES = 64 * 1024
_BACKLOG = 2048
# Of a host that stands for all addresses, the one on this machine.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104


class Command(BaseCommand):
    help = "Serve HTTP and WebSocket in one process, at HOST and PORT."

    def handle(self, *args: Any, **options: Any) -> None:
        log_version()
        _allow_more_files()
        with listen() as listener, data_dir():
            serve(listener)


@contextmanager
def data_dir() -> Iterator[None]:
    """Have the data folder to ourselves, and what is written there readable by its owner only. Raises CommandError.

    Two processes on one folder would keep events from each other: the embedded channel layer knows one process.
    """
    os.umask(0o077)
    try:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.DATA_DIR / "lock").open("w") as lock:
            if not (settings.DATABASE_URL and settings.REDIS_URL):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        raise CommandError(f"Another server is using {settings.DATA_DIR}; choose another TETHER_DATA_DIR") from None
    except OSError as error:
        raise CommandError(f"TETHER_DATA_DIR {settings.DATA_DIR} cannot be used: {error.strerror}") from None
    except DatabaseError as error:
        raise CommandError(f"The database cannot be used: {error}") from None


def _allow_more_files() -> None:
    """Shells start programs with 1,024 open files at most, and let them have more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def listen() -> socket.socket:
    """Take HOST and PORT, so that no other process can; who connects from now on waits. Raises CommandError."""
    host, port = settings.HOST, settings.PORT
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise CommandError(f"{host}:{port} is in use; choose another port with PORT=...") from None
        raise CommandError(f"Cannot listen at {host}:{port}: {error}") from None


def is_everywhere(host: str) -> bool:
    return host in _EVERYWHERE


def base_url(port: int | None = None) -> str:
    """Where clients on this machine, or PUBLIC_BASE_URL's, reach us; `port` where it was left to the system."""
    if settings.PUBLIC_BASE_URL:
        return str(settings.PUBLIC_BASE_URL)
    # Listening everywhere includes here.
    host = _EVERYWHERE.get(settings.HOST, settings.HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{port or settings.PORT}"


class _Server(uvicorn.Server):
    """Calls `ready` once whoever connects is answered."""

    ready: Callable[[], None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.ready is not None:
            self.ready()


def embedded_server() -> _Server:
    """The server of the one process."""
    return _Server(
        uvicorn.Config(
            "tether_calls.asgi:application",
            lifespan="on",
            http=BoundedHeaders,
            ws=SharedTexts,
            ws_max_size=_WEBSOCKET_MAX_BYTES,
            log_config=None,
            access_log=False,
            server_header=False,
            # Who the client is, our own middleware decides (TRUSTED_PROXIES).
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
    )


def serve(listener: socket.socket, *, ready: Callable[[], None] | None = None) -> None:
    """Serve until a signal ends it. Raises CommandError when the application does not start."""
    server = embedded_server()
    server.ready = ready
    # The signal is raised once more after the sockets are closed.
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        raise CommandError("The application did not start; the reason is in the log above")
