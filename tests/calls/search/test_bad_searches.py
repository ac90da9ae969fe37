"""What is no search is refused by name; what is a strange one costs no more than another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from calls.selectors.search import find
from tests.calls.api.reading import assert_invalid, ids
from tests.calls.partner.partners import assert_error, partner_of
from tests.calls.search.searching import PARTNER_SEARCH, SEARCH, found, make_talk, search
from tests.clients import ApiClient
from tests.factories import UNKNOWN_ID
from tests.statements import statements_made
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

NO_SEARCHES = [
    *("", "a", "x" * 201, "the " * 50 + "s", "a\0b", "OR", "OR OR", '""', '"" ""', "--", "- -", "&&", "|| !!", "...."),
    *("-not", "-not -this", "a OR -b", '-"a phrase" OR b', "🔑🔑", "\u0301\u0301"),
]


@pytest.mark.parametrize("q", NO_SEARCHES)
def test_what_is_no_search_is_refused(q: str, api: ApiClient) -> None:
    assert_invalid(api.get(SEARCH, q=q), "q")


@pytest.mark.parametrize("q", ["", "x" * 201, "-not", "a\0b"])
def test_partners_are_refused_as_well(q: str, user: User) -> None:
    assert_error(partner_of(user).get(PARTNER_SEARCH, q=q), 400, "invalid_request")


def test_a_search_is_asked_for(api: ApiClient) -> None:
    assert_invalid(api.get(SEARCH), "q")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"role": "summary"}, "role"),
        ({"role": ""}, "role"),
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": ""}, "cursor"),
        ({"offset": 1}, "offset"),
        ({"include": "aiTranscript"}, "include"),
        ({"status": "gone"}, "status"),
        ({"contactId": "x"}, "contactId"),
        ({"fromNumber": "x"}, "fromNumber"),
        ({"startDate": "x"}, "startDate"),
        ({"startDate": "2026-05-02", "endDate": "2026-05-01"}, "endDate"),
        ({"tag": "x"}, "tag"),
    ],
)
def test_what_is_no_parameter_is_refused(query: dict[str, Any], path: str, api: ApiClient) -> None:
    assert_invalid(api.get(SEARCH, q="hello", **query), path)


def test_a_parameter_that_comes_twice_is_refused(api: ApiClient) -> None:
    assert_invalid(api.get(f"{SEARCH}?q=hello&q=there"), "q")
    assert_invalid(api.get(f"{SEARCH}?q=hello&role=agent&role=user"), "role")


@pytest.mark.parametrize(
    "q",
    [
        *("a " * 99, "a" * 200, "a" * 40, "a" * 40 + " " + "-b " * 50, "a OR " * 39 + "a", '"a" ' * 50),
        "-" * 198 + " a",
        *('a "', '"a', 'a"', "a -", "- a", "a -- b OR a", "a -OR", "' a", "\\ a", "a:*", "a & b | a", "(a OR", "a)"),
    ],
)
def test_a_strange_search_finds_what_it_says(q: str, api: ApiClient, user: User) -> None:
    call = make_talk(user, f"A b or {'a' * 40}.")
    if "b" in q and "-b" not in q and "OR" not in q:
        assert found(api, q) == ids(call)
    else:
        assert set(found(api, q)) <= set(ids(call))


def test_a_search_of_many_words_costs_the_statements_of_one(api: ApiClient, user: User) -> None:
    make_talk(user, "Hello there.")

    with statements_made() as one:
        search(api, "hello")
    with statements_made() as many:
        search(api, " ".join(f"w{number}" for number in range(50)) + " OR hello")

    # User; on PostgreSQL a setting, and the periods; one of these; the calls found, their recordings and notes;
    # the access log.
    assert len(one) == len(many) == 6 + 2 * (connection.vendor == "postgresql")


def test_a_cursor_is_of_one_search(api: ApiClient, user: User) -> None:
    for _ in range(2):
        make_talk(user, "Hello there.", "Hello.")
    cursor = search(api, "hello", limit=1)["nextCursor"]

    assert len(search(api, "hello", cursor=cursor)["hits"]) == 1
    for q, query in (
        ("there", {}),
        ("hello", {"role": "agent"}),
        ("hello", {"status": "completed"}),
        ("hello OR x", {}),
    ):
        assert_invalid(api.get(SEARCH, q=q, cursor=cursor, **query), "cursor")
    assert_invalid(api.get("/api/calls/history", cursor=cursor), "cursor")


def test_what_would_take_long_ends_and_goes_on_with_the_next_page(
    api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a look at each call tells phrases, on PostgreSQL; SQLite has them in its index, and one period."""
    monkeypatch.setattr(find, "MOST_LOOKED_AT", 2)
    newest = datetime(2026, 5, 15, tzinfo=UTC)
    for days in range(8):
        make_talk(user, "First second.", start_time=newest - timedelta(days=days))
    call = make_talk(user, "Second first.", start_time=newest - timedelta(days=100))

    pages = [search(api, '"second first"')]
    while "nextCursor" in pages[-1]:
        pages.append(search(api, '"second first"', cursor=pages[-1]["nextCursor"]))

    assert [hit["call"]["_id"] for page in pages for hit in page["hits"]] == ids(call)
    assert len(pages) == 1 or pages[0]["totalCapped"]


def test_very_much_is_counted_to_a_limit(api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "COUNT_CAP", 2)
    for _ in range(4):
        make_talk(user, "Hello.")

    first = search(api, "hello", limit=1)
    second = search(api, "hello", limit=1, cursor=first["nextCursor"])

    assert (first["total"], first["totalCapped"]) == (second["total"], second["totalCapped"]) == (2, True)


@pytest.mark.parametrize("end", ["0001-01-01", "0001-01-01T00:00:00.000001Z", "1969-12-31T23:59:59Z"])
def test_a_period_that_ends_before_all_time_has_no_calls(end: str, api: ApiClient, user: User) -> None:
    make_talk(user, "Hello.")

    assert search(api, "hello", endDate=end)["total"] == 0
    assert search(api, "hello", startDate="0001-01-01", endDate=end)["total"] == 0
    assert search(api, "hello", startDate="0001-01-01")["total"] == 1


def test_a_contact_that_is_nobodys_has_no_calls(api: ApiClient, user: User) -> None:
    make_talk(user, "Hello.")

    assert search(api, "hello", contactId=UNKNOWN_ID)["total"] == 0
