"""The floor of `script/bench sockets`: `websockets` with nothing behind it, on the event loop that the service has.

GET /broadcast sends the text of a file to every open connection, as that library does it.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from pathlib import Path

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol


async def main() -> None:
    port, text = int(sys.argv[1]), Path(sys.argv[2])
    listening: set[ServerConnection] = set()

    def answer(connection: ServerConnection, request: Request) -> Response | None:
        if request.path == "/broadcast":
            broadcast(listening, text.read_text())
        elif request.path != "/healthz":
            return None
        return connection.respond(HTTPStatus.OK, "")

    async def listen(connection: ServerConnection) -> None:
        listening.add(connection)
        try:
            await connection.wait_closed()
        finally:
            listening.discard(connection)

    subprotocols = [Subprotocol("bearer")]
    async with serve(listen, "127.0.0.1", port, subprotocols=subprotocols, process_request=answer, backlog=2048) as one:
        await one.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
