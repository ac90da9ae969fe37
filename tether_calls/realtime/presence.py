"""Who has a socket open: in the cache, for a minute at a time, renewed by the process that has it.

A process that is killed renews nothing, so what it had said runs out. What happens at once is written at once: a
thousand sockets that open after a deployment are a few round trips to the cache, and so are their renewals.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import islice, takewhile
from secrets import token_hex
from typing import NamedTuple

from django.core.cache import cache

from tether_calls.common.masking import digest_name

logger = logging.getLogger(__name__)

# How long somebody is present without being heard of again, and how often a process says so.
PRESENT_SECONDS = 60.0
RENEW_SECONDS = 20.0
# What happens within this time is written together.
GATHER_SECONDS = 0.05
# A page that is loaded anew closes its socket and opens another one: nobody has left.
LEAVE_SECONDS = 2.0
# Entries of one round trip.
AT_ONCE = 500

# One thread: a cache that hangs keeps it, and nothing else.
_threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="realtime-presence")


class Person(NamedTuple):
    """A user, in the organization whose events the socket gets."""

    organization_id: str
    user_id: str


def enter(person: Person) -> None:
    """A socket has been opened. Never waits."""
    loop = asyncio.get_running_loop()
    if loop not in _registers:
        _registers[loop] = _Register(loop)
    _registers[loop].enter(person)


def leave(person: Person) -> None:
    """One of the sockets that `enter` was told of has gone."""
    loop = asyncio.get_running_loop()
    if loop in _registers:
        _registers[loop].leave(person)


def present_among(*, organization_id: str, user_ids: Collection[str]) -> frozenset[str]:
    """Which of the users have a socket open, in any process. One round trip to the cache; nobody, where it is away."""
    names = {_name(Person(organization_id, user_id)): user_id for user_id in user_ids}
    if not names:
        return frozenset()
    try:
        found = cache.get_many(names)
    except Exception as error:
        # Its type only: the text of an error of the cache's client may name the server.
        logger.warning("Who has a socket open cannot be read (%s)", type(error).__name__)
        return frozenset()
    return frozenset(names[name] for name in found)


class _Register:
    """Who is present by the sockets of one event loop, and what of that the cache has been told."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        # Entries name who wrote them: what another process has written since is not taken away.
        self._writer = token_hex(8)
        self._sockets: Counter[Person] = Counter()
        # Of whom the cache has not been told; when it was told of the others, and when they left, the earliest first.
        self._new: dict[Person, None] = {}
        self._told: dict[Person, float] = {}
        self._left: dict[Person, float] = {}
        self._changed = asyncio.Event()
        self._task = loop.create_task(self._go_on())

    def enter(self, person: Person) -> None:
        self._sockets[person] += 1
        self._left.pop(person, None)
        if person not in self._told:
            self._new[person] = None
            self._changed.set()

    def leave(self, person: Person) -> None:
        self._sockets[person] -= 1
        if self._sockets[person] <= 0:
            del self._sockets[person]
            self._new.pop(person, None)
            self._left[person] = self._loop.time()
            self._changed.set()

    async def _go_on(self) -> None:
        """Until nobody is here, and the cache knows it."""
        try:
            while self._sockets or self._left:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._seconds_to_wait()):
                        await self._changed.wait()
                        await asyncio.sleep(GATHER_SECONDS)
                self._changed.clear()
                try:
                    await self._tell()
                except Exception as error:
                    # What was not told is told in the next round.
                    logger.warning("Who has a socket open cannot be written (%s)", type(error).__name__)
                    await asyncio.sleep(1.0)
                    self._changed.set()
        finally:
            if _registers.get(self._loop) is self:
                del _registers[self._loop]

    def _seconds_to_wait(self) -> float | None:
        renewal = next((at + RENEW_SECONDS for at in self._told.values()), None)
        leaving = next((at + LEAVE_SECONDS for at in self._left.values()), None)
        nearest = min((at for at in (renewal, leaving) if at is not None), default=None)
        return None if nearest is None else max(0.0, nearest - self._loop.time())

    async def _tell(self) -> None:
        now = self._loop.time()
        renewed = (person for person in _until(self._told, now - RENEW_SECONDS) if person in self._sockets)
        for people in _in_parts([*self._new, *renewed]):
            entries = {_name(person): self._writer for person in people}
            await self._in_thread(partial(cache.set_many, entries, PRESENT_SECONDS))
            for person in people:
                self._new.pop(person, None)
                self._told.pop(person, None)
                self._told[person] = now
        for people in _in_parts(_until(self._left, now - LEAVE_SECONDS)):
            names = [_name(person) for person in people]
            await self._in_thread(partial(self._take_away, names))
            for person in people:
                self._left.pop(person, None)
                self._told.pop(person, None)
                if person in self._sockets:
                    # Back again while it was taken away.
                    self._new[person] = None
                    self._changed.set()

    def _take_away(self, names: list[str]) -> None:
        cache.delete_many([name for name, writer in cache.get_many(names).items() if writer == self._writer])

    async def _in_thread(self, work: Callable[[], object]) -> None:
        await self._loop.run_in_executor(_threads, work)


_registers: dict[AbstractEventLoop, _Register] = {}


def _until(moments: dict[Person, float], end: float) -> list[Person]:
    return [person for person, _ in takewhile(lambda each: each[1] <= end, moments.items())]


def _in_parts(people: Iterable[Person]) -> Iterator[list[Person]]:
    left = iter(people)
    while part := list(islice(left, AT_ONCE)):
        yield part


def _name(person: Person) -> str:
    return digest_name("present", *person)
