"""GET /api/calls/search: what is found, in which order, and what is shown of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from calls.models import Call
from tests.calls.api.reading import ids
from tests.calls.search.searching import found, make_talk, search, texts
from tests.clients import ApiClient
from tests.factories import make_contact
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(user: User) -> Call:
    """A call about a leak, among others."""
    make_talk(user, "Good morning.", "I would like to renew.", ai_summary="Renewed.")
    call = make_talk(
        user,
        "Hello, this is Zoë from O'Brien & Søns.",
        "The <b>dish-washer</b> leaks; my number is (416) 555-0123.",
        "We will send a plumber to Łódź.",
        ai_summary="Leak reported, plumber booked for Friday.",
    )
    make_talk(user, "Nobody is here.", ai_summary="Plumbers were not talked about.")
    return call


@pytest.mark.parametrize(
    "q",
    [
        *("leaks", "LEAKS", "plumber", "plumber leaks", "leaks plumber", "friday zoe", "ZOË", "zoe", "Lodz", "łódź"),
        *(
            "o'brien",
            "brien",
            "O\u2019Brien",
            "sons",
            "søns",
            "SØNS",
            "dish washer",
            "dish-washer",
            "dishwasher OR leaks",
        ),
        *('"we will send"', '"WE WILL, send"', '"plumber to Lodz"', "plumber -nothing", 'leaks -"the leaks"'),
        *("nothing OR plumber", "nothing OR nobodyelse OR zoe", "OR zoe OR", '"zoe', "zoe &&& !!", "-- zoe"),
    ],
)
def test_a_call_is_found_by(q: str, api: ApiClient, call: Call) -> None:
    assert found(api, q) == ids(call)


@pytest.mark.parametrize(
    "q",
    [
        *("plumb", "lumber", "leaks nothing", '"send we"', '"zoe from leaks"', "plumber -friday", 'plumber -"we will"'),
        *("nothing OR neither", "dishwasher", '"sons the dish"', "leaks or nobodyelse"),
    ],
)
def test_a_call_is_not_found_by(q: str, api: ApiClient, call: Call) -> None:
    assert found(api, q) == []


@pytest.mark.parametrize(
    "q",
    [
        *("416 555 0123", "4165550123", "+1 416-555-0123", "+14165550123", "(416) 555 01 23", "555-0123"),
        *("0014165550123", '"+14165550123"', "plumber +1 (416) 555-0123", "tel:+14165550123"),
        *("416-555-0123,", "plumber, +14165550123?", "'+14165550123", "[416] 555-0123", "Tel:+1-416-555-0123;"),
        *("\u202a+14165550123\u202c", "\uff0b\uff11\uff14\uff11\uff16\uff15\uff15\uff15\uff10\uff11\uff12\uff13"),
    ],
)
def test_a_number_is_found_in_every_spelling(q: str, api: ApiClient, call: Call) -> None:
    assert found(api, q) == ids(call)


@pytest.mark.parametrize(
    "said",
    [
        *("4165550123 4165550199", "416 555 0123 416 555 0199", "From 2026-05-15 416-555-0123 on."),
        *("416-555-0123 24/7", "+1 (416) 555-0123 24 hours", "416-555-0123. 2 of us.", "[416] 555-0123"),
        *("4 1 6 5 5 5 0 1 2 3 4 1 6 5 5 5 0 1 9 9", "\u202d+1\u2060416\u2060555\u20600123\u202c"),
    ],
)
@pytest.mark.parametrize("q", ["+14165550123", "416 555 0123"])
def test_a_number_is_found_beside_other_digits(q: str, said: str, api: ApiClient, user: User) -> None:
    call = make_talk(user, f"It is {said} as I said.")
    make_talk(user, "It is 4165550199 4165550124 as I said.")

    assert found(api, q) == ids(call)
    assert "<mark>" in texts(api, q)[0]


@pytest.mark.parametrize("q", ["+16475550123", "647 555 0123", "5550124", "plumber -4165550123"])
def test_another_number_is_not(q: str, api: ApiClient, call: Call) -> None:
    assert found(api, q) == []


def test_what_is_shown_is_escaped_and_marked(api: ApiClient, call: Call) -> None:
    assert texts(api, "washer 4165550123") == [
        "The &lt;b&gt;dish-<mark>washer</mark>&lt;/b&gt; leaks; my number is (<mark>416) 555-0123</mark>."
    ]


def test_a_match_tells_where_it_was_said(api: ApiClient, call: Call) -> None:
    assert search(api, "plumber leaks")["hits"][0]["matches"] == [
        {
            "turn": 1,
            "role": "user",
            "timestamp": 2.5,
            "text": "The &lt;b&gt;dish-washer&lt;/b&gt; <mark>leaks</mark>; my number is (416) 555-0123.",
        },
        {"turn": 2, "role": "agent", "timestamp": 5, "text": "We will send a <mark>plumber</mark> to Łódź."},
        {"role": "summary", "text": "Leak reported, <mark>plumber</mark> booked for Friday."},
    ]


def test_a_phrase_is_marked_where_its_words_stand_together(api: ApiClient, user: User) -> None:
    make_talk(user, "You thank, and then: thank you. Thank   YOU!")

    assert texts(api, '"thank you"') == ["You thank, and then: <mark>thank you</mark>. <mark>Thank   YOU</mark>!"]


def test_at_most_five_places_are_shown_those_with_most_of_it(api: ApiClient, user: User) -> None:
    make_talk(user, *["A leak."] * 6, "A leak and a plumber.")

    matches = search(api, "leak plumber")["hits"][0]["matches"]

    assert [match["turn"] for match in matches] == [0, 1, 2, 3, 6]


def test_of_a_long_turn_a_part_is_shown(api: ApiClient, user: User) -> None:
    make_talk(user, f"{'word ' * 1_000}needle {'word ' * 1_000}")

    (text,) = texts(api, "needle")

    assert text.startswith("…")
    assert text.endswith("…")
    assert "<mark>needle</mark>" in text
    assert len(text) < 2_100


def test_a_hit_has_the_call_without_its_transcript(api: ApiClient, call: Call) -> None:
    (hit,) = search(api, "leaks")["hits"]

    assert "aiTranscript" not in hit["call"]
    assert hit["call"]["aiSummary"] == call.ai_summary


@pytest.mark.parametrize(
    ("q", "role", "is_found"),
    [
        *(("leaks", "user", True), ("leaks", "agent", False), ("plumber", "agent", True), ("plumber", "user", False)),
        *(("friday", "agent", False), ("friday", "user", False), ("leaks plumber", "user", False)),
        *(("leaks -plumber", "user", True), ('"we will"', "agent", True), ('"we will"', "user", False)),
        *(("4165550123", "user", True), ("4165550123", "agent", False)),
    ],
)
def test_a_role_is_what_one_side_said(q: str, role: str, is_found: bool, api: ApiClient, call: Call) -> None:
    assert found(api, q, role=role) == (ids(call) if is_found else [])


def test_with_a_role_only_what_it_said_is_shown(api: ApiClient, call: Call) -> None:
    matches = search(api, "plumber", role="agent")["hits"][0]["matches"]

    assert [match["role"] for match in matches] == ["agent"]


def test_scripts_without_blanks_are_found_by_parts(api: ApiClient, user: User) -> None:
    call = make_talk(user, "明日の午後に配管工を送ります。")
    make_talk(user, "工管配")

    assert found(api, "配管工") == ids(call)


@pytest.mark.parametrize(("said", "q"), [("τῇ ᾠδῇ", "τη ωδη"), ("τῇ", "τ\u03b7\u0342\u0345"), ("τ\u03b7\u0345", "τῃ")])
def test_a_letter_and_its_marks_apart_are_the_same_word(said: str, q: str, api: ApiClient, user: User) -> None:
    call = make_talk(user, said)

    assert found(api, q) == ids(call)


@pytest.fixture
def years(user: User) -> list[Call]:
    """Calls with one word in common, over five years: the newest first."""
    newest = datetime(2026, 5, 15, 9, tzinfo=UTC)
    ages = [0, 1, 7, 9, 60, 70, 500, 600, 4_000, 5_000, 20_000, 44_000]
    return [make_talk(user, "Common.", f"Word{age}.", start_time=newest - timedelta(hours=age)) for age in ages]


def test_the_newest_come_first(api: ApiClient, years: list[Call]) -> None:
    assert found(api, "common") == ids(*years)


@pytest.mark.parametrize("q", ["common", '"common"', "common -nothing"])
@pytest.mark.parametrize("role", [{}, {"role": "agent"}, {"status": "completed"}])
@pytest.mark.parametrize("limit", [1, 5, 12])
def test_pages_go_on_where_the_one_before_ended(
    api: ApiClient, years: list[Call], q: str, role: dict[str, str], limit: int
) -> None:
    pages = [search(api, q, limit=limit, **role)]
    while "nextCursor" in pages[-1]:
        pages.append(search(api, q, limit=limit, cursor=pages[-1]["nextCursor"], **role))

    assert [hit["call"]["_id"] for page in pages for hit in page["hits"]] == ids(*years)
    assert {page["total"] for page in pages} == {12}
    assert not any("totalCapped" in page for page in pages)


def test_calls_of_one_moment_are_paged_through_once_each(api: ApiClient, user: User) -> None:
    moment = datetime(2026, 5, 15, 9, tzinfo=UTC)
    calls = [make_talk(user, "Same.", start_time=moment) for _ in range(3)]

    first = search(api, "same", limit=2)
    second = search(api, "same", limit=2, cursor=first["nextCursor"])

    shown = [hit["call"]["_id"] for page in (first, second) for hit in page["hits"]]
    assert shown == sorted(ids(*calls), reverse=True)


def test_the_filters_of_history_narrow_a_search(api: ApiClient, user: User, years: list[Call]) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization)
    call = make_talk(
        user, "Common.", contact=contact, status="failed", direction="inbound", provider="twilio",
        from_number="+14165550177", to_number="+14165550188", start_time=datetime(2024, 1, 1, tzinfo=UTC),
    )  # fmt: skip

    for query in (
        *({"contactId": contact.pk}, {"status": "failed"}, {"direction": "inbound"}, {"provider": "twilio"}),
        *({"fromNumber": "+1 416 555 0177"}, {"toNumber": "+14165550188"}, {"contactId": contact.pk, "role": "agent"}),
        {"startDate": "2023-12-31T23:00:00Z", "endDate": "2024-01-01T00:00:01Z"},
    ):
        page = search(api, "common", **query)
        assert [hit["call"]["_id"] for hit in page["hits"]] == ids(call), query
        assert page["total"] == 1
    assert found(api, "common", contactId=contact.pk, status="busy") == []
    assert found(api, "word7", startDate="2026-05-16") == []
    assert found(api, "nothing", contactId=contact.pk) == []


def test_without_calls_nothing_is_found(api: ApiClient) -> None:
    assert search(api, "anything") == {"success": True, "hits": [], "total": 0}
