"""The connection of one request to a provider: never longer than its clock, and it knows whether a byte has left."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tether_calls.common.http.connection import TimedConnection
from tether_calls.common.http.limits import Clock
from tether_calls.common.http.reading import send_once


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
