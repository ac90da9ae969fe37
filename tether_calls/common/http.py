"""The only door through which the service fetches a URL that somebody else named.

Three things stand between such a URL and our own network: one strict grammar for URLs, the list of addresses
that nobody may point us at, and requests-hardened, which looks a name up once and connects to the address
that was checked. Every hop of a redirect passes all three again.
"""

import http.client
import io
import ipaddress
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import Thread
from typing import Any, BinaryIO, Self, cast
from urllib.parse import urldefrag, urljoin

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection
from urllib3.util.response import assert_header_parsing

USER_AGENT = "TetherCalls/1.0"
MAX_URL_LENGTH = 2_048
MAX_REDIRECTS = 5

_CHUNK_BYTES = 64 * 1024
_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})

# One grammar instead of two parsers that may disagree: visible ASCII, no user part, no backslash, no zone id.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?:[/?#][!-\[\]-~]*)?",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# "127.1", "0x7f000001", "2130706433" are IPv4 to a resolver: https://url.spec.whatwg.org/#ends-in-a-number-checker
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_MEDIA_TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,63}/[!#$&^_.+a-z0-9-]{1,63}", re.ASCII)

# The special-purpose registries of IANA, spelled out because Python 3.11 calls several of these "global":
# https://www.iana.org/assignments/iana-ipv4-special-registry and .../iana-ipv6-special-registry.
# 168.63.129.16 is Azure's host. 2001::/23 has Teredo and ORCHID, 2002::/16 is 6to4.
# fmt: off
_NOT_PUBLIC = tuple(ipaddress.ip_network(network) for network in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
))
# fmt: on
# This alone refuses ::/96, mapped IPv4, NAT64, unique local (where clouds keep metadata), link-local,
# site-local and multicast.
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")


class FetchProblem(StrEnum):
    """Why a fetch failed, each with the sentence that may be shown; there are no others."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Self:
        problem = str.__new__(cls, value)
        problem._value_ = value
        problem.sentence = sentence
        return problem

    INVALID_URL = "invalid_url", "The URL is not a plain http or https URL."
    INVALID_HEADER = "invalid_header", "A request header holds characters that HTTP does not allow."
    FORBIDDEN_ADDRESS = "forbidden_address", "The URL leads to an address that is not on the public internet."
    FORBIDDEN_PORT = "forbidden_port", "The URL names a port that is not allowed."
    UNRESOLVABLE = "unresolvable", "The host name of the URL cannot be resolved."
    CONNECTION_FAILED = "connection_failed", "The connection to the server failed."
    TLS_FAILED = "tls_failed", "No trusted TLS connection to the server was possible."
    TIMEOUT = "timeout", "The server took too long."
    TOO_MANY_REDIRECTS = "too_many_redirects", "The server redirected too often."
    INSECURE_REDIRECT = "insecure_redirect", "The server redirected from https to http."
    BAD_STATUS = "bad_status", "The server answered with another status than 200."
    BAD_RESPONSE = "bad_response", "The server's answer is not one that can be read."
    TOO_LARGE = "too_large", "The server's answer is too large."
    INCOMPLETE = "incomplete", "The server's answer ended too early."


# What the libraries raise, most telling first: the first row that fits any exception of the chain decides.
_PROBLEMS: tuple[tuple[type[BaseException], FetchProblem], ...] = (
    (InvalidIPAddress, FetchProblem.FORBIDDEN_ADDRESS),
    (socket.gaierror, FetchProblem.UNRESOLVABLE),
    (TimeoutError, FetchProblem.TIMEOUT),
    (urllib3.exceptions.NewConnectionError, FetchProblem.CONNECTION_FAILED),  # is a urllib3 TimeoutError too
    (requests.Timeout, FetchProblem.TIMEOUT),
    (urllib3.exceptions.TimeoutError, FetchProblem.TIMEOUT),
    (requests.exceptions.SSLError, FetchProblem.TLS_FAILED),
    (ConnectionError, FetchProblem.CONNECTION_FAILED),  # before HTTPException: RemoteDisconnected is both
    (http.client.HTTPException, FetchProblem.BAD_RESPONSE),
    (urllib3.exceptions.InvalidHeader, FetchProblem.BAD_RESPONSE),
    (urllib3.exceptions.HeaderParsingError, FetchProblem.BAD_RESPONSE),
    (requests.exceptions.InvalidURL, FetchProblem.INVALID_URL),
    (urllib3.exceptions.LocationValueError, FetchProblem.INVALID_URL),
    (ValueError, FetchProblem.INVALID_HEADER),  # the URL has been checked by then, a header has not
)


class FetchError(Exception):
    """A fetch that failed; its text is one sentence without the URL, addresses or credentials."""

    def __init__(self, problem: FetchProblem, *, status: int | None = None) -> None:
        super().__init__(problem.sentence)
        self.problem = problem
        self.status = status


@dataclass(frozen=True)
class FetchLimits:
    """How long (seconds) and large (bytes) a fetch may get; which "host" or "host:port" may be private."""

    connect_seconds: float
    read_seconds: float
    total_seconds: float
    max_bytes: int
    exempt_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fetched:
    """What was fetched: bytes written, media type without parameters ("" if none), host that served it."""

    size: int
    content_type: str
    url_host: str


def fetch(url: str, *, into: BinaryIO, limits: FetchLimits, headers: Mapping[str, str] | None = None) -> Fetched:
    """Write the body behind a URL to a file, within limits (bytes, seconds); raise FetchError.

    After a FetchError the file may hold a part of the body. The headers go to the URL's own origin only.
    """
    clock = _Clock(ends=time.monotonic() + limits.total_seconds, limits=limits)
    target = _check(url, limits)
    own_headers = dict(headers or {})
    seen = {target.url}
    for _ in range(MAX_REDIRECTS + 1):
        with _answer("GET", target, headers=own_headers, clock=clock) as response:
            location = _location(response)
            if location is None:
                size = _copy(response, into=into, max_bytes=limits.max_bytes)
                return Fetched(size=size, content_type=_media_type(response), url_host=target.host)
        following = _check(_join(target.url, location), limits)
        if target.scheme == "https" and following.scheme == "http":
            raise FetchError(FetchProblem.INSECURE_REDIRECT)
        if following.url in seen:
            raise FetchError(FetchProblem.TOO_MANY_REDIRECTS)
        if following.origin != target.origin:
            own_headers = {}  # for good: a stranger who redirects back must not choose where credentials go
        seen.add(following.url)
        target = following
    raise FetchError(FetchProblem.TOO_MANY_REDIRECTS)


@dataclass(frozen=True)
class _Target:
    url: str
    scheme: str
    host: str
    port: int
    exempt: bool

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


@dataclass(frozen=True)
class _Clock:
    ends: float
    limits: FetchLimits

    def left(self, at_most: float) -> float:
        remaining = self.ends - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return min(at_most, remaining)


def _check(url: str, limits: FetchLimits) -> _Target:
    match = _URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
    if match is None:
        raise FetchError(FetchProblem.INVALID_URL)
    scheme, host = match["scheme"].lower(), match["host"].lower()
    port = int(match["port"] or (443 if scheme == "https" else 80))
    address = _literal(host)
    if not 0 < port < 65_536:
        raise FetchError(FetchProblem.INVALID_URL)
    exempt_hosts = {name.lower() for name in limits.exempt_hosts}
    exempt = not exempt_hosts.isdisjoint({host, host.strip("[]"), f"{host}:{port}"})
    if not exempt and port < 1_024 and port not in (80, 443):
        raise FetchError(FetchProblem.FORBIDDEN_PORT)
    if not exempt and address is not None and not _is_public(address):
        raise FetchError(FetchProblem.FORBIDDEN_ADDRESS)
    return _Target(url=urldefrag(url).url, scheme=scheme, host=host, port=port, exempt=exempt)


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        if host.startswith("["):
            return ipaddress.IPv6Address(host[1:-1])
        if _ENDS_IN_A_NUMBER.fullmatch(host):
            return ipaddress.IPv4Address(host)
    except ValueError:
        raise FetchError(FetchProblem.INVALID_URL) from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise FetchError(FetchProblem.INVALID_URL)
    return None


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if address.version == 6 and address not in _PUBLIC_IPV6:
        return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def _join(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchError(FetchProblem.INVALID_URL) from None


@contextmanager
def _answer(method: str, target: _Target, *, headers: Mapping[str, str], clock: _Clock) -> Iterator[requests.Response]:
    # No requests.Session: it brings cookies, .netrc and proxies along, and reads a redirect's whole body.
    with closing(_Door(target, clock)) as door:
        ours = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close"}
        try:
            request = requests.Request(method, target.url, headers={**headers, **ours}).prepare()
            timeout = (clock.left(clock.limits.connect_seconds), clock.left(clock.limits.read_seconds))
            response = door.send(request, stream=True, timeout=timeout, verify=True)
        except (OSError, ValueError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
            # "from None": the libraries put the URL with its query, and our addresses, into their texts.
            raise FetchError(_problem(error)) from None
        with closing(response):
            yield response


def _problem(error: BaseException) -> FetchProblem:
    chain = tuple(_chain(error))
    for kind, problem in _PROBLEMS:
        if any(isinstance(link, kind) for link in chain):
            return problem
    return FetchProblem.CONNECTION_FAILED


def _chain(error: BaseException) -> Iterator[BaseException]:
    # Not __context__: it may lead out of here, to what the caller was handling when it called fetch().
    yield error
    for inner in (*error.args, error.__cause__):
        if isinstance(inner, BaseException):
            yield from _chain(inner)


def _location(response: requests.Response) -> str | None:
    location = response.headers.get("Location")
    if response.status_code in _REDIRECT_STATUSES and location:
        return location
    if response.status_code != 200:
        raise FetchError(FetchProblem.BAD_STATUS, status=response.status_code)
    return None


def _media_type(response: requests.Response) -> str:
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else ""


def _copy(response: requests.Response, *, into: BinaryIO, max_bytes: int) -> int:
    declared = response.headers.get("Content-Length", "0")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity" or not (declared.isascii() and declared.isdecimal()):
        raise FetchError(FetchProblem.BAD_RESPONSE)
    # By length first: int() refuses numbers of thousands of digits.
    if len(declared) > 18 or int(declared) > max_bytes:
        raise FetchError(FetchProblem.TOO_LARGE)
    size = 0
    while chunk := _read(response):
        size += len(chunk)
        if size > max_bytes:
            raise FetchError(FetchProblem.TOO_LARGE)
        into.write(chunk)
    return size


def _read(response: requests.Response) -> bytes:
    try:
        # Not stream(): it reads the size line of a chunk without a limit.
        return cast(bytes, response.raw.read(_CHUNK_BYTES, decode_content=False))
    except (TimeoutError, urllib3.exceptions.TimeoutError):
        raise FetchError(FetchProblem.TIMEOUT) from None
    except (OSError, ValueError, http.client.HTTPException, urllib3.exceptions.HTTPError):
        raise FetchError(FetchProblem.INCOMPLETE) from None


class _Door(IPFilterAdapter):  # type: ignore[misc]  # requests-hardened ships no types
    """A connection to one target: checked and pinned address, every wait bounded by the clock."""

    def __init__(self, target: _Target, clock: _Clock) -> None:
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
        if not _is_public(ipaddress.ip_address(host["host"].strip("[]"))):
            raise InvalidIPAddress
        return host, pool

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = type("Connection", (_TimedConnection, pool.ConnectionCls), {"clock": self._clock})
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


class _TimedConnection(HTTPConnection):
    clock: _Clock

    def _new_conn(self) -> socket.socket:
        # Anew before each step: the look-up has taken its time already, the TLS handshake is still to come.
        self.timeout = self.clock.left(self.clock.limits.connect_seconds)
        connection = super()._new_conn()
        connection.settimeout(self.clock.left(self.clock.limits.connect_seconds))
        return connection

    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> "_TimedResponse":  # type: ignore[override]
        return _TimedResponse(sock, *args, clock=self.clock, **kwargs)


class _TimedResponse(http.client.HTTPResponse):
    """A response whose status line, headers and body are all read against the clock."""

    def __init__(self, sock: socket.socket, *args: Any, clock: _Clock, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = _BoundedReader(_TimedReads(sock, self.fp.detach(), clock))

    def begin(self) -> None:
        super().begin()
        # urllib3 would go on with what it could read, and log the URL with its query.
        assert_header_parsing(self.msg)


class _BoundedReader(io.BufferedReader):
    def read(self, size: int | None = -1, /) -> bytes:
        # http.client hands the size of a chunk on as it came: "-1" would read everything into memory.
        if size is None or size < 0:
            raise http.client.HTTPException("a read without a limit")
        return super().read(size)


class _TimedReads(io.RawIOBase):
    """Bytes from a socket; a time-out of sockets alone begins anew with every byte that drips in."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, clock: _Clock) -> None:
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
