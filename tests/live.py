"""A real server: the ASGI application under uvicorn, in a thread of the tests' process, on a free port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.waiting import PATIENCE, wait_until
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
            wait_until(lambda: server.started)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(timeout=PATIENCE)
