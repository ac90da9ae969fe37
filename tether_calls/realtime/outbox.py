"""Frames on their way to one socket."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from tether_calls.common.sight import Sight
from tether_calls.common.socket_protocol import SharedText
from tether_calls.realtime.events import Encoded

# What waits for a client that reads slowly: so many frames, so many characters of them. Frames are shared between the
# sockets of an organization, so this is what its slowest one costs.
FRAMES_MAX = 1_000
CHARACTERS_MAX = 4 * 1024 * 1024
# How long a socket knows what its client has got by a resume: after a deployment all of them have just resumed.
REMEMBERED_SECONDS = 60.0


class Outbox:
    """What a socket is handed, and what of that it has not sent yet, in order.

    `write` takes a frame if the client is keeping up, and says whether it has; else the frame waits here until `flush`.
    Past its bounds the outbox has `overflowed`: it forgets what it holds and takes nothing more until `reset`;
    `give_up` is called, unless it is held.
    """

    __slots__ = (
        "_characters",
        "_emptied",
        "_frames",
        "_give_up",
        "_resumed",
        "_write",
        "held",
        "moved_at",
        "overflowed",
        "sight",
        "user_id",
    )

    def __init__(self, *, write: Callable[[SharedText], bool], give_up: Callable[[], None]) -> None:
        self._write = write
        self._give_up = give_up
        self._frames: deque[Encoded] = deque()
        self._characters = 0
        self._emptied: asyncio.Future[None] | None = None
        self.overflowed = False
        # Whose socket it is: it gets what is for all, and what is for this user.
        self.user_id = ""
        # Of which calls its user hears; None: of all.
        self.sight: Sight | None = None
        # Whether what is handed has to wait for something else than the client: a resume goes first.
        self.held = True
        # Ids of what a resume has sent.
        self._resumed: frozenset[str] = frozenset()
        # When the client has last taken something, by the clock of the event loop; from then on it is waited for.
        self.moved_at = 0.0

    def is_for(self, frame: Encoded) -> bool:
        """Whether its user is to hear of it."""
        if frame.user_id:
            return frame.user_id == self.user_id
        sight = self.sight
        if sight is None or frame.owners is None:
            return True
        return any(sight.includes(user_id=owner.user_id, number=owner.number) for owner in frame.owners)

    def offer(self, frames: Sequence[Encoded]) -> int:
        """Take as many as there is room for, in order; how many. What is held waits for nobody, and overflows."""
        for position, frame in enumerate(frames):
            if not self._put(frame):
                return position
        return len(frames)

    def _put(self, frame: Encoded) -> bool:
        if self.overflowed or frame.id in self._resumed or not self.is_for(frame):
            return True
        if not self._frames:
            if not self.held and self._write(frame.text):
                return True
            self.moved_at = asyncio.get_running_loop().time()
        elif len(self._frames) >= FRAMES_MAX or self._characters + len(frame.text.text) > CHARACTERS_MAX:
            if not self.held:
                return False
            self.overflow()
            return True
        self._frames.append(frame)
        self._characters += len(frame.text.text)
        return True

    def flush(self) -> None:
        """Send what waits, as far as the client takes it."""
        if self.held:
            return
        while self._frames:
            frame = self._frames[0]
            if frame.id not in self._resumed and not self._write(frame.text):
                break
            # Nothing is written by anything else meanwhile.
            self._frames.popleft()
            self._characters -= len(frame.text.text)
            self.moved_at = asyncio.get_running_loop().time()
        if not self._frames:
            self._tell_emptied()

    def release(self) -> None:
        """What was held goes out; what has overflowed meanwhile is given up."""
        self.held = False
        if self.overflowed:
            self._give_up()
        self.flush()

    def remember(self, ids: Sequence[str]) -> None:
        """Leave out what a resume has sent, if it is handed here as well: within a minute, then it is forgotten."""
        self._resumed = frozenset(ids)
        if ids:
            asyncio.get_running_loop().call_later(REMEMBERED_SECONDS, self._forget)

    def _forget(self) -> None:
        self._resumed = frozenset()

    def overflow(self) -> None:
        self._empty()
        if not self.overflowed:
            self.overflowed = True
            if not self.held:
                self._give_up()

    def reset(self) -> None:
        """Empty, and taking frames again."""
        self._empty()
        self.overflowed = False

    def end(self) -> None:
        """Take nothing any more; who waits for it waits no longer."""
        self.held = True
        self.overflow()

    def _empty(self) -> None:
        self._frames.clear()
        self._characters = 0
        self._tell_emptied()

    async def emptied(self) -> None:
        """Wait until all has been sent, or given up."""
        if self._frames:
            if self._emptied is None:
                self._emptied = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._emptied)

    def _tell_emptied(self) -> None:
        if self._emptied is not None:
            self._emptied.set_result(None)
            self._emptied = None
