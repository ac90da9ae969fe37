"""One follower per organization with open sockets reads the log on and hands every frame to each of them.

The log is the source. The channel layer only says that there may be something new; without a word from it the follower
looks once a second, so a word that is lost costs a second and no event.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import suppress

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error

from tether_calls.realtime.comparing import Compared, compared_now, read_on
from tether_calls.realtime.database import in_database
from tether_calls.realtime.events import Encoded
from tether_calls.realtime.log import PAGE, Found
from tether_calls.realtime.outbox import Outbox
from tether_calls.realtime.waking import group_of

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
# Between two reads, however many events there are: what comes within it is read at once.
BREATH_SECONDS = 0.02
# How long all sockets of an organization wait for those that have no room, before these are given up; and for how long
# one that has no room may have taken nothing.
PATIENCE_SECONDS = 1.0
# Frames that are handed to sockets before anything else may run.
PUTS_AT_ONCE = 1_000
# To get into the group, and how often to make sure of being there.
SUBSCRIBE_SECONDS = 10.0
SUBSCRIBE_AGAIN_SECONDS = 60.0
SUBSCRIBE_PAUSE_MAX_SECONDS = 30.0


async def pages(found: Found) -> AsyncIterator[list[Encoded]]:
    """The frames of what was found, page by page."""
    for start in range(0, len(found.ids), PAGE):
        yield await frames_of(found, start)


async def frames_of(found: Found, start: int) -> list[Encoded]:
    """One page of them."""
    return found.page(start) if found.frames else await in_database(found.page, start)


def _offered(outbox: Outbox, frames: list[Encoded]) -> int:
    """How many it has taken. One socket that fails is closed, and keeps nothing from the others."""
    try:
        return outbox.offer(frames)
    except Exception:
        logger.exception("A socket failed, and is closed")
        outbox.overflow()
        return len(frames)


async def _wait_for(outbox: Outbox, frames: list[Encoded], patience_ends: float) -> None:
    """Hand on what it had no room for, as it gets room; a client that reads nothing is waited for no longer."""
    while frames:
        try:
            async with asyncio.timeout_at(min(patience_ends, outbox.moved_at + PATIENCE_SECONDS)):
                await outbox.emptied()
        except TimeoutError:
            outbox.overflow()
        frames = frames[_offered(outbox, frames) :]


class Follower:
    """Reads the log of one organization for the sockets that this process has of it."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self._outboxes: set[Outbox] = set()
        self._woken = asyncio.Event()
        self._starting = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._compared: Compared | None = None
        # What has been found and is being handed on; what of it has been.
        self._found: tuple[Found, Compared] | None = None
        self._handed = 0

    async def attach(self, outbox: Outbox) -> None:
        """From when this returns the outbox gets all that becomes visible. Raises django.db.Error."""
        self._outboxes.add(outbox)
        async with self._starting:
            if not self._tasks:
                self._compared = await in_database(compared_now, self._organization_id)
                group = group_of(self._organization_id)
                self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(listen(group, self._woken))]

    def detach(self, outbox: Outbox) -> bool:
        """Whether it was the last one; the follower has then ended."""
        self._outboxes.discard(outbox)
        outbox.end()
        if self._outboxes:
            return False
        for task in self._tasks:
            task.cancel()
        return True

    # ---- Reading ---------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._read_on()
            except Error as error:
                # Where it went on from is where it goes on from.
                logger.warning("The event log cannot be read (%s); sockets wait", type(error).__name__)
                await asyncio.sleep(POLL_SECONDS)
            except Exception:
                logger.exception("A follower of the event log failed, and tries again")
                await asyncio.sleep(POLL_SECONDS)
            else:
                await asyncio.sleep(BREATH_SECONDS)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    async def _read_on(self) -> None:
        if self._found is None:
            assert self._compared is not None
            found, compared = await in_database(
                read_on,
                organization_id=self._organization_id,
                compared=self._compared,
                limit=settings.TETHER_RESUME_MAX_EVENTS,
                look_up=self._has_narrowed(),
            )
            if compared is None:
                await self._start_anew()
                return
            self._found, self._handed = (found, compared), 0
        found, compared = self._found
        while self._handed < len(found.ids):
            # All of a page may have been erased since it was found.
            if page := await self._page(found):
                await self._hand(page)
            self._handed += PAGE
        self._compared, self._found = compared, None

    async def _page(self, found: Found) -> list[Encoded]:
        """The next one; with whose it is, also where the first to ask for that has come since it was read."""
        page = await frames_of(found, self._handed)
        if self._has_narrowed() and not found.look_up:
            page = await frames_of(Found(found.organization_id, found.ids, look_up=True), self._handed)
        return page

    def _has_narrowed(self) -> bool:
        """Whether there is a socket whose user does not hear of all calls."""
        return any(outbox.sight is not None for outbox in self._outboxes)

    async def _start_anew(self) -> None:
        """More has happened than one resume sends: each socket is closed, so that its client resumes."""
        self._compared = await in_database(compared_now, self._organization_id)
        for outbox in self._outboxes:
            outbox.overflow()

    async def _hand(self, page: list[Encoded]) -> None:
        """Offer the page to every socket; wait for those that have no room for all of it, but not for long."""
        left: dict[Outbox, list[Encoded]] = {}
        outboxes = list(self._outboxes)
        at_once = max(1, PUTS_AT_ONCE // len(page))
        for start in range(0, len(outboxes), at_once):
            for outbox in self._outboxes.intersection(outboxes[start : start + at_once]):
                if (taken := _offered(outbox, page)) < len(page):
                    left[outbox] = page[taken:]
            # What has been written goes out, and other sockets are heard.
            await asyncio.sleep(0)
        patience_ends = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        await asyncio.gather(*(_wait_for(outbox, frames, patience_ends) for outbox, frames in left.items()))


# ---- Being woken -----------------------------------------------------------------------------------------------------


async def listen(group: str, woken: asyncio.Event) -> None:
    """Set `woken` whenever a channel group is sent something, for ever; while that fails it is tried again."""
    pause = 1.0
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await _be_woken(group, woken)
        except Exception as error:
            logger.warning("Nothing wakes the readers of %s (%s)", group.partition(".")[0], type(error).__name__)
        has_worked = asyncio.get_running_loop().time() - began > SUBSCRIBE_AGAIN_SECONDS
        pause = 1.0 if has_worked else min(2 * pause, SUBSCRIBE_PAUSE_MAX_SECONDS)
        await asyncio.sleep(pause)


async def _be_woken(group: str, woken: asyncio.Event) -> None:
    """Listen to the group, for as long as the channel layer works. Raises what that raises."""
    layer = get_channel_layer()
    assert layer is not None
    async with asyncio.timeout(SUBSCRIBE_SECONDS):
        channel = await layer.new_channel()
    message = asyncio.create_task(layer.receive(channel))
    try:
        while True:
            # Again and again: the in-memory layer forgets members, Redis' may lose a subscription.
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await layer.group_add(group, channel)
            subscribe_again = asyncio.get_running_loop().time() + SUBSCRIBE_AGAIN_SECONDS
            woken.set()
            while (seconds := subscribe_again - asyncio.get_running_loop().time()) > 0:
                await asyncio.wait({message}, timeout=seconds)
                if message.done():
                    message.result()
                    woken.set()
                    message = asyncio.create_task(layer.receive(channel))
    finally:
        message.cancel()
        with suppress(Exception):
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await layer.group_discard(group, channel)


# Of an event loop and an organization: what a follower waits with belongs to its loop.
_followers: dict[tuple[AbstractEventLoop, str], Follower] = {}


async def join(organization_id: str, outbox: Outbox) -> None:
    """Have the outbox handed all that becomes visible from when this returns. Raises django.db.Error."""
    key = (asyncio.get_running_loop(), organization_id)
    try:
        await _followers.setdefault(key, Follower(organization_id)).attach(outbox)
    except BaseException:
        leave(organization_id, outbox)
        raise


def leave(organization_id: str, outbox: Outbox) -> None:
    """The last one to leave ends the follower."""
    key = (asyncio.get_running_loop(), organization_id)
    follower = _followers.get(key)
    if follower is not None and follower.detach(outbox):
        del _followers[key]
