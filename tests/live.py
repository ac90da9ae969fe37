"""A real server: the ASGI application under uvicorn, in a thread of the tests' process, on a free port."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tether_calls.common.management.commands.serve import embedded_server


@contextmanager
def serving() -> Iterator[str]:
    """Serve on 127.0.0.1, with the tests' database; yields the base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = embedded_server()
        thread = threading.Thread(target=server.run, args=([listener],), name="live-server")
        thread.start()
        try:
            _wait_until(lambda: server.started)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def _wait_until(condition: object, seconds: float = 20.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
