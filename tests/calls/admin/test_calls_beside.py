"""From call to call: the page of a call leads to its neighbours in the list from which it was opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client

from calls.models import Call
from calls.services.lifecycle.keep_words import keep_words
from tests.admin_site import found, list_of, no_pages_made, page_of, rows_shown, statements_of
from tests.factories import make_call, make_contact
from tether_calls.accounts.models import User

NOON = datetime(2026, 5, 15, 12, tzinfo=UTC)


@pytest.fixture
def calls(user: User) -> list[Call]:
    """Seven calls, the newest first; two began at the same time, and every second one failed."""
    minutes = (6, 5, 4, 4, 3, 2, 1)
    made = [
        make_call(
            user,
            start_time=NOON + timedelta(minutes=minute),
            status="failed" if number % 2 else "completed",
            agent_name="Ada" if number < 3 else "",
            ai_summary="Asked where the parcel is." if number in (1, 4) else "",
        )
        for number, minute in enumerate(minutes)
    ]
    keep_words(*made)
    return sorted(made, key=lambda call: (call.start_time, call.pk), reverse=True)


def beside(client: Client, call: Call, query: str = "") -> Any:
    address = page_of(call) + (f"?{urlencode({'_changelist_filters': query})}" if query else "")
    return _beside_at(client, address)


def _beside_at(client: Client, address: str) -> Any:
    with no_pages_made():
        answer: Any = client.get(address)
    assert answer.status_code == 200
    return answer.context_data["beside"]


def walked(client: Client, first: Call, query: str = "", step: str = "next") -> list[str]:
    """The ids of the calls that one comes by, going on from the first."""
    ids, address = [first.pk], getattr(beside(client, first, query), step)
    while address and len(ids) < 20:
        ids.append(urlsplit(address).path.split("/")[4])
        assert parse_qs(urlsplit(address).query).get("_changelist_filters", [""]) == [query]
        address = getattr(_beside_at(client, address), step)
    return ids


def test_one_comes_by_every_call_in_the_order_of_the_list(staff: Client, calls: list[Call]) -> None:
    ids = [call.pk for call in calls]
    assert walked(staff, calls[0]) == ids
    assert walked(staff, calls[-1], step="previous") == ids[::-1]


def test_a_superuser_too(root: Client, calls: list[Call]) -> None:
    ids = [call.pk for call in found(root, Call)]
    last_made = Call.objects.get(pk=ids[0])
    assert walked(root, last_made) == ids


@pytest.mark.parametrize(
    "query",
    [
        "status__exact=failed",
        "agent_name=ad",
        "q=parcel",
        "q=%2B14165550100&status__exact=completed",
        "start_time_from=2026-05-15&start_time_to=2026-05-15",
        "is_starred__exact=0&p=1",
    ],
)
def test_the_filter_of_the_list_goes_along(staff: Client, calls: list[Call], query: str) -> None:
    listed = rows_shown(staff.get(f"{list_of(Call)}?{query}"))
    assert listed
    assert walked(staff, listed[0], query) == [call.pk for call in listed]
    assert beside(staff, listed[0], query).back == f"{list_of(Call)}?{query}"


@pytest.mark.parametrize("sign", ["", "-"])
def test_the_order_that_was_chosen_for_the_list_goes_along(staff: Client, calls: list[Call], sign: str) -> None:
    for call, duration in zip(calls, (5.0, None, 7.5, 5.0, 1.0, None, 2.0), strict=True):
        Call.objects.filter(pk=call.pk).update(duration=duration)
    columns = staff.get(list_of(Call)).context["cl"].list_display
    query = f"o={sign}{columns.index('length')}"
    listed = rows_shown(staff.get(f"{list_of(Call)}?{query}"))
    assert listed[0].duration == (7.5 if sign else 1.0)
    assert walked(staff, listed[0], query) == [call.pk for call in listed]
    assert walked(staff, listed[-1], query, step="previous") == [call.pk for call in reversed(listed)]


def test_a_call_that_is_not_in_the_list_any_more_still_has_its_place_in_it(staff: Client, calls: list[Call]) -> None:
    place = next(number for number, call in enumerate(calls) if number and call.status == "completed")
    above = [call.pk for call in calls[:place] if call.status == "failed"]
    below = [call.pk for call in calls[place:] if call.status == "failed"]
    shown = beside(staff, calls[place], "status__exact=failed")
    assert above[-1] in shown.previous
    assert below[0] in shown.next


def test_calls_of_others_are_never_neighbours(staff: Client, calls: list[Call], other_user: User) -> None:
    for minutes in range(8):
        make_call(other_user, start_time=NOON + timedelta(minutes=minutes, seconds=-1))
    assert walked(staff, calls[0]) == [call.pk for call in calls]
    assert walked(staff, calls[0], f"organization__id__exact={other_user.organization_id}")[1:] == []


def test_the_only_call_has_no_neighbours(staff: Client, user: User) -> None:
    shown = beside(staff, make_call(user))
    assert (shown.previous, shown.next, shown.back) == ("", "", list_of(Call))


def test_the_list_itself_hands_its_filter_to_its_calls(staff: Client, calls: list[Call]) -> None:
    shown = staff.get(list_of(Call), {"status__exact": "failed"}).content.decode()
    assert f"{page_of(calls[1])}?_changelist_filters=status__exact%3Dfailed" in shown


@pytest.mark.parametrize(
    "query",
    [
        "start_time__year=99999",
        "status__regex=(",
        "organization__users__password__startswith=a",
        "no_such_field=1",
        "q=%00",
        "contact__id__exact=x",
        "start_time_from=yesterday",
    ],
)
def test_an_address_that_was_changed_by_hand_opens_the_call_all_the_same(
    staff: Client, calls: list[Call], query: str
) -> None:
    shown = beside(staff, calls[0], query)
    assert (shown.previous, shown.next) == ("", "")


def test_it_costs_two_statements(staff: Client, calls: list[Call], user: User) -> None:
    def counted(query: str) -> int:
        return len(statements_of(staff, page_of(calls[2]), _changelist_filters=query))

    plain, filtered = counted(""), counted("status__exact=failed&agent_name=ada")
    # At most one more for a vendor's agent: whether it has few calls; before it PostgreSQL is told how to read them.
    assert filtered <= plain + 1 + (3 if connection.vendor == "postgresql" else 0)
    assert user.organization is not None
    for number in range(20):
        contact = make_contact(user.organization)
        make_call(user, contact=contact, start_time=NOON - timedelta(minutes=number))
    assert counted("") == plain
