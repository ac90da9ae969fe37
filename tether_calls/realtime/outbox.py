"""Frames on their way to one socket."""

from __future__ import annotations

import asyncio
from collections import deque

from tether_calls.realtime.events import Encoded

# What waits for a client that reads slowly: so many frames, so many characters of them. Frames are shared between the
# sockets of an organization, so this is what its slowest one costs.
FRAMES_MAX = 1_000
CHARACTERS_MAX = 4 * 1024 * 1024


class Outbox:
    """What a socket has been handed and has not sent yet, in order.

    Past its bounds it has `overflowed`: it forgets what it holds and takes nothing more until `reset`.
    """

    def __init__(self) -> None:
        self._frames: deque[Encoded] = deque()
        self._characters = 0
        self._changed = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()
        self.overflowed = False
        # Whether what is handed has to wait for something else than the client: a resume goes first.
        self.held = True

    def has_room(self, frame: Encoded) -> bool:
        """Whether it can take this one; a single frame of any size it always can."""
        if self.overflowed or not self._frames:
            return True
        return len(self._frames) < FRAMES_MAX and self._characters + len(frame[1]) <= CHARACTERS_MAX

    def put(self, frame: Encoded) -> None:
        if self.overflowed:
            return
        if not self.has_room(frame):
            self.overflow()
            return
        self._frames.append(frame)
        self._characters += len(frame[1])
        self._roomy.clear()
        self._changed.set()

    def take(self) -> Encoded | None:
        """The oldest frame, or None where there is none."""
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._characters -= len(frame[1])
        if not self._frames:
            self._changed.clear()
            self._roomy.set()
        return frame

    def overflow(self) -> None:
        self._empty()
        self.overflowed = True
        self._changed.set()

    def reset(self) -> None:
        """Empty, and taking frames again."""
        self._empty()
        self.overflowed = False

    def _empty(self) -> None:
        self._frames.clear()
        self._characters = 0
        self._changed.clear()
        self._roomy.set()

    async def filled(self) -> None:
        """Wait until there is something to send, or it has overflowed."""
        await self._changed.wait()

    async def emptied(self) -> None:
        """Wait until all has been sent, or given up."""
        await self._roomy.wait()
