"""The floor of `script/bench live`: `websockets` with nothing behind it, on the event loop that the service has.

A client says which calls it watches; a line of another connection, on the next port, goes to who watches its call.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from contextlib import suppress
from http import HTTPStatus

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol


async def main() -> None:
    port = int(sys.argv[1])
    watching: dict[str, set[ServerConnection]] = defaultdict(set)

    def answer(connection: ServerConnection, request: Request) -> Response | None:
        return connection.respond(HTTPStatus.OK, "") if request.path == "/healthz" else None

    async def listen(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in connection:
                command = json.loads(text)
                watching[command["callId"]].add(connection)
                await connection.send(json.dumps({"type": "watching", "callId": command["callId"]}))

    async def take(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            call_id, _, text = line.decode().partition(" ")
            broadcast(watching[call_id], text)

    turns = await asyncio.start_server(take, "127.0.0.1", port + 1)
    subprotocols = [Subprotocol("bearer")]
    async with turns, serve(listen, "127.0.0.1", port, subprotocols=subprotocols, process_request=answer) as one:
        await one.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
