"""The row before and the row behind another one, in any order of a list, with nulls wherever the database has them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.db.models import F, QuerySet

from calls.models import Call
from tests.factories import make_call
from tether_calls.accounts.models import User
from tether_calls.common.row_order import first_behind

ORDERS: dict[str, tuple[Any, ...]] = {
    "newest first": ("-start_time", "-id"),
    "oldest first": ("start_time", "pk"),
    "by id": ("-pk",),
    "longest first": ("-duration", "-id"),
    "shortest first": ("duration", "-id"),
    "longest first, without a duration last": (F("duration").desc(nulls_last=True), "-id"),
    "without a duration first": (F("duration").asc(nulls_first=True), "id"),
    "by three columns": ("status", "-duration", "id"),
}


@pytest.fixture
def calls(user: User) -> QuerySet[Call]:
    for duration, status in itertools.product((None, 5.0, 7.5), ("completed", "failed")):
        for _ in range(2):
            make_call(user, duration=duration, status=status)
    assert user.organization is not None
    return Call.objects.of_organization(user.organization.pk)


@pytest.mark.parametrize("order", ORDERS.values(), ids=list(ORDERS))
def test_going_on_from_row_to_row_is_the_order_of_the_list(calls: QuerySet[Call], order: tuple[Any, ...]) -> None:
    rows = calls.order_by(*order)
    listed = list(rows)
    expected = [*(call.pk for call in listed[1:]), None]
    assert [first_behind(rows, call) for call in listed] == expected
    assert [first_behind(rows, call, is_above=True) for call in listed] == [None, *(call.pk for call in listed[:-1])]


def test_only_rows_of_the_list_are_found(calls: QuerySet[Call]) -> None:
    rows = calls.filter(status="failed").order_by("-id")
    for call in calls.filter(status="completed"):
        behind = rows.filter(pk__lt=call.pk).first()
        assert first_behind(rows, call) == (behind and behind.pk)


def test_an_order_by_something_else_is_refused(calls: QuerySet[Call]) -> None:
    call = calls.first()
    assert call is not None
    with pytest.raises(LookupError):
        first_behind(calls.order_by("contact__first_name", "id"), call)
