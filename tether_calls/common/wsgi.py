"""WSGI in front of Django: bodies without a length, and those that are large."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from typing import Any

from tether_calls.common.whole_body import CHUNK, IN_MEMORY, TooLarge, WholeBody, declared_length

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# In the environment: the body has been read whole already.
IS_HERE = "tether.body_is_here"


class WholeBodies:
    """Reads a chunked body, to give it a length, and a large one, to a temporary file, before the application runs.

    Django reads as many bytes as Content-Length says, which is none without it. A large body waits in its file until it
    has its turn to be decoded (`parsers.decode_body`). One over `limit` bytes is answered 413: here where it is
    chunked, else by the application, which does not read it.
    """

    def __init__(self, application: Application, *, limit: Callable[[str], int]) -> None:
        self._application = application
        self._limit = limit

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get(IS_HERE):
            return self._application(environ, start_response)
        is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        path = environ.get("PATH_INFO", "")
        limit, declared = self._limit(path), declared_length(environ)
        if not is_chunked and not IN_MEMORY < declared <= limit:
            return self._application(environ, start_response)
        source = environ["wsgi.input"]
        with closing(WholeBody(limit=limit)) as body:
            # One that ends too early is what there is of it; the application compares.
            with suppress(OSError):
                while (is_chunked or body.size < declared) and (chunk := source.read(CHUNK)) and body.add(chunk):
                    pass
            if body.is_too_large:
                return _too_large(path, limit, start_response)
            environ["wsgi.input"] = body.file()
            if is_chunked:
                environ["CONTENT_LENGTH"] = str(body.size)
                del environ["HTTP_TRANSFER_ENCODING"]
            # Views have read what they want of the body when this returns.
            return self._application(environ, start_response)


def _too_large(path: str, limit: int, start_response: StartResponse) -> list[bytes]:
    answer = TooLarge(path, limit=limit)
    start_response(f"{answer.status} Payload Too Large", [*answer.headers.items(), ("Connection", "close")])
    return [answer.content]
