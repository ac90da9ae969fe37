"""WSGI in front of Django: bodies without a length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

from tether_calls.common.whole_body import CHUNK, TooLarge, WholeBody

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class ChunkedBodies:
    """Gives a chunked body its length: Django reads as many bytes as Content-Length says, which is none without it.

    A body over `limit` bytes is answered 413 here.
    """

    def __init__(self, application: Application, *, limit: Callable[[str], int]) -> None:
        self._application = application
        self._limit = limit

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._application(environ, start_response)
        path = environ.get("PATH_INFO", "")
        limit, source = self._limit(path), environ["wsgi.input"]
        with closing(WholeBody(limit=limit)) as body:
            while (chunk := source.read(CHUNK)) and body.add(chunk):
                pass
            if body.is_too_large:
                return _too_large(path, limit, start_response)
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = body.file(), str(body.size)
            del environ["HTTP_TRANSFER_ENCODING"]
            # Views have read what they want of the body when this returns.
            return self._application(environ, start_response)


def _too_large(path: str, limit: int, start_response: StartResponse) -> list[bytes]:
    answer = TooLarge(path, limit=limit)
    start_response(f"{answer.status} Payload Too Large", [*answer.headers.items(), ("Connection", "close")])
    return [answer.content]
