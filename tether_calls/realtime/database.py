"""The database, for what runs in the event loop of sockets."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from channels.db import database_sync_to_async

Result = TypeVar("Result")

# Threads of their own: a database that hangs must not keep a socket from answering a ping.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="realtime-database")


async def in_database(function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Call what reads the database in one of a few threads. Raises what it raises."""
    call: Any = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    result: Result = await call(*args, **kwargs)
    return result
