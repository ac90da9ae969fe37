"""Reads that a replica may answer: `@may_read_replica` above a function that only reads.

What such a function is told is never older than what the primary had when it began, whoever wrote it: the primary is
asked how far its log is on disk, and the replica is read once it has replayed that far. So nobody misses a write of
their own, nor what an event has just told them of, and no write has to leave a note. Where the replica is not that far
within DATABASE_REPLICA_WAIT_SECONDS, or away, or breaks off, the primary answers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tether_calls.common.observing.metrics import REPLICA_READS

logger = logging.getLogger(__name__)

REPLICA = "replica"
# A replica that was not far enough, or away, is not asked again so soon; meanwhile reads wait for nothing.
REST_SECONDS = 2.0
# A change is told to the log at most so often: a replica at the edge would fill it.
TELL_EVERY_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.005

# Commits that were answered are on disk, except where they need not be. The number tells one cluster from another.
_OF_PRIMARY = """
    SELECT (CASE current_setting('synchronous_commit')
                WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END)::text,
           (SELECT system_identifier FROM pg_control_system())
"""
# No position where it is no standby: promoted, say, it has a history of its own.
_OF_REPLICA = """
    SELECT pg_is_in_recovery() AND system_identifier = %s, pg_last_wal_replay_lsn() >= %s::pg_lsn
    FROM pg_control_system()
"""

P = ParamSpec("P")
ResultT = TypeVar("ResultT")

# Which database the reads of a function under way go to; empty: outside of such a function.
_database: ContextVar[str | None] = ContextVar("database_of_reads", default=None)


class ReplicaRouter:
    """For Django: reads go where `may_read_replica` says, everything else to the primary."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _database.get() or DEFAULT_DB_ALIAS

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


def may_read_replica(read: Callable[P, ResultT]) -> Callable[P, ResultT]:
    """Have reads of the function answered by the replica; without one nothing changes.

    Its reads are the ORM's, and what goes through `connection_of_reads()`. It writes nothing, and returns no queryset
    or generator that reads later. It is called a second time where the replica breaks off. In a transaction, and
    inside another such function, it reads where that one reads.
    """

    @wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> ResultT:
        if not is_configured() or _database.get() is not None or connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return read(*args, **kwargs)
        if _watch.is_usable():
            try:
                answer = _reading_from(REPLICA, read, *args, **kwargs)
                REPLICA_READS.add("replica")
                return answer
            except (OperationalError, InterfaceError) as error:
                # Also what the replica cancels because it stands in the way of the replay.
                _watch.note(_away(error))
        REPLICA_READS.add("primary")
        return _reading_from(DEFAULT_DB_ALIAS, read, *args, **kwargs)

    return reading


def connection_of_reads() -> BaseDatabaseWrapper:
    """Where the ORM reads now, for SQL that is sent without it."""
    return connections[_database.get() or DEFAULT_DB_ALIAS]


def is_configured() -> bool:
    return REPLICA in settings.DATABASES


def is_usable() -> bool:
    """Ask it now, also while it rests. Raises what the primary raises."""
    return _watch.ask()


def _reading_from(database: str, read: Callable[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
    token = _database.set(database)
    try:
        return read(*args, **kwargs)
    finally:
        _database.reset(token)


def _reason_against() -> str | None:
    """Why this moment's state of the primary cannot be read from the replica; None where it can."""
    # wall: asks for no rows
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_OF_PRIMARY)
        position, cluster = cursor.fetchone()
    until = time.monotonic() + settings.DATABASE_REPLICA_WAIT_SECONDS
    try:
        # wall: asks for no rows
        with connections[REPLICA].cursor() as cursor:
            while True:
                cursor.execute(_OF_REPLICA, [cluster, position])
                is_ours, is_far_enough = cursor.fetchone()
                if not is_ours:
                    return "it is no standby of this primary"
                if is_far_enough:
                    return None
                if time.monotonic() >= until:
                    return "it is behind"
                time.sleep(_LOOK_EVERY_SECONDS)
    except (OperationalError, InterfaceError) as error:
        return _away(error)


def _away(error: Exception) -> str:
    """The session goes: what is broken would stay so until the request ends, and a job's never does."""
    connections[REPLICA].close()
    # Its type only: the text may name the server.
    return f"it is away ({type(error.__cause__ or error).__name__})"


class _Watch:
    """What this process knows of the replica."""

    def __init__(self) -> None:
        self._reason: str | None = None
        self._rests_until = 0.0
        self._told_reason: str | None = None
        self._told_at = float("-inf")
        # One at a time tries again what was not usable; the others do not wait for what may hang.
        self._trying = threading.Lock()

    def is_usable(self) -> bool:
        if self._reason is None:
            return self.ask()
        if time.monotonic() < self._rests_until or not self._trying.acquire(blocking=False):
            return False
        try:
            return self.ask()
        finally:
            self._trying.release()

    def ask(self) -> bool:
        reason = _reason_against()
        self.note(reason)
        return reason is None

    def note(self, reason: str | None) -> None:
        now = time.monotonic()
        if reason is not None:
            self._rests_until = now + REST_SECONDS
        self._reason = reason
        if (reason is None) == (self._told_reason is None) or now - self._told_at < TELL_EVERY_SECONDS:
            return
        self._told_reason, self._told_at = reason, now
        if reason is None:
            logger.info("The replica is read again")
        else:
            logger.warning("Reads go to the primary, not to the replica: %s", reason)


_watch = _Watch()
