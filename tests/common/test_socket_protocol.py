"""The server's WebSocket: what it agrees on with clients, and what it does about those that do not read."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.sync.client import ClientConnection, connect

from tests.waiting import PATIENCE, wait_until
from tether_calls.common import socket_protocol
from tether_calls.common.socket_protocol import SendingWire, SharedText, SharedTexts, wire_of

pytestmark = pytest.mark.servers

TEXT = '{"event":"call_ended","data":' + '"ö and the like, again and again, "' * 20 + "}"


class Application:
    """Writes TEXT as soon as a socket opens: once, or as often as it is taken."""

    def __init__(self, *, without_end: bool = False) -> None:
        self._without_end = without_end
        self.text = SharedText(TEXT)
        self.filled = 0
        self.gone = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        wire = wire_of(scope, send)
        assert isinstance(wire, SharedTexts)
        while wire.write(self.text) and self._without_end:
            pass
        self.filled += 1
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self.gone += 1


@contextmanager
def serving(application: Application, **options: Any) -> Iterator[int]:
    config = uvicorn.Config(application, ws=SharedTexts, lifespan="off", log_config=None, **options)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


@contextmanager
def opened(port: int, *offers: ClientPerMessageDeflateFactory) -> Iterator[ClientConnection]:
    with connect(
        f"ws://127.0.0.1:{port}/", extensions=list(offers) or None, compression=None, proxy=None, close_timeout=PATIENCE
    ) as connection:
        yield connection


# As browsers offer it; as one that keeps little, and as one that would keep much.
OFFERS = {
    "a browser's": ClientPerMessageDeflateFactory(client_max_window_bits=True),
    "nothing said": ClientPerMessageDeflateFactory(),
    "a small window": ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9),
    "a large window": ClientPerMessageDeflateFactory(server_max_window_bits=15, client_max_window_bits=15),
}


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
def test_what_is_compressed_depends_on_nothing_that_was_sent_before(offer: ClientPerMessageDeflateFactory) -> None:
    with serving(Application()) as port, opened(port, offer) as client:
        assert client.response is not None
        agreed = client.response.headers["Sec-WebSocket-Extensions"]
        assert "server_no_context_takeover" in agreed
        assert "client_no_context_takeover" in agreed
        (deflate,) = client.protocol.extensions
        assert isinstance(deflate, PerMessageDeflate)
        assert deflate.remote_max_window_bits <= 12
        assert client.recv(timeout=PATIENCE) == TEXT
        # And what the client says is understood: it is let go in order.
        client.send("x" * 1_000)


def test_a_client_that_offers_no_compression_gets_none() -> None:
    with serving(Application()) as port, opened(port) as client:
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers
        assert client.recv(timeout=PATIENCE) == TEXT


def test_nothing_is_compressed_where_the_server_is_told_so() -> None:
    with serving(Application(), ws_per_message_deflate=False) as port, opened(port, *OFFERS.values()) as client:
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers
        assert client.recv(timeout=PATIENCE) == TEXT


def test_a_text_is_packed_once_for_each_window() -> None:
    application = Application()
    with serving(application) as port:
        for _ in range(3):
            for offers in ([], [OFFERS["a browser's"]], [OFFERS["a large window"]], [OFFERS["a small window"]]):
                with opened(port, *offers) as client:
                    assert client.recv(timeout=PATIENCE) == TEXT

    packed = application.text._packed
    assert sorted(packed) == [0, 9, 12]
    assert len(packed[12]) < len(packed[0]) / 3


def test_a_socket_is_no_larger_for_what_it_has_sent() -> None:
    with serving(Application()) as port, opened(port, OFFERS["a browser's"]) as client:
        client.recv(timeout=PATIENCE)
        client.send("hello")
    deflate = socket_protocol._DEFLATE.process_request_params([], [])[1]
    assert not hasattr(deflate, "encoder")
    assert not hasattr(deflate, "decoder")


@pytest.mark.parametrize("offers", [[], [OFFERS["a browser's"]]], ids=["plain", "compressed"])
def test_a_client_that_reads_nothing_and_answers_no_ping_is_dropped(
    offers: list[ClientPerMessageDeflateFactory], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_protocol, "LINGER_SECONDS", 0.1)
    application = Application(without_end=True)
    with serving(application, ws_ping_interval=0.1, ws_ping_timeout=0.1) as port:
        raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        with raw:
            extension = b"Sec-WebSocket-Extensions: permessage-deflate\r\n" if offers else b""
            raw.sendall(
                b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" + extension + b"\r\n"
            )
            wait_until(lambda: application.filled)
            wait_until(lambda: application.gone)


# ---- Any other server ----------------------------------------------------------------------------------------------


class Server:
    """An ASGI server's `send`: it takes one message, and returns when the client has read it."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.read = asyncio.Event()
        self.is_gone = False

    async def send(self, message: Any) -> None:
        self.sent.append(message["text"])
        await self.read.wait()
        self.read.clear()
        if self.is_gone:
            raise OSError


def test_at_another_server_one_text_is_sent_after_the_other() -> None:
    async def test() -> None:
        server = Server()
        wire = wire_of({"type": "websocket"}, server.send)
        assert isinstance(wire, SendingWire)
        room = asyncio.Event()
        wire.has_room = room.set
        assert wire.write(SharedText("1"))
        assert not wire.write(SharedText("2"))
        server.read.set()
        await room.wait()
        assert wire.write(SharedText("2"))
        await asyncio.sleep(0)
        assert server.sent == ["1", "2"]
        server.read.set()

    asyncio.run(test())


def test_at_another_server_a_client_that_has_gone_is_sent_nothing_more() -> None:
    async def test() -> None:
        server = Server()
        server.is_gone = True
        wire = wire_of({"type": "websocket", "extensions": {}}, server.send)
        wire.write(SharedText("1"))
        server.read.set()
        await asyncio.sleep(0.05)
        assert not wire.write(SharedText("2"))
        assert server.sent == ["1"]

    asyncio.run(test())
