"""Ids: unique, in the order of their making, readable as a time, and nothing else in their place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.at_once import at_once
from tether_calls.common.object_id import (
    first_object_id_at,
    is_object_id,
    new_object_id,
)

MOMENT = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001  # the strategy adds the zone
    max_value=datetime(2105, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def time_of(object_id: str) -> datetime:
    """The moment that an id was made."""
    return datetime.fromtimestamp(int(object_id[:12], 16) / 65536, tz=UTC)


def test_an_id_is_24_hex_digits() -> None:
    assert is_object_id(new_object_id())


def test_every_id_is_greater_than_the_one_before() -> None:
    ids = [new_object_id() for _ in range(5_000)]

    assert ids == sorted(set(ids))


def test_ids_made_in_several_threads_are_all_different() -> None:
    made = at_once([lambda: [new_object_id() for _ in range(2_000)]] * 4)

    assert all(ids == sorted(ids) for ids in made)
    assert len({object_id for ids in made for object_id in ids}) == 8_000


def test_an_id_tells_when_it_was_made() -> None:
    # Not the exact moment: where many are made at once they run ahead of the clock.
    assert abs(time_of(new_object_id()) - datetime.now(UTC)) < timedelta(minutes=5)


@given(moments)
def test_an_id_made_for_a_moment_tells_that_moment(moment: datetime) -> None:
    assert abs(time_of(new_object_id(moment)) - moment) <= timedelta(microseconds=20)


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
