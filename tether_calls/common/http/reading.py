"""One request and its answer, read in pieces; what goes wrong, each caller says in words of its own."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from typing import Final, cast

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from tether_calls.common.http.encodings import decoded
from tether_calls.common.http.limits import Clock
from tether_calls.common.http.problems import FetchError

USER_AGENT: Final = "TetherCalls/1.0"
CHUNK_BYTES: Final = 64 * 1024

# What sending a request and reading its answer can raise. A ValueError is a header or a URL that HTTP does not allow.
FAILURES: Final = (OSError, ValueError, http.client.HTTPException, urllib3.exceptions.HTTPError)
# Bodies are asked for as they are (servers that compress them all the same are understood), and no connection is used
# twice.
_OURS: Final = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close"}


def send_once(adapter: HTTPAdapter, request: requests.Request, clock: Clock) -> requests.Response:
    """The answer's head, without retries and redirects; its body is still to be read. Raises FAILURES."""
    # No requests.Session: it brings cookies, .netrc and proxies along, and reads a redirect's whole body.
    request.headers = {**request.headers, **_OURS}
    prepared = request.prepare()
    timeouts = (clock.left(clock.limits.connect_seconds), clock.left(clock.limits.read_seconds))
    return adapter.send(prepared, stream=True, timeout=timeouts, verify=True)


def piece(response: requests.Response, at_most: int = CHUNK_BYTES) -> bytes:
    """The next bytes of the body as they came over the wire; none at its end. Raises FAILURES."""
    # Not stream(): it reads the size line of a chunk without a limit.
    return cast(bytes, response.raw.read(at_most, decode_content=False))


def pieces(
    response: requests.Response,
    *,
    max_bytes: int,
    broken: Callable[[Exception], Exception],
    too_large: Callable[[], Exception],
    undecodable: Callable[[FetchError], Exception] = lambda error: error,
) -> Iterator[bytes]:
    """The body without its Content-Encoding, in pieces of at most CHUNK_BYTES.

    No more of it than `max_bytes`, neither as it comes over the wire nor undone. Raises what `too_large` makes, or
    `broken` of one of FAILURES, or `undecodable` of what `decoded` raises.
    """
    coming = _within(max_bytes, iter(lambda: _piece_or(response, broken), b""), too_large)
    encoding = response.headers.get("Content-Encoding", "")
    try:
        yield from _within(max_bytes, decoded(coming, encoding, piece=CHUNK_BYTES), too_large)
    except FetchError as error:
        raise undecodable(error) from None


def _within(max_bytes: int, chunks: Iterator[bytes], too_large: Callable[[], Exception]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise too_large()
        yield chunk


def _piece_or(response: requests.Response, broken: Callable[[Exception], Exception]) -> bytes:
    try:
        return piece(response)
    except FAILURES as error:
        # "from None": the libraries put the URL with its query, and our addresses, into their texts.
        raise broken(error) from None
