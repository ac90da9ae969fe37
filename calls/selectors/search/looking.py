"""One look for what a search finds in a period: one statement, in the words of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from calls.models import Call
from calls.models.call_words import organization_label
from calls.selectors.history import Position
from tether_calls.common.postgresql.replica import connection_of_reads
from tether_calls.common.search.asked import as_fts5, as_tsquery, is_exact_in_index
from tether_calls.common.search.periods import Period
from tether_calls.common.search.query import Search


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is looked for. `calls`: among these, None: among all; `are_few`: they are where to begin."""

    organization_id: str | None
    search: Search
    role: str | None
    calls: QuerySet[Call] | None = None
    are_few: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether what the index tells is all that there is to be known."""
        return self.calls is None and is_exact_in_index(self.search, part=self.role)

    @property
    def labels(self) -> list[str]:
        return [] if self.organization_id is None else [organization_label(self.organization_id)]


@contextmanager
def by_index() -> Iterator[None]:
    """Within, PostgreSQL reads no table from end to end. One statement, and a transaction.

    It takes words for short, since those of a call lie outside of its row: so it would rather read all there are.
    """
    if connection.vendor != "postgresql":
        yield
        return
    reads = connection_of_reads()
    with transaction.atomic(using=reads.alias):
        # wall: a setting of the transaction
        with reads.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        yield


@dataclass(frozen=True)
class Look:
    """What was found: the newest, as many as were asked for; how many in all; among how many that the index named."""

    calls: list[tuple[str, datetime]]
    found: int
    seen: int


_Part = tuple[str, list[Any]]


def look(asked: Asked, period: Period, *, after: Position | None, limit: int, most: int | None) -> Look:
    """What is found in the period and after the position. `most`: stop counting there; then only counts are right."""
    is_postgres = connection.vendor == "postgresql"
    seen = _seen(asked, period, after) if is_postgres else _seen_by_fts5(asked, period, after)
    found = _found(asked) if is_postgres else _among(asked)
    stop = "" if most is None else f" LIMIT {most}"
    sql = (
        f"WITH seen AS MATERIALIZED ({seen[0]}{stop if asked.is_exact else ''}),"  # noqa: S608
        f" found AS MATERIALIZED (SELECT call_id, start_time FROM seen WHERE {found[0]}{stop}),"
        f" page AS (SELECT call_id, start_time FROM found ORDER BY start_time DESC, call_id DESC LIMIT {max(limit, 0)})"
        " SELECT counts.seen, counts.found, page.call_id, page.start_time"
        " FROM (SELECT (SELECT count(*) FROM seen) AS seen, (SELECT count(*) FROM found) AS found) AS counts"
        " LEFT JOIN page ON true ORDER BY page.start_time DESC, page.call_id DESC"
    )
    # wall: what is seen is of the organization, where one is given; staff of the platform see all
    with connection_of_reads().cursor() as cursor:
        cursor.execute(sql, [*seen[1], *found[1]])
        rows = cursor.fetchall()
    calls = [(call_id, _moment(start_time)) for _, _, call_id, start_time in rows if call_id is not None]
    return Look(calls, found=rows[0][1], seen=rows[0][0])


def _seen(asked: Asked, period: Period, after: Position | None) -> _Part:
    """Those that the index of words names, or where there are few calls to look through, all of them."""
    if asked.are_few:
        condition, parameters = _is_one_of(asked.calls)
    else:
        condition, parameters = "words @@ %s::tsquery", [_tsquery(asked, period, is_rough=True)]
    where, more = _within(asked, period, after)
    return (
        f"SELECT call_id, start_time, words FROM calls_callwords WHERE {condition} AND {where}",  # noqa: S608
        [*parameters, *more],
    )


def _seen_by_fts5(asked: Asked, period: Period, after: Position | None) -> _Part:
    where, parameters = _within(asked, period, after)
    query = as_fts5(asked.search, part=asked.role, labels=asked.labels)
    return (
        "SELECT call_id, start_time FROM calls_callwords WHERE id IN"  # noqa: S608
        f" (SELECT rowid FROM calls_callwords_fts WHERE calls_callwords_fts MATCH %s) AND {where}",
        [query, *parameters],
    )


def _found(asked: Asked) -> _Part:
    """Which of those seen it is, where the index does not tell."""
    if asked.is_exact:
        return "true", []
    words = "words @@ %s::tsquery", [as_tsquery(asked.search, part=asked.role, labels=asked.labels)]
    if asked.are_few:
        return words
    condition, parameters = _among(asked)
    return f"{words[0]} AND {condition}", [*words[1], *parameters]


def _among(asked: Asked) -> _Part:
    """A scheduled call by its id: no plan of the database may begin with a filter that lets a million through."""
    if asked.calls is None:
        return "true", []
    sql, parameters = asked.calls.order_by().values("pk").query.sql_with_params()
    return f"({sql} AND calls_call.id = seen.call_id) IS NOT NULL", list(parameters)


def _is_one_of(calls: QuerySet[Call] | None) -> _Part:
    assert calls is not None
    sql, parameters = calls.order_by().values("pk").query.sql_with_params()
    return f"call_id IN ({sql})", list(parameters)


def _within(asked: Asked, period: Period, after: Position | None) -> _Part:
    adapt = connection.ops.adapt_datetimefield_value
    conditions: list[str] = ["start_time >= %s", "start_time < %s"]
    parameters: list[Any] = [adapt(period.begin), adapt(period.end)]
    if asked.organization_id is not None:
        conditions.append("organization_id = %s")
        parameters.append(asked.organization_id)
    if after is not None:
        conditions.append("(start_time < %s OR call_id < %s) AND start_time <= %s")
        moment = adapt(after.start_time)
        parameters += (moment, after.call_id, moment)
    return " AND ".join(conditions), parameters


def _tsquery(asked: Asked, period: Period, *, is_rough: bool) -> str:
    return as_tsquery(asked.search, part=asked.role, labels=asked.labels, one_label_of=period.labels, is_rough=is_rough)


def _moment(value: Any) -> datetime:
    """SQLite has text."""
    if isinstance(value, datetime):
        return value
    moment = parse_datetime(value)
    assert moment is not None
    return moment.replace(tzinfo=UTC)
