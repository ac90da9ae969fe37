"""Asking a provider: one request, sent at most once, and every failure a row of errors.ProviderProblem."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote, urlsplit

import requests

from calls.providers.bodies import PayloadError, parse_json
from calls.providers.connection import OneRequest, watched
from calls.providers.errors import ProviderError, ProviderProblem, is_not_there
from tether_calls.common.http import FetchError, FetchLimits
from tether_calls.common.http.limits import Clock
from tether_calls.common.http.reading import CHUNK_BYTES, FAILURES, pieces
from tether_calls.common.observing.metrics import PROVIDER_ERRORS

logger = logging.getLogger(__name__)

T = TypeVar("T")
J = TypeVar("J", dict[str, Any], list[Any])

# A dial is answered when the provider has begun to call, which takes seconds; a transcript has at most some MB.
DEFAULT_LIMITS = FetchLimits(connect_seconds=5, read_seconds=30, total_seconds=60, max_bytes=10 * 1024 * 1024)

# What an id of any provider may look like; anything else would name another path.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,254}", re.ASCII)
# A code, never a sentence: sentences quote numbers, and so does a code that is all digits and long.
_REASON = re.compile(r"(?![0-9+]{7})[A-Za-z0-9_.-]{1,64}", re.ASCII)

# 408, 502 and 504 come from a gateway that has lost sight of the request; it may have arrived behind it.
_PROBLEMS = {
    401: ProviderProblem.UNAUTHORIZED,
    403: ProviderProblem.UNAUTHORIZED,
    404: ProviderProblem.NOT_FOUND,
    408: ProviderProblem.UNKNOWN,
    429: ProviderProblem.BUSY,
    502: ProviderProblem.UNKNOWN,
    504: ProviderProblem.UNKNOWN,
}
_ASKS_ONLY = frozenset({"GET", "HEAD"})


def problem_of_status(status: int, *, method: str) -> ProviderProblem:
    """The row of a status that is not 2xx; a redirect is nothing that these protocols answer with.

    What it was asked may have been done before its side broke (5xx): no provider promises otherwise.
    A look-up begins nothing.
    """
    if status < 400:
        return ProviderProblem.BAD_ANSWER
    of_5xx = ProviderProblem.UNAVAILABLE if method in _ASKS_ONLY else ProviderProblem.UNKNOWN
    return _PROBLEMS.get(status, ProviderProblem.REFUSED if status < 500 else of_5xx)


def _nothing(error: ProviderError) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request; `operation` is its name in the log, where neither path nor body may appear.

    What it `expects` to be refused with is an answer like others, and no warning.
    """

    operation: str
    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str] | None = None
    body: bytes | None = None
    expects: Callable[[ProviderError], bool] = _nothing


class ProviderHttp:
    """HTTP to one provider. Nothing is retried, no redirect is followed, nothing is taken from the environment.

    Every request has a connection of its own: one kept from before may have been closed by the other side, and a
    dial that is lost that way cannot be distinguished from one that was made.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        error_code: Callable[[object], object],
        limits: FetchLimits | None = None,
    ) -> None:
        """`error_code` finds the provider's own code in the JSON of an error; it may raise PayloadError."""
        self.provider = provider
        self.base_url = base_url.rstrip("/")
        self._limits = limits or DEFAULT_LIMITS
        self._error_code = error_code

    def url(self, template: str, **ids: str) -> str:
        """The URL of a path; what cannot be an id raises NOT_FOUND before anything is sent."""
        if not all(_ID.fullmatch(value) for value in ids.values()):
            raise ProviderError(ProviderProblem.NOT_FOUND, provider=self.provider)
        return self.base_url + template.format(**{name: quote(value, safe="") for name, value in ids.items()})

    def answer(self, ask: Ask, read: Callable[[dict[str, Any]], T]) -> T:
        """What `read` makes of the JSON object that a 2xx answers with; it may raise PayloadError.

        Raises ProviderError.
        """
        return self._understood(ask, dict, read)

    def rows(self, ask: Ask, read: Callable[[list[Any]], T]) -> T:
        """What `read` makes of the JSON list that a 2xx answers with; it may raise PayloadError.

        Raises ProviderError.
        """
        return self._understood(ask, list, read)

    def nothing(self, ask: Ask) -> None:
        """For requests whose 2xx is enough: an empty body, or any JSON. Raises ProviderError."""
        with watched(self.provider, ask.operation):
            content = self._read(ask)
            if content.strip():
                self._json(ask, content)

    def download(self, ask: Ask, *, into: BinaryIO, media_types: frozenset[str], max_bytes: int) -> int:
        """Write the body of a 200 to a file and return its size; after a ProviderError the file may hold a part."""
        size = 0
        with watched(self.provider, ask.operation), self._answer(ask, max_bytes) as response:
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if response.status_code != 200 or media_type not in media_types:
                raise self.failure(ask, ProviderProblem.BAD_ANSWER, status=response.status_code, reason="no_audio")
            for chunk in self._chunks(ask, response, max_bytes):
                size += len(chunk)
                into.write(chunk)
        if not size:
            raise self.failure(ask, ProviderProblem.BAD_ANSWER, reason="empty")
        return size

    def failure(
        self, ask: Ask, problem: ProviderProblem, *, status: int | None = None, reason: object = ""
    ) -> ProviderError:
        """A ProviderError, logged and counted; of the reason only a code is kept."""
        code = str(reason) if isinstance(reason, str | int) else ""
        if not _REASON.fullmatch(code):
            code = ""
        error = ProviderError(problem, provider=self.provider, status=status, reason=code)
        PROVIDER_ERRORS.add(self.provider, str(problem))
        level = logging.INFO if ask.expects(error) else logging.WARNING
        logger.log(level, "%s %s%s", error, ask.operation, f" [{code}]" if code else "")
        return error

    def _understood(self, ask: Ask, kind: type[J], read: Callable[[J], T]) -> T:
        with watched(self.provider, ask.operation):
            body = self._json(ask, self._read(ask))
            try:
                if isinstance(body, kind):
                    return read(body)
            except PayloadError:
                pass
            raise self.failure(ask, ProviderProblem.BAD_ANSWER, reason="not_the_protocol")

    def _read(self, ask: Ask) -> bytes:
        with self._answer(ask, self._limits.max_bytes) as response:
            return b"".join(self._chunks(ask, response, self._limits.max_bytes))

    def _json(self, ask: Ask, content: bytes) -> Any:
        try:
            return parse_json(content)
        except PayloadError:
            raise self.failure(ask, ProviderProblem.BAD_ANSWER, reason="not_json") from None

    @contextmanager
    def _answer(self, ask: Ask, max_bytes: int) -> Iterator[requests.Response]:
        """A 2xx whose body is still to be read."""
        limits = replace(self._limits, max_bytes=max_bytes)
        with closing(OneRequest(Clock.started(limits))) as door:
            try:
                request = requests.Request(ask.method, ask.url, headers=ask.headers, params=ask.params, data=ask.body)
                response = door.ask(request)
            except FAILURES as error:
                problem = _problem_of(error, has_sent=door.has_sent)
                # "from None": the libraries put URLs with their queries into their texts.
                raise self.failure(ask, problem, reason=type(error).__name__) from None
            with closing(response):
                if not response.headers:
                    # http.client takes a status line that was cut off for a whole head.
                    raise self.failure(ask, ProviderProblem.UNKNOWN, reason="head_cut_off")
                if not 200 <= response.status_code < 300:
                    status = response.status_code
                    problem = problem_of_status(status, method=ask.method)
                    raise self.failure(ask, problem, status=status, reason=self._code_in(response))
                yield response

    def _code_in(self, response: requests.Response) -> object:
        as_it_is: Callable[[Exception], Exception] = lambda error: error  # noqa: E731
        with suppress(*FAILURES, FetchError):  # a PayloadError is a ValueError
            beginning = next(pieces(response, max_bytes=CHUNK_BYTES, broken=as_it_is, too_large=ValueError), b"")
            return self._error_code(parse_json(beginning))
        return None

    def _chunks(self, ask: Ask, response: requests.Response, max_bytes: int) -> Iterator[bytes]:
        fail = partial(self.failure, ask, status=response.status_code)
        return pieces(
            response,
            max_bytes=max_bytes,
            broken=lambda error: fail(ProviderProblem.UNKNOWN, reason=type(error).__name__),
            too_large=lambda: fail(ProviderProblem.BAD_ANSWER, reason="too_large"),
            undecodable=lambda error: fail(ProviderProblem.BAD_ANSWER, reason=str(error.problem)),
        )


def _problem_of(error: Exception, *, has_sent: bool) -> ProviderProblem:
    if has_sent:
        return ProviderProblem.UNKNOWN
    # A key with a line break in it, a base URL that is none: no attempt was possible.
    return ProviderProblem.NOT_CONFIGURED if isinstance(error, ValueError) else ProviderProblem.UNAVAILABLE


def known_or_none(ask: Callable[[], T]) -> T | None:
    """What a look-up answers; None where the provider knows nothing of that id. Raises ProviderError."""
    try:
        return ask()
    except ProviderError as error:
        if is_not_there(error):
            return None
        raise


def json_body(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None where the URL has none, or a user part that might mislead."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    if parts.hostname is None or port is None or "@" in parts.netloc or "\\" in url:
        return None
    return parts.scheme, parts.hostname, port
