"""What is answered in front of Django's middlewares and REST framework, and what Django is told where it is not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.db import close_old_connections

from tether_calls.common import logs
from tether_calls.common.object_id import new_object_id
from tether_calls.common.observing import tracing
from tether_calls.common.observing.requests import note_answer
from tether_calls.common.wsgi import Application, Environ, StartResponse

_KEY = "tether.begun"
# What of a request decides whether Django lets it through, and with which headers it answers.
_OF_PLACE = ("wsgi.url_scheme", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
_MOST_PLACES = 64
_LENGTH = re.compile(r"[0-9]{1,9}")
# Other answers for browsers, whose headers depend on these.
_OF_BROWSERS = ("HTTP_ORIGIN", "HTTP_COOKIE")
_OF_ONE_ANSWER = frozenset({"x-request-id", "content-length", "date"})
_NEVER_LEARNED = frozenset({"set-cookie"})

Headers = list[tuple[str, str]]


@dataclass
class Begun:
    """A request whose answering has begun in front of Django; `failure`: raised there, and to be told by the view."""

    request_id: str = field(default_factory=new_object_id)
    at: float = field(default_factory=time.perf_counter)
    failure: Exception | None = None


def begun_in_front(environ: Mapping[str, Any]) -> Begun | None:
    begun: Begun | None = environ.get(_KEY)
    return begun


def raise_failure_in_front(environ: Mapping[str, Any]) -> None:
    """Raise what was raised when the request was answered in front, if it was: nothing is done a second time."""
    begun = begun_in_front(environ)
    if begun is not None and begun.failure is not None:
        raise begun.failure


@dataclass(frozen=True)
class Answer:
    """Of a request that is answered in front; `who`: its `user` and `auth`, for the log."""

    status: int
    content: bytes
    who: Mapping[str, Any]


class InFront:
    """WSGI: has `answer` answer the requests of one route, and Django all that it does not answer.

    The rules of the middlewares have one home: the first good answer at each place (scheme, host) is Django's, and the
    others have its headers. What `answer` raises is told by the view, which Django calls with the same body.
    """

    method = "POST"
    route: str
    # Bytes; a larger body is read by Django, which looks first who sends it.
    most: int

    def __init__(self, django: Application) -> None:
        self._django = django
        self._headers: dict[tuple[str | None, ...], Headers] = {}

    def answer(self, environ: Environ, body: bytes) -> Answer | None:
        """None: it is for Django."""
        raise NotImplementedError

    def finish(self) -> None:
        """What Django does by a signal when a request has ended."""
        close_old_connections()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not self._may_answer(environ):
            return self._django(environ, start_response)
        place = tuple(environ.get(name) for name in _OF_PLACE)
        headers = self._headers.get(place)
        if headers is None:
            return self._django(environ, self._learning(place, start_response))
        begun = environ[_KEY] = Begun()
        logs.request_id.set(begun.request_id)
        answer = self._answered(environ, begun)
        if answer is None:
            return self._django(environ, start_response)
        start_response(
            f"{answer.status} {HTTPStatus(answer.status).phrase}",
            [*headers, ("X-Request-ID", begun.request_id), ("Content-Length", str(len(answer.content)))],
        )
        seconds = time.perf_counter() - begun.at
        note_answer(method=self.method, route=self.route, status=answer.status, seconds=seconds, who=answer.who)
        return [answer.content]

    def _may_answer(self, environ: Environ) -> bool:
        length = environ.get("CONTENT_LENGTH") or ""
        return (
            environ.get("PATH_INFO") == self.route
            and environ["REQUEST_METHOD"] == self.method
            and not environ.get("QUERY_STRING")
            and not environ.get("SCRIPT_NAME")
            # What is compressed is refused by Django.
            and not environ.get("HTTP_CONTENT_ENCODING")
            and environ.get("CONTENT_TYPE", "").partition(";")[0] == "application/json"
            and _LENGTH.fullmatch(length) is not None
            and int(length) <= self.most
            and not any(environ.get(name) for name in _OF_BROWSERS)
            # A trace has its request as Django answers it.
            and not tracing.is_on()
        )

    def _answered(self, environ: Environ, begun: Begun) -> Answer | None:
        try:
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        except OSError:
            body = b""
        # For Django, which also says so where it is less than was announced.
        environ["wsgi.input"] = BytesIO(body)
        if len(body) < int(environ["CONTENT_LENGTH"]):
            return None
        try:
            return self.answer(environ, body)
        except Exception as failure:
            begun.failure = failure
            return None
        finally:
            self.finish()

    def _learning(self, place: tuple[str | None, ...], start_response: StartResponse) -> StartResponse:
        def learn(status: str, headers: Headers, *more: Any) -> Any:
            names = {name.lower() for name, _ in headers}
            if status.startswith("2") and not names & _NEVER_LEARNED and len(self._headers) < _MOST_PLACES:
                self._headers[place] = [pair for pair in headers if pair[0].lower() not in _OF_ONE_ANSWER]
            return start_response(status, headers, *more)

        return learn
