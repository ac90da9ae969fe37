"""WSGI in front of Django: bodies without a length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

from tether_calls.common.envelopes import sentence_envelope
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.renderers import to_json

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_CHUNK = 256 * 1024
_IN_MEMORY = 1024 * 1024


class ChunkedBodies:
    """Gives a chunked body its length: Django reads as many bytes as Content-Length says, which is none without it."""

    def __init__(self, application: Application, *, limit: Callable[[], int]) -> None:
        self._application = application
        self._limit = limit

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._application(environ, start_response)
        limit, source, size = self._limit(), environ["wsgi.input"], 0
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size <= limit:
                    body.write(chunk)
                elif size > 2 * limit:
                    break
            if size > limit:
                return _too_large(limit, start_response)
            body.seek(0)
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = body, str(size)
            del environ["HTTP_TRANSFER_ENCODING"]
            # Views have read what they want of the body when this returns.
            return self._application(environ, start_response)


def _too_large(limit: int, start_response: StartResponse) -> list[bytes]:
    error = TetherError(ErrorCode.PAYLOAD_TOO_LARGE, f"The request body is larger than {limit} bytes")
    answer = to_json(sentence_envelope(error))
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer))), ("Connection", "close")]
    start_response("413 Payload Too Large", headers)
    return [answer]
