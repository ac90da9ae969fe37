"""One POST over HTTP/1.1 on asyncio, and what came of it; the grammar is h11's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import h11

# Of an answer, so much is read: instructions for a call are short.
LARGEST_ANSWER = 64 * 1024
# One chunk of a body that is sent chunked.
_CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """`status` is None when there was no answer, and `problem` then says why: connection, timeout or broken."""

    status: int | None
    body: bytes = b""
    problem: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


async def post(url: str, *, body: bytes, headers: Mapping[str, str], seconds: float, chunked: bool = False) -> Reply:
    """Send and read within `seconds`; no redirect is followed, and nothing is raised."""
    try:
        async with asyncio.timeout(seconds):
            return await _post(url, body, headers, chunked)
    except TimeoutError:
        return Reply(None, problem="timeout")


async def _post(url: str, body: bytes, headers: Mapping[str, str], chunked: bool) -> Reply:
    target = urlsplit(url)
    try:
        port = target.port or (443 if target.scheme == "https" else 80)
        reader, writer = await asyncio.open_connection(target.hostname, port, ssl=target.scheme == "https" or None)
    except (OSError, ValueError):
        return Reply(None, problem="connection")
    connection = h11.Connection(h11.CLIENT)
    try:
        for event in _events(url, body, headers, chunked):
            writer.write(connection.send(event) or b"")
            await writer.drain()
        return await _read(connection, reader)
    except (OSError, h11.ProtocolError):
        return Reply(None, problem="broken")
    finally:
        writer.close()


def _events(url: str, body: bytes, headers: Mapping[str, str], chunked: bool) -> Iterator[h11.Event]:
    target = urlsplit(url)
    length = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))
    lines = [("Host", target.netloc.rpartition("@")[2]), ("Connection", "close"), length, *headers.items()]
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    yield h11.Request(method="POST", target=path, headers=lines)
    for start in range(0, len(body), _CHUNK):
        yield h11.Data(data=body[start : start + _CHUNK])
    yield h11.EndOfMessage()


async def _read(connection: h11.Connection, reader: asyncio.StreamReader) -> Reply:
    status: int | None = None
    body = bytearray()
    while True:
        event: Any = connection.next_event()
        match event:
            case h11.NEED_DATA:
                connection.receive_data(await reader.read(65_536))
            case h11.Response(status_code=status):
                pass
            case h11.Data(data=data):
                body += data
                if len(body) > LARGEST_ANSWER:
                    return Reply(status, bytes(body[:LARGEST_ANSWER]))
            case h11.EndOfMessage():
                return Reply(status, bytes(body))
            case h11.InformationalResponse():
                pass
            case _:
                return Reply(None, problem="broken")
