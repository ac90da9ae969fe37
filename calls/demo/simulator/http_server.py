"""A small HTTP/1.1 server on asyncio; the grammar is h11's."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import h11

from calls.demo.simulator.web_socket import WebSocket

LARGEST_BODY = 1024 * 1024
# A client that has opened a connection and says nothing more.
IDLE_SECONDS = 60.0
MOST_CONNECTIONS = 256
# How long a request is left without an answer when it is to have none; a client gives up long before.
SILENT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived: `path` still quoted, names of headers in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SocketAnswer(Answer):
    """In place of an answer a WebSocket, which `serve` has until it returns."""

    status: int = 101
    serve: Callable[[WebSocket], Awaitable[None]] = field(kw_only=True)


class NoAnswer(Exception):
    """The request gets none: the connection is closed at once, or held until the client gives up."""

    def __init__(self, *, at_once: bool) -> None:
        super().__init__()
        self.at_once = at_once


def json_answer(status: int, document: Any, **headers: str) -> Answer:
    names = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Answer(status, json.dumps(document).encode(), headers=names)


Handler = Callable[[Request], Awaitable[Answer]]


class HttpServer:
    """Serves until `stop`, which ends the connections too."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Returns the port, which is a free one for 0. Raises OSError when it is taken."""
        self._server = await asyncio.start_server(self._accept, host, port)
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(reader, writer)
        try:
            # The client may hang up at any point, or not speak HTTP at all.
            with contextlib.suppress(OSError, TimeoutError, h11.ProtocolError, NoAnswer):
                while await self._exchange(connection):
                    pass
        finally:
            writer.close()

    async def _exchange(self, connection: _Connection) -> bool:
        """One request and its answer; whether another may follow."""
        async with asyncio.timeout(IDLE_SECONDS):
            request = await connection.read_request()
        if request is None:
            return False
        try:
            answer = await self._handler(request)
        except NoAnswer as nothing:
            if not nothing.at_once:
                await connection.until_client_leaves(SILENT_SECONDS)
            raise
        if isinstance(answer, SocketAnswer):
            await connection.upgrade(request, answer.serve)
            return False
        return await connection.answer(answer, with_body=request.method != "HEAD")


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.SERVER)

    async def read_request(self) -> Request | None:
        """None when the client has left, or sends more than is read."""
        head: h11.Request | None = None
        body = bytearray()
        while True:
            match await self._next_event():
                case h11.Request() as head:
                    if self._http.they_are_waiting_for_100_continue:
                        await self._send(h11.InformationalResponse(status_code=100, headers=[]))
                case h11.Data(data=data):
                    body += data
                    if len(body) > LARGEST_BODY:
                        await self.answer(Answer(413))
                        return None
                case h11.EndOfMessage() if head is not None:
                    return _request(head, bytes(body))
                case _:
                    return None

    async def answer(self, answer: Answer, *, with_body: bool = True) -> bool:
        headers = dict(answer.headers)
        if answer.status != 204:
            headers |= {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
        await self._send(h11.Response(status_code=answer.status, headers=list(headers.items()), reason=b"Simulated"))
        if with_body:
            await self._send(h11.Data(data=answer.body))
        await self._send(h11.EndOfMessage())
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def upgrade(self, request: Request, serve: Callable[[WebSocket], Awaitable[None]]) -> None:
        """Nothing that follows the handshake is HTTP; a client says nothing before it is answered."""
        socket = WebSocket(self._reader, self._writer)
        if await socket.open(request.path, request.headers):
            await serve(socket)

    async def until_client_leaves(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._reader.read(1)

    async def _next_event(self) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(65_536))
        return event

    async def _send(self, event: h11.Event) -> None:
        if (data := self._http.send(event)) is not None:
            self._writer.write(data)
            await self._writer.drain()


def _request(head: h11.Request, body: bytes) -> Request:
    path, _, query = head.target.decode("latin-1").partition("?")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
    return Request(head.method.decode("latin-1"), path, query, headers, body)
