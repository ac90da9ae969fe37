"""Deleting in slices: how many rows each has, and where the next one is looked for."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, repeat
from typing import Any

import pytest
from django.utils import timezone

from calls.models import Delivery
from tests.statements import statements_made
from tests.unhurried import HOUR
from tether_calls.accounts.models import EndedSession
from tether_calls.common import slices
from tether_calls.common.slices import delete_in_slices

pytestmark = pytest.mark.django_db


def make_deliveries(*sizes: int) -> None:
    for size in sizes:
        Delivery.objects.create(provider="sinch", verdict="valid", body=bytes(size))


def deleted(**how: Any) -> list[int]:
    return [piece.rows for piece in delete_in_slices(Delivery.objects.all(), **how)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "FEWEST_ROWS", 1)
    monkeypatch.setattr(slices, "FIRST_ROWS", 2)
    monkeypatch.setattr(slices, "MOST_ROWS", 5)


@pytest.mark.usefixtures("small")
def test_a_slice_that_was_quick_is_followed_by_a_greater_one_up_to_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "TARGET_SECONDS", HOUR)
    make_deliveries(*[1] * 14)

    assert deleted() == [2, 4, 5, 3]


@pytest.mark.usefixtures("small")
def test_a_slice_that_took_long_is_followed_by_a_smaller_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "TARGET_SECONDS", 0.0)
    make_deliveries(*[1] * 4)

    assert deleted() == [2, 1, 1]


@pytest.mark.usefixtures("small")
def test_a_slice_has_so_many_rows_at_least_however_long_one_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "FEWEST_ROWS", 3)
    monkeypatch.setattr(slices, "TARGET_SECONDS", 0.0)
    make_deliveries(*[1] * 8)

    assert deleted() == [2, 3, 3]


@pytest.mark.usefixtures("small")
def test_a_slice_that_was_quick_by_chance_is_not_followed_by_a_greater_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside others some are: the slowest of the last four tells how many rows there is time for."""
    monkeypatch.setattr(slices, "time", Clock(6.0, *[0.1] * 9))
    monkeypatch.setattr(slices, "TARGET_SECONDS", 6.0)
    make_deliveries(*[1] * 20)

    assert deleted() == [2, 2, 2, 2, 2, 4, 5, 1]


def test_large_rows_are_deleted_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "MOST_BYTES", 1_000)
    make_deliveries(400, 600, 1, 5_000, 1)

    assert deleted(weighed_by="body") == [2, 1, 1, 1]
    assert not Delivery.objects.exists()


class Clock:
    """Stands in for the module `time`: slices take so many seconds, then two each, and nothing waits."""

    def __init__(self, *seconds: float) -> None:
        self.now = 0.0
        self.waited: list[float] = []
        # Asked when a slice begins, and when it ends.
        self._passing = chain.from_iterable((0.0, each) for each in chain(seconds, repeat(2.0)))

    def monotonic(self) -> float:
        self.now += next(self._passing)
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


@pytest.mark.usefixtures("small")
def test_a_pause_is_as_long_as_its_own_slice_asks_for_whatever_is_done_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(slices, "time", clock)
    monkeypatch.setattr(slices, "LONGEST_PAUSE", HOUR)
    make_deliveries(*[1] * 4)

    for _ in delete_in_slices(Delivery.objects.all()):
        clock.now += 100  # other tables have their turns

    assert set(clock.waited) == {2 * slices.PAUSES}


@pytest.mark.usefixtures("small")
def test_rows_at_one_place_are_all_deleted() -> None:
    now = timezone.now()
    for _ in range(7):
        EndedSession.objects.create(expires_at=now)
    kept = EndedSession.objects.create(expires_at=now + timedelta(hours=1))

    pieces = list(delete_in_slices(EndedSession.objects.filter(expires_at__lte=now), by="expires_at"))

    assert sum(piece.rows for piece in pieces) == 7
    assert EndedSession.objects.get() == kept


@pytest.mark.usefixtures("small")
def test_what_may_not_go_yet_stays_and_keeps_nothing_else() -> None:
    make_deliveries(*[1] * 6)
    stuck = Delivery.objects.order_by("pk").first()
    assert stuck is not None

    pieces = list(delete_in_slices(Delivery.objects.all(), release=lambda ids: [pk for pk in ids if pk != stuck.pk]))

    assert sum(piece.rows for piece in pieces) == 5
    assert Delivery.objects.get() == stuck


@pytest.mark.usefixtures("small")
def test_what_is_deleted_is_not_read_again_nor_its_large_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    make_deliveries(*[1] * 6)
    newest = Delivery.objects.order_by("pk").last()
    assert newest is not None

    with statements_made() as made:
        deleted()

    looks = [statement for statement in made if statement.startswith("SELECT")]
    assert all('"id" > ' in look for look in looks[1:])
    assert newest.pk in looks[-1]
    assert not any('"headers"' in statement for statement in made)
