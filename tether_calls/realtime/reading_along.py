"""One reader per organization with watched calls reads what is said in them on, and hands it to their watchers.

The rows are the source. The channel layer only says that there may be something new; without a word from it the reader
looks once a second.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

from django.db import Error

from tether_calls.common.errors import TetherError
from tether_calls.realtime import follower
from tether_calls.realtime.database import in_database
from tether_calls.realtime.events import Encoded
from tether_calls.realtime.follower import BREATH_SECONDS, POLL_SECONDS, listen
from tether_calls.realtime.outbox import Outbox
from tether_calls.realtime.turns import Heard, encoded_end, encoded_silence, encoded_turn, turn_source
from tether_calls.realtime.waking import watchers_of

logger = logging.getLogger(__name__)


class Watch:
    """One socket reads along in one call; `over` is called when that has ended."""

    __slots__ = ("call_id", "outbox", "over", "sequence")

    def __init__(self, call_id: str, outbox: Outbox, over: Callable[[], None]) -> None:
        self.call_id, self.outbox, self.over = call_id, outbox, over
        # Of the last turn that it was handed.
        self.sequence = 0

    def hand(self, turns: list[tuple[int, Encoded]]) -> bool:
        """Whether all have been taken; what has not is handed again. A client that takes nothing any more is given up.

        It watches again then, and gets all of it.
        """
        new = [(sequence, frame) for sequence, frame in turns if sequence > self.sequence]
        taken = self.outbox.offer([frame for _, frame in new])
        if taken:
            self.sequence = new[taken - 1][0]
        if taken < len(new) and asyncio.get_running_loop().time() > self.outbox.moved_at + follower.PATIENCE_SECONDS:
            self.outbox.overflow()
        return taken == len(new)

    def end(self) -> None:
        self.outbox.offer([encoded_end(self.call_id)])
        self.over()


class Reader:
    """Of one organization, for the sockets that this process has of it."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        # Of each watched call: what ends listening to it, and why nothing is heard, if that is known.
        self._listening: dict[str, Callable[[], None]] = {}
        self._silent: dict[str, Encoded] = {}
        self._woken = asyncio.Event()
        group = watchers_of(organization_id)
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(listen(group, self._woken))]

    def add(self, watch: Watch) -> None:
        call_id = watch.call_id
        is_new = watch not in self._watches[call_id]
        self._watches[call_id].add(watch)
        self._woken.set()
        if call_id not in self._listening:
            loop = asyncio.get_running_loop()

            def tell(error: TetherError) -> None:
                with suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(self._fall_silent, call_id, error)

            self._listening[call_id] = turn_source().listen(self._organization_id, call_id, tell)
        elif is_new and (frame := self._silent.get(call_id)) is not None:
            watch.outbox.offer([frame])

    def _fall_silent(self, call_id: str, error: TetherError) -> None:
        """Each watcher is told once, also who comes later."""
        watches = self._watches.get(call_id)
        if watches:
            frame = self._silent[call_id] = encoded_silence(call_id, error)
            for watch in list(watches):
                watch.outbox.offer([frame])

    def remove(self, watch: Watch) -> bool:
        """Whether it was the last one; the reader has then ended."""
        watches = self._watches.get(watch.call_id, set())
        watches.discard(watch)
        if not watches:
            self._watches.pop(watch.call_id, None)
            self._silent.pop(watch.call_id, None)
            if (stop := self._listening.pop(watch.call_id, None)) is not None:
                stop()
        if self._watches:
            return False
        for task in self._tasks:
            task.cancel()
        return True

    async def _read(self) -> None:
        while True:
            self._woken.clear()
            try:
                heard = await in_database(turn_source().read_on, self._organization_id, self._known())
                is_behind = not self._hand(heard) or heard.is_cut
            except Error as error:
                logger.warning("What is said in calls cannot be read (%s); watchers wait", type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)
            except Exception:
                logger.exception("Reading along failed, and is tried again")
                await asyncio.sleep(POLL_SECONDS)
            else:
                await asyncio.sleep(BREATH_SECONDS)
                if not is_behind:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    def _known(self) -> dict[str, int]:
        return {call_id: min(watch.sequence for watch in watches) for call_id, watches in self._watches.items()}

    def _hand(self, heard: Heard) -> bool:
        """Whether all watchers have taken all of it."""
        is_taken = True
        for call_id, turns in heard.turns.items():
            frames = [(turn.sequence, encoded_turn(turn)) for turn in turns]
            for watch in list(self._watches.get(call_id, ())):
                is_taken = watch.hand(frames) and is_taken
        for call_id in heard.over:
            for watch in list(self._watches.get(call_id, ())):
                # One that came while this was read may lack turns; the next reading has them.
                if watch.sequence >= heard.through.get(call_id, 0):
                    watch.end()
        return is_taken


# Of an event loop and an organization: what a reader waits with belongs to its loop.
_readers: dict[tuple[AbstractEventLoop, str], Reader] = {}


def begin(organization_id: str, watch: Watch) -> None:
    """Have the watch handed all that was said in its call, and what is said from now on, until `end`."""
    key = (asyncio.get_running_loop(), organization_id)
    if key not in _readers:
        _readers[key] = Reader(organization_id)
    _readers[key].add(watch)


def end(organization_id: str, watch: Watch) -> None:
    """The last one to end ends the reader."""
    key = (asyncio.get_running_loop(), organization_id)
    reader = _readers.get(key)
    if reader is not None and reader.remove(watch):
        del _readers[key]
