"""Three clients that follow the rules of docs/events.md, each in its own way: steady, resuming, restless."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol


class Client:
    """Connects, resumes from the last event that it has, and connects again when the connection ends.

    `received` are the ids of all events in the order in which they first came; `repeated` counts those that came again
    and `codes` the close codes.
    """

    def __init__(self, address: Callable[[], str], token: Callable[[], Awaitable[str]]) -> None:
        self._address = address
        self._token = token
        self.received: dict[str, None] = {}
        self.repeated = 0
        self.resumes = 0
        self.connections = 0
        self.incomplete = 0
        self.codes: dict[int | None, int] = {}
        self._last: str | None = None
        self._behind = False
        self._is_incomplete = False
        self._let_in = asyncio.Event()

    async def let_in(self) -> None:
        """Wait until it hears what happens from now on."""
        await self._let_in.wait()

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                protocols = [Subprotocol("bearer"), Subprotocol(await self._token())]
                async with connect(
                    self._address(), subprotocols=protocols, open_timeout=30, close_timeout=1, proxy=None
                ) as connection:
                    self.connections += 1
                    await self._open(connection)
                    failures = 0
                self.codes[connection.close_code] = self.codes.get(connection.close_code, 0) + 1
            except (OSError, WebSocketException, TimeoutError):
                failures += 1
                await asyncio.sleep(min(2.0, 0.05 * 2**failures) * random.uniform(0.5, 1.5))

    async def _open(self, connection: ClientConnection) -> None:
        beside = asyncio.create_task(self._beside(connection))
        try:
            self._behind = self._last is not None
            if self._behind:
                await self._resume(connection)
            else:
                await connection.send('{"type":"ping"}')
            async for text in connection:
                await self._receive(connection, json.loads(text))
        finally:
            beside.cancel()

    async def _resume(self, connection: ClientConnection) -> None:
        self.resumes += 1
        self._is_incomplete = False
        await connection.send(json.dumps({"type": "resume", "after": self._last}))

    async def _receive(self, connection: ClientConnection, message: dict[str, Any]) -> None:
        self._let_in.set()
        if "event" in message:
            if not self._behind:
                self._last = message["id"]
            if message["id"] in self.received:
                self.repeated += 1
            self.received.setdefault(message["id"])
        elif message.get("code") == "RESUME_INCOMPLETE":
            self.incomplete += 1
            self._is_incomplete = True
        elif message["type"] == "resumed":
            has_moved, self._last = self._last != message["through"], message["through"]
            if self._is_incomplete and has_moved:
                await self._resume(connection)
            else:
                self._behind = False

    async def _beside(self, connection: ClientConnection) -> None:
        """What it does besides listening."""


class Steady(Client):
    """Stays, and resumes only where its connection has ended."""


class Resuming(Client):
    """Resumes on the open socket too, every few moments."""

    every_seconds = (0.2, 3.0)

    async def _beside(self, connection: ClientConnection) -> None:
        with suppress(WebSocketException):
            while True:
                await asyncio.sleep(random.uniform(*self.every_seconds))
                if self._last is not None and not self._behind:
                    await self._resume(connection)


class Restless(Client):
    """Breaks its connection off every few moments, in the middle of what is being sent."""

    stays_seconds = (0.0, 2.0)

    async def _beside(self, connection: ClientConnection) -> None:
        await asyncio.sleep(random.uniform(*self.stays_seconds))
        connection.transport.abort()


KINDS: dict[str, type[Client]] = {"steady": Steady, "resuming": Resuming, "restless": Restless}
