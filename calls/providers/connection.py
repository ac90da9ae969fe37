"""The connection of one request to a provider: never longer than its clock, and it knows whether a byte has left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tether_calls.common.http.connection import TimedConnection
from tether_calls.common.http.limits import Clock
from tether_calls.common.http.reading import send_once
from tether_calls.common.observing.metrics import PROVIDER_REQUESTS, PROVIDER_SECONDS
from tether_calls.common.observing.tracing import span


@contextmanager
def watched(provider: str, operation: str) -> Iterator[None]:
    """Count one request, and how long it takes until its answer has been read."""
    begun = time.perf_counter()
    try:
        with span(f"{provider} {operation}"):
            yield
    finally:
        PROVIDER_REQUESTS.add(provider)
        PROVIDER_SECONDS.observe(time.perf_counter() - begun, provider)


class OneRequest(HTTPAdapter):
    """A connection that is used once: no pool, no retry, no redirect, no proxy, no cookies, no .netrc."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)
        self._clock = clock
        self.has_sent = False

    def ask(self, request: requests.Request) -> requests.Response:
        """The answer's head; its body is still to be read. Raises FAILURES."""
        return send_once(self, request, self._clock)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        own = {"clock": self._clock, "owner": self}
        pool.ConnectionCls = type("Connection", (_WatchedConnection, pool.ConnectionCls), own)
        return pool


class _WatchedConnection(TimedConnection):
    owner: OneRequest

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        # Only now: names, routes, ports and certificates fail above, where nothing was sent.
        self.owner.has_sent = True
        super().send(data)
