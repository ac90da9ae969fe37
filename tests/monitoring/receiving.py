"""A server that takes what processes send to Sentry or to a collector, and a process that has something to send."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli

from tests.waiting import PATIENCE

PROJECT = Path(__file__).resolve().parents[2]


@dataclass
class Received:
    """Bodies, unpacked, in the order of their coming, each with its path."""

    port: int
    bodies: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        return b"\n".join(body for _, body in self.bodies)


# What senders pack with, where it is installed.
_PACKED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress}


@contextmanager
def receiver() -> Iterator[Received]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = _PACKED.get(self.headers.get("Content-Encoding", ""), bytes)
            received.bodies.append((self.path, unpack(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """Not on standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received = Received(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()


def run(script: str, folder: Path, **variables: str) -> str:
    """Run it embedded, in a folder of its own with a database; what it printed."""
    none = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "R2_BUCKET", "PUBLIC_BASE_URL", "METRICS_TOKEN"), "")
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env={
            **os.environ,
            **none,
            "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base",
            "TETHER_DATA_DIR": str(folder),
            "ALLOWED_HOSTS": "testserver",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
