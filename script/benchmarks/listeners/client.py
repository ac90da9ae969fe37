"""Many sockets of one process, which cost it little: what comes is only counted until the time is taken.

Opens them, prints how many seconds that took, and for each line of its input asks for an event and prints when the
first and the last socket had it. As browsers do, it offers permessage-deflate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvloop
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

WAIT_SECONDS = 60.0
_OPENED_AT_ONCE = 32


class Listener(asyncio.Protocol):
    """One socket. What it has received is in `frames`, with the time, as it came over the wire."""

    def __init__(self, address: str, token: str) -> None:
        self._protocol: ClientProtocol | None = ClientProtocol(
            parse_uri(address),
            subprotocols=[Subprotocol("bearer"), Subprotocol(token)],
            extensions=[ClientPerMessageDeflateFactory(client_max_window_bits=True)],
        )
        self._extensions: list[Any] = []
        self._buffer = b""
        self.frames: deque[tuple[float, int, bytes]] = deque()
        self.is_open = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        assert self._protocol is not None
        self._protocol.send_request(self._protocol.connect())
        transport.writelines(self._protocol.data_to_send())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_open.done():
            self.is_open.set_exception(error or ConnectionResetError("closed in the handshake"))

    def data_received(self, data: bytes) -> None:
        if self._protocol is not None:
            self._shake_hands(data)
            return
        data = self._buffer + data if self._buffer else data
        while (size := _length(data)) and len(data) >= size[0] + size[1]:
            begin, length = size
            if data[0] & 15 == Opcode.PING:
                self.transport.write(masked(Opcode.PONG, data[begin : begin + length]))
            else:
                self.frames.append((time.perf_counter(), data[0], data[begin : begin + length]))
            data = data[begin + length :]
        self._buffer = data

    def _shake_hands(self, data: bytes) -> None:
        protocol = self._protocol
        assert protocol is not None
        # A frame that follows at once is ours to read.
        head, end, rest = data.partition(b"\r\n\r\n")
        protocol.receive_data(head + end)
        for event in protocol.events_received():
            if isinstance(event, Response):
                if protocol.handshake_exc is not None:
                    self.is_open.set_exception(protocol.handshake_exc)
                    return
                self._extensions = list(protocol.extensions)
                self._protocol = None
                self.is_open.set_result(None)
                if rest:
                    self.data_received(rest)

    def texts(self) -> list[tuple[float, bytes]]:
        """What has come since the last time, with when it came; a close frame is an error."""
        found = []
        while self.frames:
            at, head, payload = self.frames.popleft()
            assert head & 15 == Opcode.TEXT, payload
            frame = Frame(Opcode.TEXT, payload, fin=True, rsv1=bool(head & 64))
            for extension in reversed(self._extensions):
                frame = extension.decode(frame)
            found.append((at, bytes(frame.data)))
        return found


def _length(data: bytes) -> tuple[int, int] | None:
    """Where a frame's payload begins and how long it is, once that can be told."""
    if len(data) < 2:
        return None
    length = data[1] & 127
    extended = {126: 2, 127: 8}.get(length, 0)
    if len(data) < 2 + extended:
        return None
    return 2 + extended, int.from_bytes(data[2 : 2 + extended], "big") if extended else length


def masked(opcode: Opcode, payload: bytes) -> bytes:
    """A short frame of a client's, with a mask that changes nothing."""
    return bytes((0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0)) + payload


async def opened(address: str, tokens: list[str], count: int) -> list[Listener]:
    loop = asyncio.get_running_loop()
    host, port = parse_uri(address).host, parse_uri(address).port
    at_once = asyncio.Semaphore(_OPENED_AT_ONCE)

    async def one(token: str) -> Listener:
        async with at_once, asyncio.timeout(WAIT_SECONDS):
            _, listener = await loop.create_connection(lambda: Listener(address, token), host, port)
            await listener.is_open
            return listener

    return list(await asyncio.gather(*(one(tokens[number % len(tokens)]) for number in range(count))))


class Asking(asyncio.Protocol):
    """A kept connection on which the same request is sent again and again."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.answer = b""

    def connection_made(self, transport: Any) -> None:
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.answer += data


async def event(listeners: list[Listener], port: int, request: bytes) -> dict[str, Any]:
    """Ask for an event, and wait until all have it: the first and the last in ms from the request."""
    for listener in listeners:
        assert not listener.frames, listener.texts()
    began = time.perf_counter()
    transport, asking = await asyncio.get_running_loop().create_connection(
        lambda: Asking(request.replace(b"@@SERIAL@@", uuid4().hex[:10].encode())), "127.0.0.1", port
    )
    gives_up_at = began + WAIT_SECONDS
    while (missing := sum(not one.frames for one in listeners)) and time.perf_counter() < gives_up_at:
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)  # what must not come
    transport.close()
    assert b" 200 " in asking.answer[:20] or b" 201 " in asking.answer[:20], asking.answer
    received = [listener.texts() for listener in listeners]
    texts = {text for of_one in received for _, text in of_one}
    assert len(texts) == 1, texts
    assert all(len(of_one) <= 1 for of_one in received)
    times = sorted(of_one[0][0] - began for of_one in received if of_one)
    return {
        "first": 1000 * times[0],
        "median": 1000 * times[len(times) // 2],
        "last": 1000 * times[-1],
        "missing": missing,
        "text": texts.pop().decode(),
    }


async def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--sockets", type=int, required=True)
    options.add_argument("--tokens", type=Path, required=True)
    options.add_argument("--request", type=Path, required=True)
    options.add_argument("--path", default="/ws/events")
    chosen = options.parse_args()

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    began = time.perf_counter()
    address = f"ws://127.0.0.1:{chosen.port}{chosen.path}"
    listeners = await opened(address, json.loads(chosen.tokens.read_text()), chosen.sockets)
    _say({"opened": time.perf_counter() - began})
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        _say(await event(listeners, chosen.port, chosen.request.read_bytes()))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
