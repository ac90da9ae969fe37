"""Orbit's side: GET and DELETE /v1/calls/{ref} on 127.0.0.1."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_OVER = ("finished", "unanswered", "engaged", "broken")


class OrbitWorld:
    """Calls by their ref, in the state that the test says."""

    def __init__(self, api_key: str) -> None:
        self.calls: dict[str, dict[str, Any]] = {}
        self._requests = 0
        self._api_key = api_key
        world = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                world._answer(self)

            def do_DELETE(self) -> None:
                world._answer(self)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

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

    def begin(self, **fields: Any) -> str:
        ref = f"orb-{len(self.calls) + 1}"
        known = {"ref": ref, "way": "in", "state": "talking", "from": "+14165550171", "to": "+14165550100"}
        self.calls[ref] = {**known, **fields}
        return ref

    def over(self) -> str:
        return self.begin(state="finished", seconds=63)

    def recording(self, provider_call_id: str) -> str | None:
        """It records nothing."""
        return None

    def goes_on(self, provider_call_id: str) -> bool:
        return self.calls[provider_call_id]["state"] not in _OVER

    def requests(self) -> int:
        return self._requests

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self._requests += 1
        call = self.calls.get(handler.path.removeprefix("/v1/calls/"))
        if handler.headers.get("Authorization") != f"Bearer {self._api_key}":
            return _send(handler, 401, {"error": "no_such_key"})
        if call is None:
            return _send(handler, 404, {"error": "no_such_call"})
        if handler.command == "GET":
            return _send(handler, 200, call)
        if call["state"] in _OVER:
            return _send(handler, 409, {"error": "call_is_over"})
        call["state"] = "finished"
        return _send(handler, 200, {})


def _send(handler: BaseHTTPRequestHandler, status: int, document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
