"""Bodies read whole, in front of Django: how much is taken, where it is kept, and what answers one that is too large.

Two shells bring the bytes: `common/asgi.py` from the event loop, `common/wsgi.py` from a WSGI server.
"""

from __future__ import annotations

from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from tether_calls.common import content_security
from tether_calls.common.envelopes import envelope_at
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.renderers import to_json

# Bytes that are read, and handed on, at a time.
CHUNK = 256 * 1024
# What is longer goes to a temporary file.
IN_MEMORY = 1024 * 1024
# How much of a body that is too large is read and thrown away, in limits, so that the client hears the answer: closing
# a connection with unread bytes resets it.
_DRAINED = 4
# Seconds that any body may take, and bytes a second, on average, beyond them: 71 MB may take 20 minutes.
_SECONDS = 60.0
_SLOWEST = 64 * 1024


def declared_length(environ: Mapping[str, Any]) -> int:
    """What Content-Length says, in WSGI's environment; 0 without one, and where it is no number."""
    written = environ.get("CONTENT_LENGTH") or "0"
    return int(written) if written.isascii() and written.isdigit() and len(written) < 20 else 0


class WholeBody:
    """A body as it comes in; of one over `limit` bytes only the size is kept."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # close() does
        self.size = 0

    def add(self, chunk: bytes) -> bool:
        """Keep a piece; returns whether another one is worth reading."""
        self.size += len(chunk)
        if not self.is_too_large:
            self._file.write(chunk)
        return self.size <= self._limit * _DRAINED

    @property
    def seconds_allowed(self) -> float:
        """For as much of it as has come: a minute, and longer only for what goes on coming."""
        return _SECONDS + self.size / _SLOWEST

    @property
    def is_too_large(self) -> bool:
        return self.size > self._limit

    def file(self) -> IO[bytes]:
        """The body, from its beginning."""
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        self._file.close()


class Refusal:
    """An error as an answer, in the envelope of the API that the path belongs to."""

    def __init__(self, path: str, error: TetherError) -> None:
        self.status = error.status
        self.content = to_json(envelope_at(path)(error))
        self.headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(self.content)),
            content_security.HEADER: content_security.NOTHING,
        }


class TooLarge(Refusal):
    """413."""

    def __init__(self, path: str, *, limit: int) -> None:
        super().__init__(
            path, TetherError(ErrorCode.PAYLOAD_TOO_LARGE, f"The request body is larger than {limit} bytes")
        )
