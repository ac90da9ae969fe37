"""Looks after sockets that stay open: may their users still have them? One round for all sockets of a process."""

from __future__ import annotations

import asyncio
import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable

from django.db import Error

from tether_calls.realtime.database import in_database
from tether_calls.realtime.membership import Membership, still_hold

logger = logging.getLogger(__name__)

# How often it is looked at whether an open socket's user may still have it.
WATCH_SECONDS = 60.0
# Asked about at once, in two statements.
_AT_ONCE = 500


class Watched:
    """A membership that is looked after from now until `end`, or until `over` has been called: it holds no more."""

    __slots__ = ("_expiry", "_over", "membership")

    def __init__(self, membership: Membership, over: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self.membership = membership
        self._over = over
        self._expiry = loop.call_later(membership.seconds_left(), self.is_over)
        if loop not in _rounds:
            _rounds[loop] = set()
            _tasks[loop] = loop.create_task(_go_round(_rounds[loop]))
        _rounds[loop].add(self)

    def is_over(self) -> None:
        self.end()
        self._over()

    def end(self) -> None:
        """The last one to end ends the rounds."""
        loop = asyncio.get_running_loop()
        self._expiry.cancel()
        if (watched := _rounds.get(loop)) is not None:
            watched.discard(self)
            if not watched:
                del _rounds[loop]
                _tasks.pop(loop).cancel()


# What is watched, and what goes round, of each event loop.
_rounds: dict[AbstractEventLoop, set[Watched]] = {}
_tasks: dict[AbstractEventLoop, asyncio.Task[None]] = {}


async def _go_round(watched: set[Watched]) -> None:
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            await _look_at(list(watched))
        except Error as error:  # the next round will tell
            logger.warning("Who may have a socket cannot be read (%s)", type(error).__name__)
        except Exception:
            logger.exception("Looking after sockets failed, and goes on")


async def _look_at(watched: list[Watched]) -> None:
    for start in range(0, len(watched), _AT_ONCE):
        some = watched[start : start + _AT_ONCE]
        for one, holds in zip(some, await in_database(still_hold, [one.membership for one in some]), strict=True):
            # By the clock as well: that of the event loop does not know when the machine's is set.
            if not holds or not one.membership.seconds_left():
                one.is_over()
