"""Doing things at the same moment, each in a thread with a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

from tests.waiting import PATIENCE

T = TypeVar("T")


def at_once(tasks: Iterable[Callable[[], T]]) -> list[T]:
    """Start all tasks together and return what they return, in their order. Raises what one of them raises."""
    waiting = list(tasks)
    barrier = Barrier(len(waiting))

    def run(task: Callable[[], T]) -> T:
        try:
            barrier.wait(timeout=PATIENCE)
            return task()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(run, waiting))
