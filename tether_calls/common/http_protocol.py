"""The embedded server's HTTP: heads of a bounded size, and answers for clients that have said all they will say."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Request line and headers together, as other servers have it; a JWT or a long query fits many times over.
MAX_HEAD_BYTES = 64 * 1024


class BoundedHeaders(HttpToolsProtocol):
    """uvicorn's protocol, which by itself keeps a head of any size in memory."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._boundaries = 0
        self._head_bytes = 0

    def data_received(self, data: bytes) -> None:
        before = self._boundaries
        super().data_received(data)
        # These bytes are a head's, and nothing else, when neither a head nor a body has ended with them.
        is_head = self._in_head and self._boundaries == before
        self._head_bytes = self._head_bytes + len(data) if is_head else 0
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request head is too large")

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._boundaries += 1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        self._boundaries += 1
        super().on_message_complete()

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio's protocol has a bool
        """A client that will send no more still hears the answer to a request that is complete."""
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body
