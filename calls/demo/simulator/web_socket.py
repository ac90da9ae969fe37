"""The server's side of a WebSocket, on the connection of an HTTP request that asked for one.

https://websockets.readthedocs.io/en/stable/howto/sansio.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol

_MAX_MESSAGE = 64 * 1024


class WebSocket:
    """After `open` it sends and receives texts, until either side closes it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._protocol = ServerProtocol(max_size=_MAX_MESSAGE)

    async def open(self, path: str, headers: Mapping[str, str]) -> bool:
        """Answer the handshake, which HTTP has read already; whether there is a socket now."""
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self._protocol.receive_data("\r\n".join(lines).encode("latin-1"))
        for event in self._protocol.events_received():
            if isinstance(event, Handshake):
                self._protocol.send_response(self._protocol.accept(event))
        await self._flush()
        return self._protocol.state is State.OPEN

    async def send(self, text: str) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(text.encode())
            await self._flush()

    async def receive(self) -> str | None:
        """The next text; None when the client has left."""
        while self._protocol.state is State.OPEN:
            data = await self._reader.read(65_536)
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            texts = [
                bytes(event.data).decode(errors="replace")
                for event in self._protocol.events_received()
                if isinstance(event, Frame) and event.opcode is Opcode.TEXT
            ]
            await self._flush()
            if texts:
                return texts[0]
        return None

    async def close(self, code: int = 1000) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code)
            await self._flush()

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._writer.write(data)
        await self._writer.drain()
