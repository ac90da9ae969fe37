"""Fetching from a URL, and posting to one: redirects, status, size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urljoin

import requests
import urllib3.exceptions

from tether_calls.common.http.connection import PinnedAdapter
from tether_calls.common.http.limits import Clock, FetchLimits
from tether_calls.common.http.problems import FetchError, FetchProblem, problem_of
from tether_calls.common.http.reading import FAILURES, piece, pieces, send_once
from tether_calls.common.http.targets import Target, check

MAX_REDIRECTS = 5

_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_TO_ESCAPE = re.compile(r"[ \x80-\xff]")
_MEDIA_TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,63}/[!#$&^_.+a-z0-9-]{1,63}", re.ASCII)


@dataclass(frozen=True)
class Fetched:
    """What was fetched: bytes written, and the media type without parameters ("" if none)."""

    size: int
    content_type: str


@dataclass(frozen=True)
class Posted:
    """What a POST was answered with: the status, and the first bytes of the body as they came."""

    status: int
    excerpt: bytes


def fetch(url: str, *, into: BinaryIO, limits: FetchLimits, headers: Mapping[str, str] | None = None) -> Fetched:
    """Write the body behind a URL to a file, within limits (bytes, seconds); raise FetchError.

    After a FetchError the file may hold a part of the body. The headers go to the URL's own origin only.
    """
    clock = Clock.started(limits)
    target = check(url, limits)
    own_headers = dict(headers or {})
    seen = {target.url}
    for _ in range(MAX_REDIRECTS + 1):
        with _answer("GET", target, headers=own_headers, clock=clock) as response:
            location = _location(response)
            if location is None:
                size = _copy(response, into=into, max_bytes=limits.max_bytes)
                return Fetched(size=size, content_type=_media_type(response))
        following = check(_join(target.url, location), limits)
        if target.scheme == "https" and following.scheme == "http":
            raise FetchError(FetchProblem.INSECURE_REDIRECT)
        if following.url in seen:
            raise FetchError(FetchProblem.TOO_MANY_REDIRECTS)
        if following.origin != target.origin:
            own_headers = {}  # for good: a stranger who redirects back must not choose where credentials go
        seen.add(following.url)
        target = following
    raise FetchError(FetchProblem.TOO_MANY_REDIRECTS)


def _join(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchError(FetchProblem.INVALID_URL) from None


def post(url: str, *, body: bytes, limits: FetchLimits, headers: Mapping[str, str] | None = None) -> Posted:
    """Send a body, and read the answer's status and the beginning of its body; raise FetchError.

    A redirect is an answer like any other: it is not followed.
    """
    clock = Clock.started(limits)
    with _answer("POST", check(url, limits), headers=headers or {}, clock=clock, body=body) as response:
        return Posted(status=response.status_code, excerpt=_beginning(response, limits.max_bytes))


def _beginning(response: requests.Response, max_bytes: int) -> bytes:
    """What of the body comes, up to the limit: the status has said what counts."""
    read = bytearray()
    with suppress(*FAILURES):
        while len(read) < max_bytes and (chunk := piece(response, max_bytes - len(read))):
            read += chunk
    return bytes(read[:max_bytes])


@contextmanager
def _answer(
    method: str, target: Target, *, headers: Mapping[str, str], clock: Clock, body: bytes | None = None
) -> Iterator[requests.Response]:
    with closing(PinnedAdapter(target, clock)) as door:
        try:
            response = send_once(door, requests.Request(method, target.url, headers=headers, data=body), clock)
        except FAILURES as error:
            # "from None": the libraries put the URL with its query, and our addresses, into their texts.
            raise FetchError(problem_of(error)) from None
        with closing(response):
            yield response


def _location(response: requests.Response) -> str | None:
    locations = set(response.raw.headers.getlist("Location"))
    if response.status_code in _REDIRECT_STATUSES and any(locations):
        if len(locations) > 1:
            raise FetchError(FetchProblem.BAD_RESPONSE)
        return _escaped(locations.pop())
    if response.status_code != 200:
        raise FetchError(FetchProblem.BAD_STATUS, status=response.status_code)
    return None


def _escaped(location: str) -> str:
    """A Location as browsers take it: blanks and bytes beyond ASCII are escaped; what is left passes the grammar."""
    # Headers are read as Latin-1, so these are the bytes that came, UTF-8 or not.
    return _TO_ESCAPE.sub(lambda found: f"%{ord(found[0]):02X}", location.strip(" \t"))


def _media_type(response: requests.Response) -> str:
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else ""


def _copy(response: requests.Response, *, into: BinaryIO, max_bytes: int) -> int:
    _check_framing(response, max_bytes)
    size = 0
    for chunk in pieces(
        response, max_bytes=max_bytes, broken=_broken, too_large=lambda: FetchError(FetchProblem.TOO_LARGE)
    ):
        size += len(chunk)
        into.write(chunk)
    return size


def _check_framing(response: requests.Response, max_bytes: int) -> None:
    """Whether it is clear where the body ends, and not too far away, before any of it is read."""
    headers = response.raw.headers
    codings = {coding.strip().lower() for coding in headers.getlist("Transfer-Encoding")} - {"identity"}
    if codings == {"chunked"}:
        return  # and a Content-Length beside it means nothing (RFC 9112, 6.3)
    lengths = {length.strip() for line in headers.getlist("Content-Length") for length in line.split(",")} or {"0"}
    declared = lengths.pop()
    if codings or lengths or not (declared.isascii() and declared.isdecimal()):
        raise FetchError(FetchProblem.BAD_RESPONSE)
    # By length first: int() refuses numbers of thousands of digits.
    if len(declared) > 18 or int(declared) > max_bytes:
        raise FetchError(FetchProblem.TOO_LARGE)


def _broken(error: Exception) -> FetchError:
    """Within the body."""
    is_late = isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError)
    return FetchError(FetchProblem.TIMEOUT if is_late else FetchProblem.INCOMPLETE)
