"""24-hex ObjectIds: unique without asking the database, ordered by the time of their making."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tether_calls.common.random_bytes import random_hex

OBJECT_ID = re.compile(r"[0-9a-f]{24}")

_lock = threading.Lock()
_last_tick = 0


def new_object_id(at: datetime | None = None) -> str:
    """Return a fresh id: 4 bytes of seconds, 2 bytes of 1/65536 s, 6 random bytes.

    Within a process every id is greater than the one before. `at` makes an id that sorts as if it were
    made at that moment (imports of past calls); such ids are unique but not monotonic.
    """
    global _last_tick
    if at is not None:
        tick = int(at.timestamp() * 65536)
    else:
        now = time.time_ns() * 65536 // 1_000_000_000
        with _lock:
            _last_tick = tick = max(now, _last_tick + 1)
    return f"{tick:012x}{random_hex(6)}"


def new_object_ids(count: int) -> list[str]:
    """Return fresh ids of one moment, in order, with no id of another process or thread between them."""
    if count < 1:
        return []
    first = new_object_id()
    # The random part counts on; where it would overflow, from a lower one.
    number = int(first[12:], 16) & ~0xFFFF if count > 1 else int(first[12:], 16)
    return [f"{first[:12]}{number + position:012x}" for position in range(count)]


def go_on_after(object_id: str) -> None:
    """Have every id that this process makes from now on be greater than this one, whatever the clock says."""
    global _last_tick
    with _lock:
        _last_tick = max(_last_tick, int(object_id[:12], 16))


def object_id_time(object_id: str) -> datetime:
    """The moment that an id was made, in UTC."""
    return datetime.fromtimestamp(int(object_id[:12], 16) / 65536, tz=UTC)


def first_object_id_at(moment: datetime) -> str:
    """The smallest id that can be made at `moment`: a bound for reading rows by age."""
    return f"{int(moment.timestamp() * 65536):012x}{'0' * 12}"


def is_object_id(value: object) -> bool:
    return isinstance(value, str) and OBJECT_ID.fullmatch(value) is not None


class ObjectIdConverter:
    """URL converter: anything that is not an id is no route at all, hence 404, and never reaches SQL."""

    regex = OBJECT_ID.pattern

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ObjectIdField(models.CharField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A 24-character id column; byte order on PostgreSQL, because that is the order of time."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 24)
        super().__init__(**kwargs)

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        # By its long name, since of a `varchar` Django makes a second index, for looking up how texts begin: that the
        # first one can do in this order.
        return 'character varying(24) COLLATE "C"' if connection.vendor == "postgresql" else "varchar(24)"

    # A foreign key takes its column type from here, so the collation is the same on both sides of a join.
    rel_db_type = db_type


class ObjectIdModel(models.Model):
    """Base of every table: the primary key is made here, before the INSERT."""

    id = ObjectIdField(primary_key=True, default=new_object_id, editable=False)

    class Meta:
        abstract = True
