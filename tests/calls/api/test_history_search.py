"""GET /api/calls/history?q=: by number, by contact, by words of the summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection

from calls.models import Call
from calls.selectors import finding
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


SUMMARY = "Söhne & Co. hung up: cut-off at 9.30am, was off-hook; mail kim@acme.test or see docs.example.com. ÉTÉ 2026"


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        # No sign is an operator, wherever it stands.
        *(("-söhne", True), ("!hung", True), ("-up -hung", True), ('"up hung"', True), ("hung -up", True)),
        *(("hung | nobody", False), ("hung or nobody", False), ("OR hung", True), ("hung & up", True)),
        *(("hung AND up", False), ("NOT hung", False), ("(hung)", True), ("up:*", True), ("hung<->nobody", False)),
        *(("-nobody", False), ("--", False), ("&|!", False), ("hung* up?", True)),
        # Letter case counts in no alphabet, accents do.
        *(("SÖHNE", True), ("söhne", True), ("Söhne", True), ("sohne", False), ("été", True), ("Été", True)),
        *(("ete", False), ("HUNG Up", True)),
        # Words are whole.
        *(("hun", False), ("ung", False), ("söhnen", False), ("off", True), ("hook", True), ("OFF-hook", True)),
        *(("cut-hook", False), ("cutoff", False), ("9.30", True), ("9.30am", True), ("30am", False)),
        *(("kim@acme.test", True), ("acme.test", False), ("docs.example.com", True), ("docs", False), ("2026", True)),
    ],
)
def test_words_of_the_summary_mean_the_same_on_every_database(
    api: ApiClient, user: User, text: str, is_found: bool
) -> None:
    call = make_call(user, ai_summary=SUMMARY)
    make_call(user, ai_summary="Asked for an appointment.")

    assert found(api, q=text) == (ids(call) if is_found else [])


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        *(
            ("ŁUK", True),
            ("łuk", True),
            ("öz", True),
            ("ÖZ", True),
        ),
        *(("oz", False), ("Straße", True), ("STRASSE", False)),
        *(("οδος", True), ("ΟΔΟΣ", True), ("-łuk", False), ("%%", False), ("ł_k", False), ("łuk ÖZ", True)),
    ],
)
def test_names_mean_the_same_on_every_database(api: ApiClient, user: User, text: str, is_found: bool) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Łuk Straße", last_name="Özil-Οδος")
    call = make_call(user, contact=contact)

    assert found(api, q=text) == (ids(call) if is_found else [])


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
    monkeypatch.setattr(selector, "COUNT_CAP", 2)
    for _ in range(2):
        make_call(user, contact=call.contact)

    page = history(api, q="Kim", limit=1)

    assert (page["total"], page["totalCapped"]) == (2, True)


def test_the_next_page_of_such_a_search_says_so_too(api: ApiClient, user: User, call: Call, monkeypatch: Any) -> None:
    monkeypatch.setattr(selector, "COUNT_CAP", 2)
    for _ in range(2):
        make_call(user, contact=call.contact)

    page = history(api, q="Kim", limit=1, cursor=history(api, q="Kim", limit=1)["nextCursor"])

    assert (page["total"], page["totalCapped"]) == (2, True)


@pytest.mark.parametrize(
    ("refunds", "total", "is_capped"),
    [
        # Of 20 calls, the newest first. Among the newest eight it is seen that there are more than can be counted;
        ([0, 1, 2], 2, True),
        (range(20), 2, True),
        # where these are too few, all are counted, whether there are more of them or not.
        ([0, 1], 2, False),
        ([0, 1, 19], 2, True),
        ([0, 18], 2, False),
        ([0], 1, False),
        ([17, 18, 19], 2, True),
        ([], 0, False),
    ],
)
def test_calls_are_counted_in_the_same_way_wherever_in_history_they_are(
    api: ApiClient, user: User, monkeypatch: Any, refunds: Sequence[int], total: int, is_capped: bool
) -> None:
    monkeypatch.setattr(selector, "COUNT_CAP", 2)
    monkeypatch.setattr(finding, "NEWEST", 4)
    monkeypatch.setattr(finding, "FEW", 1)
    calls = make_calls(user, refunds)

    page = history(api, q="refund", limit=100)

    assert (page["total"], page.get("totalCapped", False)) == (total, is_capped)
    assert [call["_id"] for call in page["calls"]] == [calls[place].pk for place in refunds]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite reads summaries one by one anyway")
@pytest.mark.parametrize(("refunds", "is_common"), [([0], False), ([0, 7], True), ([0, 8], False), ([4, 5], False)])
def test_what_few_calls_have_is_found_by_the_index_though_the_newest_have_it(
    user: User, monkeypatch: Any, refunds: Sequence[int], is_common: bool
) -> None:
    """Of the newest four calls one or more, and of the newest eight two."""
    monkeypatch.setattr(finding, "NEWEST", 4)
    monkeypatch.setattr(finding, "FEW", 2)
    make_calls(user, refunds)

    assert finding.find(user.home_id, "refund").is_common is is_common


def test_of_a_period_its_own_newest_calls_are_counted(api: ApiClient, user: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(selector, "COUNT_CAP", 2)
    monkeypatch.setattr(finding, "NEWEST", 4)
    monkeypatch.setattr(finding, "FEW", 1)
    calls = make_calls(user, [0, 1, 10, 11, 12])

    def counted(before: Call) -> tuple[int, bool]:
        page = history(api, q="refund", endDate=before.start_time.isoformat())
        return page["total"], page.get("totalCapped", False)

    assert [counted(calls[place]) for place in (9, 10, 12)] == [(2, True), (2, False), (0, False)]


def test_a_common_word_finds_nothing_of_another_organization(
    api: ApiClient, user: User, other_user: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(selector, "COUNT_CAP", 2)
    monkeypatch.setattr(finding, "NEWEST", 4)
    monkeypatch.setattr(finding, "FEW", 1)
    make_calls(other_user, range(20))
    calls = make_calls(user, [0, 9])

    page = history(api, q="refund")

    assert ([call["_id"] for call in page["calls"]], page["total"]) == (ids(calls[0], calls[9]), 2)


def make_calls(user: User, refunds: Sequence[int]) -> list[Call]:
    """Twenty calls, the newest first; of those at the places `refunds` the summary has the word."""
    said = ["Asked for a refund." if place in refunds else "Asked for nothing." for place in range(20)]
    return [make_call(user, ai_summary=summary) for summary in reversed(said)][::-1]
