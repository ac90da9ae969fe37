"""Sends to channel groups from any thread, without waiting.

A channel layer belongs to an event loop: the in-memory one to the server's, because its queues are polled there, and a
Redis one to whichever loop opened its connections. So there is one loop per process: the server's where the process is
an ASGI server (it says so with `use_loop`), else a loop of our own in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from concurrent.futures import Future
from typing import Any

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

# Sends under way at once. Past it, with a layer that hangs, events are left to the log instead of to memory.
MAX_PENDING = 1_000
SEND_SECONDS = 10
WARN_EVERY_SECONDS = 60.0

_loop: asyncio.AbstractEventLoop | None = None
_lock = threading.Lock()
_pending = threading.BoundedSemaphore(MAX_PENDING)
_last_warning = float("-inf")


def use_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Name the loop that the channel layer lives in; called by the ASGI application where it starts."""
    global _loop
    _loop = loop


def send_to_group(group: str, message: dict[str, Any], *, delay: float = 0.0) -> None:
    """Hand a message to the channel layer, in `delay` seconds, and return at once.

    A failure is logged, and the event log has it all.
    """
    if not _pending.acquire(blocking=False):
        _warn("too many events are waiting for the channel layer")
        return
    try:
        future = run(_group_send(group, message, delay))
    except BaseException:
        _pending.release()
        raise
    future.add_done_callback(_finished)


def run(coroutine: Any) -> Future[Any]:
    """Run a coroutine in the channel layer's loop."""
    return asyncio.run_coroutine_threadsafe(coroutine, _running_loop())


async def _group_send(group: str, message: dict[str, Any], delay: float = 0.0) -> None:
    if delay > 0:
        await asyncio.sleep(delay)
    layer = get_channel_layer()
    assert layer is not None
    async with asyncio.timeout(SEND_SECONDS):
        await layer.group_send(group, message)


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop
    with _lock:
        if _loop is None or _loop.is_closed():
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="channel-layer", daemon=True).start()
            _loop = loop
        return _loop


def _finished(future: Future[Any]) -> None:
    error = future.exception() if not future.cancelled() else None
    if error is not None:
        _warn(f"the channel layer is away ({type(error).__name__}); they come from the event log, up to a second late")
    _pending.release()


def _warn(sentence: str) -> None:
    global _last_warning
    with _lock:  # failures come in several threads at once
        now = time.monotonic()
        if now - _last_warning <= WARN_EVERY_SECONDS:
            return
        _last_warning = now
    logger.warning("Events are not being sent: %s", sentence)


def _forget_loop() -> None:
    """After a fork the parent's threads are gone, and so is its loop."""
    global _loop, _lock, _pending
    _loop, _lock, _pending = None, threading.Lock(), threading.BoundedSemaphore(MAX_PENDING)


os.register_at_fork(after_in_child=_forget_loop)
