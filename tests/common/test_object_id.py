"""Ids: unique, in the order of their making, readable as a time, and nothing else in their place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tests.at_once import at_once
from tether_calls.common.object_id import (
    first_object_id_at,
    is_object_id,
    new_object_id,
    new_object_ids,
    object_id_time,
)

MOMENT = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001  # the strategy adds the zone
    max_value=datetime(2105, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def test_an_id_is_24_hex_digits() -> None:
    assert is_object_id(new_object_id())


def test_every_id_is_greater_than_the_one_before() -> None:
    ids = [new_object_id() for _ in range(5_000)]

    assert ids == sorted(set(ids))


def test_ids_made_in_several_threads_are_all_different() -> None:
    made = at_once([lambda: [new_object_id() for _ in range(2_000)]] * 4)

    assert all(ids == sorted(ids) for ids in made)
    assert len({object_id for ids in made for object_id in ids}) == 8_000


@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_ids_made_together_are_in_order_and_of_one_moment(count: int) -> None:
    before, ids, after = new_object_id(), new_object_ids(count), new_object_id()

    assert len(set(ids)) == count
    assert [before, *ids, after] == sorted([before, *ids, after])
    assert len({event_id[:12] for event_id in ids}) == min(count, 1)
    assert all(is_object_id(event_id) for event_id in ids)


def test_no_other_thread_makes_an_id_between_those_made_together() -> None:
    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(lambda _: new_object_ids(10), range(500)))

    in_order = sorted(event_id for ids in batches for event_id in ids)
    assert {tuple(in_order[start : start + 10]) for start in range(0, 5_000, 10)} == {tuple(ids) for ids in batches}


def test_an_id_tells_when_it_was_made() -> None:
    # Not the exact moment: where many are made at once they run ahead of the clock.
    assert abs(object_id_time(new_object_id()) - datetime.now(UTC)) < timedelta(minutes=5)


@given(moments)
def test_an_id_made_for_a_moment_tells_that_moment(moment: datetime) -> None:
    assert abs(object_id_time(new_object_id(moment)) - moment) <= timedelta(microseconds=20)


@given(moments, moments)
def test_ids_made_for_moments_are_in_the_order_of_the_moments(one: datetime, other: datetime) -> None:
    if abs(one - other) > timedelta(microseconds=20):
        assert (new_object_id(one) < new_object_id(other)) == (one < other)


def test_ids_made_for_the_same_moment_are_different() -> None:
    assert len({new_object_id(MOMENT) for _ in range(1_000)}) == 1_000


@given(moments)
def test_the_first_id_of_a_moment_is_not_greater_than_any_of_it(moment: datetime) -> None:
    bound = first_object_id_at(moment)

    assert is_object_id(bound)
    assert bound <= new_object_id(moment)
    assert bound > first_object_id_at(moment - timedelta(milliseconds=1)) or moment.timestamp() < 0.001


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a" * 23,
        "a" * 25,
        "A" * 24,
        "g" * 24,
        "a" * 24 + "\n",
        " " + "a" * 23,
        "\u0660" * 24,
        "0x" + "a" * 22,
        None,
        5,
        b"a" * 24,
    ],
)
def test_anything_else_is_no_id(value: Any) -> None:
    assert not is_object_id(value)


SECOND_INDEX = "CREATE INDEX calls_call_id_3eaa6da1_like ON calls_call (id varchar_pattern_ops)"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one of each column")
@pytest.mark.django_db(transaction=True)
def test_a_column_of_ids_has_one_index_also_where_it_has_had_two() -> None:
    one_index = import_module("calls.migrations.0059_one_index_of_ids")
    with connection.cursor() as cursor:
        assert second_indexes(cursor, one_index) == []
        cursor.execute(SECOND_INDEX)
        assert second_indexes(cursor, one_index) == ["calls_call_id_3eaa6da1_like"]

        one_index.drop_second_indexes(apps, connection.schema_editor())

        assert second_indexes(cursor, one_index) == []


def second_indexes(cursor: Any, migration: Any) -> list[str]:
    cursor.execute(migration._SECOND_INDEXES)
    return [name for (name,) in cursor.fetchall()]
