"""The connection of one request to a provider: never longer than its clock, and it knows whether a byte has left."""

from __future__ import annotations

import http.client
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from tether_calls.common.http import FetchLimits
from tether_calls.common.http.connection import TimedConnection
from tether_calls.common.http.limits import Clock

# What sending a request and reading its answer can raise. A ValueError is a header or a URL that HTTP does not allow.
FAILURES = (OSError, ValueError, http.client.HTTPException, urllib3.exceptions.HTTPError)


class OneRequest(HTTPAdapter):
    """A connection that is used once: no pool, no retry, no redirect, no proxy, no cookies, no .netrc."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)
        self._clock = clock
        self.has_sent = False

    def ask(self, request: requests.Request) -> requests.Response:
        """The answer's head; its body is still to be read. Raises FAILURES."""
        limits: FetchLimits = self._clock.limits
        time_outs = (self._clock.left(limits.connect_seconds), self._clock.left(limits.read_seconds))
        return self.send(request.prepare(), stream=True, timeout=time_outs, verify=True)

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
