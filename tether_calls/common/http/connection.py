"""A connection to one target: to the address that was checked, and never longer than the clock allows."""

from __future__ import annotations

import http.client
import io
import ipaddress
import re
import socket
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection
from urllib3.util.response import assert_header_parsing

from tether_calls.common.http.limits import Clock
from tether_calls.common.http.targets import Target, is_public

# A length that int() reads at once, and how many answers may come in front of the answer.
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_MOST_INTERIM = 20


class PinnedAdapter(IPFilterAdapter):  # type: ignore[misc]  # requests-hardened ships no types
    """A connection to one target: checked and pinned address, every wait bounded by the clock."""

    def __init__(self, target: Target, clock: Clock) -> None:
        super().__init__(is_https_proto=target.scheme == "https")
        self._target = target
        self._clock = clock

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        if self._target.exempt:
            return HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
        look_up = super().build_connection_pool_key_attributes
        seconds = self._clock.left(self._clock.limits.connect_seconds)
        host, pool = _within(seconds, lambda: look_up(request, verify, cert))
        if not is_public(ipaddress.ip_address(host["host"].strip("[]"))):
            raise InvalidIPAddress
        return host, pool

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        own = {"clock": self._clock, "path": self._target.path}
        pool.ConnectionCls = type("Connection", (_PlainPath, TimedConnection, pool.ConnectionCls), own)
        return pool


def _within(seconds: float, work: Callable[[], Any]) -> Any:
    # getaddrinfo() has no time-out. Left behind, it ends when the system's resolver gives up.
    outcome: Future[Any] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except Exception as error:
            outcome.set_exception(error)

    Thread(target=run, name="look-up", daemon=True).start()
    return outcome.result(timeout=seconds)


class TimedConnection(HTTPConnection):
    clock: Clock

    def _new_conn(self) -> socket.socket:
        # Anew before each step: the look-up has taken its time already, the TLS handshake is still to come.
        self.timeout = self.clock.left(self.clock.limits.connect_seconds)
        connection = super()._new_conn()
        connection.settimeout(self.clock.left(self.clock.limits.connect_seconds))
        return connection

    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> _TimedResponse:  # type: ignore[override]
        return _TimedResponse(sock, *args, clock=self.clock, **kwargs)


class _PlainPath(HTTPConnection):
    """Asks for the path that the URL names; requests and urllib3 would both rewrite its escapes and dots."""

    path: str

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        super().putrequest(method, self.path, skip_host, skip_accept_encoding)


class _TimedResponse(http.client.HTTPResponse):
    """A response whose status line, headers and body are all read against the clock."""

    def __init__(self, sock: socket.socket, *args: Any, clock: Clock, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = _BoundedReader(_TimedReads(sock, self.fp.detach(), clock))

    def begin(self) -> None:
        super().begin()
        # urllib3 would go on with what it could read, and log the URL with its query.
        assert_header_parsing(self.msg)
        if not self.chunked:
            self._settle_length()

    def _settle_length(self) -> None:
        """`5, 5`, in one line or in two, is 5 (RFC 9110, 8.6); http.client would wait for the connection's end."""
        lines = self.msg.get_all("content-length", [])
        lengths = {length.strip() for line in lines for length in line.split(",")}
        if len(lengths) > 1:
            # Here already: where urllib3 finds it, the socket stays open until the garbage collector comes.
            raise http.client.HTTPException("lengths that differ")
        if self.length is None and lengths and _LENGTH.fullmatch(length := lengths.pop()):
            self.length = int(length)

    def _read_status(self) -> tuple[str, int, str]:
        """The first status that is no interim one; http.client skips 100 alone, not 102 or 103 (RFC 9110, 15.2)."""
        for _ in range(_MOST_INTERIM):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 102 <= status <= 199:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("too many interim responses")


class _BoundedReader(io.BufferedReader):
    def read(self, size: int | None = -1, /) -> bytes:
        # http.client hands the size of a chunk on as it came: "-1" would read everything into memory.
        if size is None or size < 0:
            raise http.client.HTTPException("a read without a limit")
        return super().read(size)


class _TimedReads(io.RawIOBase):
    """Bytes from a socket; a time-out of sockets alone begins anew with every byte that drips in."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, clock: Clock) -> None:
        self._sock = sock
        self._raw = raw
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self._sock.settimeout(self._clock.left(self._clock.limits.read_seconds))
        return cast(int | None, self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()
