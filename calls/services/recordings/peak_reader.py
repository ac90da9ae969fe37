"""Has the peaks of MP3s read by a process of their own (`peaks.py`), within limits of time and memory."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import IO, Self

logger = logging.getLogger(__name__)

_PROGRAM = Path(__file__).with_name("peaks.py")
_READY = b"ready\n"
# A day of sound takes some thirty seconds where the machine has nothing else to do.
_SECONDS = 240.0


class NoReader(RuntimeError):
    """The process could not be started, which says nothing of any recording."""


class PeakReader:
    """Reads one MP3 after the other; the process is started with the first and ends with the block."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, path: Path) -> bytes:
        """Two bytes for each tenth of a second; none where the file cannot be decoded, or not in time.

        Raises NoReader.
        """
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        timer = Timer(self._seconds, process.kill)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(bytes(path) + b"\n")
            process.stdin.flush()
            length = _exactly(process.stdout, 4)
            return _exactly(process.stdout, int.from_bytes(length))
        except (EOFError, BrokenPipeError):
            logger.warning("The process that reads peaks of recordings has ended over one of them")
            self._end()
            return b""
        finally:
            timer.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        # Of our environment it gets nothing: there are secrets in it. Isolated, it loads no file of a working folder.
        process = subprocess.Popen(  # noqa: S603  # this Python, and a file of ours
            [sys.executable, "-I", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the decoder tells of each damaged frame
            env={"OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is for the service
        )
        assert process.stdout is not None
        self._process = process
        if process.stdout.readline() != _READY:
            self._end()
            raise NoReader("The process that reads peaks of recordings does not start")
        return process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    found = pipe.read(length)
    if len(found) < length:
        raise EOFError
    return found
