"""Our side of the callbacks, for tests: writes down what arrives, and answers as it was told to."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Delivery:
    """`target` with its query; names of headers in lower case."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # With the default of 5, a burst of callbacks waits a second for its connections.
    request_queue_size = 128


class Receiver:
    """An HTTP server on 127.0.0.1; where nothing else was said it answers 200 and `{}`."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self._answers: dict[str, list[tuple[int, bytes]]] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._receive(self)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str, *answers: tuple[int, bytes | str | dict[str, Any]]) -> None:
        """Status and body, one after another; the last one stays."""
        self._answers[path] = [(status, _encoded(body)) for status, body in answers]

    def at(self, path: str) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.path == path]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _receive(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        delivery = Delivery(handler.path, headers, _body(handler))
        self.deliveries.append(delivery)
        answers = self._answers.get(delivery.path, [(200, b"{}")])
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def _body(handler: BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("Transfer-Encoding") != "chunked":
        return handler.rfile.read(int(handler.headers["Content-Length"]))
    body = b""
    while size := int(handler.rfile.readline(), 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


def _encoded(body: bytes | str | dict[str, Any]) -> bytes:
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()
