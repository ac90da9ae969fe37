"""The embedded server's HTTP: heads of a bounded size and time, connections of a bounded number."""

from __future__ import annotations

import asyncio
import resource
from typing import Any

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Request line and headers together, as other servers have it; a JWT or a long query fits many times over.
MAX_HEAD_BYTES = 64 * 1024
# For a head to be complete, from the connection or from its first byte.
HEAD_SECONDS = 20.0


# File descriptors for everything but connections: the database, threads' own requests, recordings.
_OTHER_FILES = 200


def connection_limit() -> int:
    """Connections that may be open at the same time."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed: int = settings.TETHER_CONNECTIONS
    return allowed if files == resource.RLIM_INFINITY else min(allowed, max(files - _OTHER_FILES, files // 2))


class BoundedHeaders(HttpToolsProtocol):
    """uvicorn's protocol, which by itself keeps a head of any size, for any time, on any number of connections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._boundaries = 0
        self._head_bytes = 0
        self._overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        # Beyond that the process would have no file descriptor left for its own work.
        if len(self.connections) > connection_limit():
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head and self._overdue is None:
            self._await_head()
        before = self._boundaries
        super().data_received(data)
        # These bytes are a head's, and nothing else, when neither a head nor a body has ended with them.
        is_head = self._in_head and self._boundaries == before
        self._head_bytes = self._head_bytes + len(data) if is_head else 0
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request head is too large")

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._boundaries += 1
        self._head_is_here()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        self._boundaries += 1
        super().on_message_complete()

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio's protocol has a bool
        """A client that will send no more still hears the answer to a request that is complete."""
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body

    def _await_head(self) -> None:
        self._overdue = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_is_here(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
