"""The server's WebSocket, on which a text for many sockets is packed once and written without a task for each.

uvicorn's protocol compresses each message anew for each socket, with a memory of what it has sent there: most of what a
broadcast costs, and 40 KB a socket. Here no memory is kept from one message to the next
(https://datatracker.ietf.org/doc/html/rfc7692#section-7.1.1), so that a text has the same bytes on every socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.protocol import State

# In `scope["extensions"]`: how to write a SharedText to the socket.
SHARED_TEXTS = "tether.shared_texts"
# Of a message that is compressed by itself more is not worth its memory.
_WINDOW_BITS = 12
_COMPRESSION = {"memLevel": 5}
# A client that reads nothing is given so long to take what lies in its buffer, once it has been closed.
LINGER_SECONDS = 10.0


class SharedText:
    """A text message, and its bytes on the wire for each way of compressing that sockets have agreed on."""

    __slots__ = ("_packed", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._packed: dict[int, bytes] = {}

    def packed(self, deflate: PerMessageDeflate | None) -> bytes:
        """As a frame; made once for all sockets with the same window."""
        key = deflate.local_max_window_bits if deflate is not None else 0
        found = self._packed.get(key)
        if found is None:
            frame = Frame(Opcode.TEXT, self.text.encode())
            found = frame.serialize(mask=False, extensions=[deflate] if deflate is not None else [])
            self._packed[key] = found
        return found


class Wire(Protocol):
    """What takes texts to one client, in order and without waiting."""

    # Called when a text may be taken again, after one was not.
    has_room: Callable[[], None]

    def write(self, text: SharedText) -> bool:
        """Whether it has been taken: not while what was taken before has not gone."""


class SharedTexts(WebSocketsSansIOProtocol):
    """uvicorn's protocol, whose messages are compressed each by itself; it is the `Wire` of its socket."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deflate: PerMessageDeflate | None = None
        self.has_room: Callable[[], None] = _nothing
        if self.config.ws_per_message_deflate:
            self.conn.available_extensions = [_DEFLATE]

    async def run_asgi(self) -> None:
        self._deflate = next(iter(self.conn.extensions), None)  # type: ignore[assignment]
        extensions: Any = self.scope["extensions"]
        extensions[SHARED_TEXTS] = self
        await super().run_asgi()

    def write(self, text: SharedText) -> bool:
        if self.conn.state is not State.OPEN or self.transport.is_closing() or not self.writable.is_set():
            return False
        self.transport.write(text.packed(self._deflate))
        return True

    def resume_writing(self) -> None:
        super().resume_writing()
        self.has_room()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.has_room = _nothing

    def keepalive_timeout(self) -> None:
        """Who does not read does not read the close frame either, and what waits for it would wait for good."""
        super().keepalive_timeout()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


class SendingWire:
    """The `Wire` of a socket at any other ASGI server: one message at a time, in a task."""

    def __init__(self, send: Callable[[MutableMapping[str, Any]], Awaitable[None]]) -> None:
        self._send = send
        self._sending: asyncio.Task[None] | None = None
        self.has_room: Callable[[], None] = _nothing

    def write(self, text: SharedText) -> bool:
        if self._sending is not None:
            return False
        self._sending = asyncio.create_task(self._take(text.text))
        return True

    async def _take(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError):  # the client has gone: nothing more is taken
            return
        self._sending = None
        self.has_room()


def wire_of(scope: MutableMapping[str, Any], send: Callable[[MutableMapping[str, Any]], Awaitable[None]]) -> Wire:
    """How texts go to the socket of an ASGI scope."""
    wire: Wire | None = scope.get("extensions", {}).get(SHARED_TEXTS)
    return wire if wire is not None else SendingWire(send)


def _nothing() -> None:
    """Nobody waits for room."""


_DEFLATE = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=_WINDOW_BITS,
    client_max_window_bits=_WINDOW_BITS,
    compress_settings=_COMPRESSION,
)
