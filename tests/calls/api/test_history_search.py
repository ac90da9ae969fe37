"""GET /api/calls/history?q=: by number, by contact, by words of the summary."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call
from calls.selectors import history as selector
from contacts.models import Contact
from tests.calls.api.reading import found, history, ids
from tests.clients import ApiClient
from tests.factories import make_call, make_contact
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim(user: User) -> Contact:
    assert user.organization is not None
    return make_contact(
        user.organization,
        first_name="Kim",
        last_name="O'Brien-Łuk",
        email="kim@acme.test",
        phone_number="+442079460018",
    )


@pytest.fixture
def call(user: User, kim: Contact) -> Call:
    """A call with Kim, among others."""
    make_call(user, ai_summary="Nothing of interest.")
    call = make_call(
        user, contact=kim, from_number="+14165550123", ai_summary="Moved the appointment to Friday at 2pm."
    )
    assert user.organization is not None
    make_call(
        user, contact=make_contact(user.organization, first_name="Lee", last_name="Smith", phone_number="+33142685300")
    )
    return call


@pytest.mark.parametrize(
    "text",
    [
        *("Kim", "kim", "KIM", "brien", "O'Brien", "Kim O'Brien-Łuk", "brien kim", "acme.test", "kim@acme"),
        *("2079460018", "44207", "0018", "+442079460018", "442079460018", " 442079460018"),
        *("+14165550123", "14165550123", " 14165550123"),
        *("appointment", "APPOINTMENT", "Friday", "appointment friday", "friday moved"),
    ],
)
def test_a_call_is_found_by(text: str, api: ApiClient, call: Call) -> None:
    assert found(api, q=text) == ids(call)


@pytest.mark.parametrize(
    "text",
    [
        *("Robin", "Kim Smith", "appointment monday", "brien appointment"),
        *(
            "%%",
            "__",
            "_im",
            "K%m",
            "\\\\",
            "''",
            "';--",
            "()",
            "& |",
            "<->",
            "**",
            ":*",
            "!!",
            '""',
            "\ud7ff\ud7ff",
            "🔑🔑",
        ),
        *("+14165550", "555012", "+999999999999999"),
    ],
)
def test_a_call_is_not_found_by(text: str, api: ApiClient, call: Call) -> None:
    assert found(api, q=text) == []


def test_a_search_is_for_calls_that_meet_the_other_filters_too(api: ApiClient, user: User, call: Call) -> None:
    make_call(user, contact=call.contact, direction="inbound")

    assert found(api, q="Kim", direction="outbound") == ids(call)


def test_a_search_tells_how_many_it_found(api: ApiClient, user: User, call: Call) -> None:
    make_call(user, contact=call.contact)

    page = history(api, q="Kim", limit=1)

    assert (len(page["calls"]), page["total"], "totalCapped" in page) == (1, 2, False)


def test_a_search_that_finds_very_much_stops_counting_and_says_so(
    api: ApiClient, user: User, call: Call, monkeypatch: Any
) -> None:
    monkeypatch.setattr(selector, "SEARCH_COUNT_CAP", 2)
    for _ in range(2):
        make_call(user, contact=call.contact)

    page = history(api, q="Kim", limit=1)

    assert (page["total"], page["totalCapped"]) == (2, True)


def test_the_next_page_of_such_a_search_says_so_too(api: ApiClient, user: User, call: Call, monkeypatch: Any) -> None:
    monkeypatch.setattr(selector, "SEARCH_COUNT_CAP", 2)
    for _ in range(2):
        make_call(user, contact=call.contact)

    page = history(api, q="Kim", limit=1, cursor=history(api, q="Kim", limit=1)["nextCursor"])

    assert (page["total"], page["totalCapped"]) == (2, True)
