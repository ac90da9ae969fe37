"""What the list of calls in the admin can be asked for, and how it tells of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import Call, ListeningQueue, QueuedCall
from contacts.models import Contact
from tests.admin_site import admin_of, found, list_of, listed, make_recording, page_of, rows_shown, text_of
from tests.calls.api.labelling import make_disposition, make_tag, put_on
from tests.factories import make_call, make_contact, make_prompt, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import AccessRole, EntryKind, User
from tether_calls.accounts.wallet import open_wallet, top_up
from tether_calls.accounts.wallet.book import book
from tether_calls.common.admin.chips import chips_of

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def wanted(user: User) -> Call:
    """A call with all that can be asked for."""
    assert user.organization is not None
    call = make_call(
        user,
        contact=make_contact(user.organization, first_name="Priya"),
        ai_agent=make_prompt(user.organization, name="Quillon"),
        disposition=make_disposition(user.organization, "Sold"),
        status="completed",
        end_reason="silence",
        answered_by="machine",
        duration=95.0,
        is_starred=True,
        opt_out={"by": "human", "turn": None, "text": ""},
        opted_out_at=START,
        direction="inbound",
        provider="sinch",
        agent_name="Mia of Example",
        start_time=START,
    )
    put_on(call, make_tag(user.organization, "Refund"))
    make_recording(call)
    return call


@pytest.fixture
def other(user: User) -> Call:
    """Another one, which has nothing of it."""
    assert user.organization is not None
    someone = make_user(organization=user.organization)
    return make_call(someone, status="failed", duration=5.0, start_time=START - timedelta(days=9), provider="external")


WORDS = ("Priya", "Quillon", "Refund", "Sold")
ASKED: dict[str, Callable[[Call], dict[str, Any]]] = {
    "several statuses": lambda _: {"status__exact": ["completed", "busy"]},
    "several reasons": lambda _: {"end_reason__exact": ["silence", "voicemail_left"]},
    "one reason": lambda _: {"end_reason__exact": "silence"},
    "who answered": lambda _: {"answered_by__exact": ["machine", "fax"]},
    "a recording": lambda _: {"recorded": "1"},
    "at least a minute and a half": lambda _: {"longer_than": "1:30"},
    "at least a minute": lambda _: {"longer_than": "1"},
    "a tag": lambda call: {"tag_rows__tag__id__exact": call.tags[0].pk},
    "a disposition": lambda call: {"disposition__id__exact": call.disposition_id},
    "a star": lambda _: {"is_starred__exact": "1"},
    "opted out": lambda _: {"opted_out": "1"},
    "an agent": lambda call: {"ai_agent__id__exact": call.ai_agent_id},
    "a user": lambda call: {"user__id__exact": call.user_id},
    "a contact": lambda call: {"contact__id__exact": call.contact_id},
    "a vendor's agent": lambda _: {"agent_name": "mia of"},
    "a direction and a provider": lambda _: {"direction__exact": "inbound", "provider__exact": "sinch"},
    "days": lambda _: {"start_time_from": "2026-03-10", "start_time_to": "2026-03-10"},
    "all of it": lambda call: {
        "status__exact": "completed",
        "recorded": "1",
        "longer_than": "1",
        "tag_rows__tag__id__exact": call.tags[0].pk,
        "user__id__exact": call.user_id,
        "start_time_from": "2026-03-09",
        "agent_name": "Mia",
    },
}


def test_calls_are_found_by_what_is_asked(root: Client, staff: Client, wanted: Call, other: Call) -> None:
    rows = {
        name: (found(staff, Call, **asked(wanted)), listed(root, Call, **asked(wanted)))
        for name, asked in ASKED.items()
    }
    assert {name: each for name, each in rows.items() if each != ([wanted], [wanted])} == {}


def test_nothing_of_another_organization_is_found_by_it(wanted: Call, other_user: User) -> None:
    other_user.is_staff = True
    other_user.save()
    client = admin_of(other_user)
    pages = {name: client.get(list_of(Call), asked(wanted)) for name, asked in ASKED.items()}
    assert {name: rows_shown(page) for name, page in pages.items() if rows_shown(page)} == {}
    named = {name: {word for word in WORDS if word in text_of(page)} for name, page in pages.items()}
    assert {name: words for name, words in named.items() if words} == {}


def make_queue(organization: Any, *drawn: Call, name: str = "First calls of beginners") -> ListeningQueue:
    queue = ListeningQueue.objects.create(organization=organization, name=name)
    for position, call in enumerate(drawn):
        QueuedCall.objects.create(queue=queue, call=call, day=START.date(), position=position)
    return queue


def reviewer_of(user: User) -> Client:
    return admin_of(make_user(organization=user.organization, is_staff=True, access_role=AccessRole.DEPARTMENT_HEAD))


def test_reviewers_find_the_calls_that_were_drawn_for_a_listening_queue(
    root: Client, user: User, wanted: Call, other: Call
) -> None:
    queue, reviewer = make_queue(user.organization, wanted), reviewer_of(user)
    assert f"/admin/calls/call/?queue={queue.pk}" in reviewer.get(page_of(queue)).content.decode()

    for client in (reviewer, root):
        assert found(client, Call, queue=queue.pk) == [wanted]
        assert found(client, Call, queue=queue.pk, status__exact="failed") == []
    page = reviewer.get(list_of(Call), {"queue": queue.pk})
    assert [(chip.name, chip.value) for chip in page.context["chips"]] == [("listening queue", queue.name)]

    reviewer.post(f"{list_of(Call)}views/", {"do": "save", "name": "Mine", "query": f"queue={queue.pk}&recorded=1"})
    (view,) = reviewer.get(list_of(Call), {"queue": queue.pk, "recorded": "1"}).context["saved_views"]
    assert view["is_on"]


def test_of_a_long_queue_what_was_drawn_last_is_looked_at(
    two_are_looked_at: None, user: User, five: list[Call]
) -> None:
    reviewer, queue = reviewer_of(user), make_queue(user.organization)
    for call in five[1:]:
        assert call.start_time is not None
        QueuedCall.objects.create(queue=queue, call=call, day=call.start_time.date(), position=0)

    page = reviewer.get(list_of(Call), {"queue": queue.pk})

    assert rows_shown(page) == five[1:3]
    assert "The newest 2 calls were looked at: back to 8 Mar 2026" in text_of(page)
    earlier = parse_qs(urlsplit(page.context["earlier"]).query)
    assert earlier == {"queue": [queue.pk], "start_time_to": ["2026-03-08"]}
    # The days of a queue may be those of another zone, so that a day more is looked at.
    assert rows_shown(reviewer.get(list_of(Call), {"queue": queue.pk, "start_time_to": "2026-03-06"})) == five[4:]
    assert rows_shown(reviewer.get(list_of(Call), {"queue": queue.pk, "start_time_from": "2026-03-09"})) == five[1:2]
    for day in ("0001-01-01", "9999-12-30"):
        assert reviewer.get(list_of(Call), {"queue": queue.pk, "start_time_to": day}).status_code == 200


def test_who_does_not_review_finds_nothing_by_a_listening_queue(user: User, wanted: Call) -> None:
    queue = make_queue(user.organization, wanted)
    rep = admin_of(make_user(organization=user.organization, is_staff=True, access_role=AccessRole.SALES_REP))
    page = rep.get(list_of(Call), {"queue": queue.pk})
    assert rows_shown(page) == []
    assert "Listening queues are for those who review calls" in text_of(page)
    assert queue.name not in text_of(page)


def test_a_listening_queue_of_another_organization_is_as_one_that_there_is_not(
    user: User, other_user: User, wanted: Call
) -> None:
    queue, reviewer = make_queue(other_user.organization, make_call(other_user), name="Theirs"), reviewer_of(user)
    theirs, none = (reviewer.get(list_of(Call), {"queue": pk}) for pk in (queue.pk, "f" * 24))
    assert rows_shown(theirs) == rows_shown(none) == []
    assert text_of(theirs).replace(queue.pk, "f" * 24) == text_of(none)
    assert "Theirs" not in text_of(reviewer.get(list_of(Call)))


def test_a_call_without_a_recording_is_found_by_that(staff: Client, wanted: Call, other: Call) -> None:
    assert found(staff, Call, recorded="0") == [other]


def test_a_call_with_several_tags_is_found_once(staff: Client, user: User, wanted: Call) -> None:
    assert user.organization is not None
    put_on(wanted, make_tag(user.organization, "VIP"))
    assert found(staff, Call, tag_rows__tag__id__exact=wanted.tags[0].pk) == [wanted]


def test_periods_reach_from_the_beginning_of_a_day_until_now(staff: Client, user: User) -> None:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    ages = {"today": 0, "6 days ago": 6, "29 days ago": 29, "40 days ago": 40}
    calls = {name: make_call(user, start_time=midnight - timedelta(days=age)) for name, age in ages.items()}
    newest_first = list(calls.values())
    for period, so_many in (("today", 1), ("7", 2), ("30", 3)):
        assert found(staff, Call, start_time_within=period) == newest_first[:so_many]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"longer_than": "soon"}, "A length is written like"),
        ({"longer_than": "-3"}, "A length is written like"),
        ({"longer_than": "9" * 400}, "A length is written like"),
        ({"longer_than": "nan"}, "A length is written like"),
        ({"start_time_within": "9999"}, "Periods are"),
        ({"queue": "x"}, "There is no such listening queue"),
        ({"start_time_from": "yesterday"}, "Dates are written like"),
    ],
)
def test_a_filter_that_cannot_be_meant_finds_nothing_and_says_so(
    staff: Client, wanted: Call, query: dict[str, str], told: str
) -> None:
    page = staff.get(list_of(Call), query)
    assert rows_shown(page) == []
    assert told in text_of(page)


def test_calls_are_sorted_by_what_they_cost(root: Client, staff: Client, user: User) -> None:
    assert user.organization is not None
    open_wallet(organization_id=user.organization.pk)
    top_up(organization_id=user.organization.pk, amount=Decimal(1000), note="Cheque", made_by=user)
    little, free, much, same = (make_call(user) for _ in range(4))
    for call, amount in ((little, "0.2900"), (much, "12.5"), (same, "0.1"), (same, "0.19")):
        book_for(call, Decimal(amount))
    column = staff.get(list_of(Call)).context["cl"].list_display.index("cost")

    for client in (staff, root):
        assert found(client, Call, o=f"-{column}") == [much, same, little, free]
        assert found(client, Call, o=f"{column}") == [same, little, much, free]
        page = client.get(page_of(same), {"_changelist_filters": f"o=-{column}"})
        assert much.pk in page.context["beside"].previous
        assert little.pk in page.context["beside"].next
        page = client.get(page_of(free), {"_changelist_filters": f"o=-{column}"})
        assert little.pk in page.context["beside"].previous
        assert page.context["beside"].next == ""


def book_for(call: Call, amount: Decimal) -> None:
    """An entry of the organization's wallet that is of the call."""
    book(organization_id=call.organization_id, kind=EntryKind.ADJUSTMENT, amount=-amount, call_id=call.pk)


def test_calls_are_sorted_by_length_and_by_nothing_else_that_an_address_asks_for(staff: Client, user: User) -> None:
    short, long, unknown = (make_call(user, duration=seconds) for seconds in (10.0, 500.0, None))
    column = staff.get(list_of(Call)).context["cl"].list_display.index("length")
    assert found(staff, Call, o=f"-{column}") == [long, short, unknown]
    assert found(staff, Call, o=f"{column}") == [short, long, unknown]
    newest_first = found(staff, Call)
    for other_order in ("1", f"{column}.1", "x", f"--{column}"):
        assert listed(staff, Call, o=other_order) == newest_first


# ---- How far back is looked ------------------------------------------------------------------------------------------


@pytest.fixture
def two_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.selectors.staff_list.LOOKED_AT", 2)
    monkeypatch.setattr("calls.selectors.staff_list.LOOKED_AT_OF_TAG", 2)
    monkeypatch.setattr("calls.selectors.staff_list.LOOKED_AT_OF_QUEUE", 2)
    monkeypatch.setattr("calls.selectors.staff_list._FEW", 1)


@pytest.fixture
def five(user: User) -> list[Call]:
    """Calls of five days, the newest first: all of one length, and with an agent's name."""
    return [
        make_call(user, start_time=START - timedelta(days=day), duration=60.0, agent_name="Mia", status="completed")
        for day in range(5)
    ]


@pytest.mark.parametrize("query", [{"longer_than": "1"}, {"recorded": "0"}, {"agent_name": "mia"}], ids=str)
def test_of_what_no_index_tells_apart_the_newest_calls_are_looked_at(
    two_are_looked_at: None, staff: Client, five: list[Call], query: dict[str, str]
) -> None:
    page = staff.get(list_of(Call), query)
    assert rows_shown(page) == five[:2]
    assert "back to 9 Mar 2026, 12:00" in text_of(page)
    assert found(staff, Call, **query, start_time_to="2026-03-07") == five[3:]


@pytest.mark.parametrize("query", [{}, {"status__exact": "completed"}, {"q": "+16475550198"}], ids=str)
def test_what_an_index_has_is_found_however_old_it_is(
    two_are_looked_at: None, staff: Client, user: User, five: list[Call], query: dict[str, str]
) -> None:
    if "q" in query:
        old = make_call(user, from_number="+16475550198", start_time=START - timedelta(days=900))
        assert found(staff, Call, **query) == [old]
    else:
        assert found(staff, Call, **query) == five


def test_an_index_narrows_down_what_is_looked_at(two_are_looked_at: None, staff: Client, five: list[Call]) -> None:
    contact = make_contact(five[0].organization)
    Call.objects.filter(pk__in=[call.pk for call in five[3:]]).update(contact=contact)
    assert found(staff, Call, contact__id__exact=contact.pk, longer_than="1") == five[3:]


def test_of_a_tag_the_newest_calls_are_looked_at(two_are_looked_at: None, staff: Client, five: list[Call]) -> None:
    tag = make_tag(five[0].organization, "Refund")
    for call in five[1:]:
        put_on(call, tag, make_tag(call.organization))
    query = {"tag_rows__tag__id__exact": tag.pk}
    assert found(staff, Call, **query) == five[1:]
    page = staff.get(list_of(Call), {**query, "longer_than": "1"})
    assert rows_shown(page) == five[1:3]
    assert "back to 8 Mar 2026, 12:00" in text_of(page)
    assert found(staff, Call, **query, longer_than="1", start_time_to="2026-03-07") == five[3:]


def test_superusers_are_told_of_the_order_of_arrival(
    two_are_looked_at: None, root: Client, user: User, five: list[Call]
) -> None:
    page = root.get(list_of(Call))
    assert rows_shown(page) == five[::-1]
    assert "in the order in which they arrived" in text_of(page)
    assert rows_shown(root.get(list_of(Call), {"status__exact": "completed"})) == five[:2:-1]
    chosen = root.get(list_of(Call), {"organization__id__exact": user.organization_id})
    assert "in the order in which they arrived" not in text_of(chosen)


# ---- What is on ------------------------------------------------------------------------------------------------------


def chips(page: Any) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for chip in page.context["chips"]:
        told.setdefault(chip.name, []).append(chip.value)
    return told


def test_each_filter_that_is_on_is_named_and_can_be_taken_off(staff: Client, wanted: Call, other: Call) -> None:
    query = {
        "status__exact": ["completed", "busy"],
        "tag_rows__tag__id__exact": wanted.tags[0].pk,
        "contact__id__exact": wanted.contact_id,
        "recorded": "1",
        "is_starred__exact": "1",
        "longer_than": "1:30",
        "start_time_from": "2026-01-01",
        "start_time_within": "",
        "q": "Priya",
    }
    page = staff.get(list_of(Call), query, follow=True)
    assert chips(page) == {
        "status": ["Completed", "Busy"],
        "tag": ["Refund"],
        "contact": [str(wanted.contact)],
        "recording": ["With a recording"],
        "star": ["yes"],
        "length at least": ["1:30"],
        "start from": ["2026-01-01"],
        "Search": ["Priya"],
    }
    without = {(chip.name, chip.value): parse_qs(urlsplit(chip.without).query) for chip in page.context["chips"]}
    assert without["status", "Busy"]["status__exact"] == ["completed"]
    assert "q" not in without["Search", "Priya"]
    assert "Clear all" in text_of(page)


def test_a_list_without_filters_has_nothing_to_clear(staff: Client, wanted: Call) -> None:
    assert "Clear all" not in text_of(staff.get(list_of(Call)))


def test_empty_fields_of_a_form_are_not_in_the_address(staff: Client, wanted: Call) -> None:
    answer = staff.get(list_of(Call), {"status__exact": "", "recorded": "1", "agent_name": "", "q": ""})
    assert (answer.status_code, answer["Location"]) == (302, f"{list_of(Call)}?recorded=1")


def test_other_lists_name_their_filters_as_well(staff: Client, user: User) -> None:
    assert user.organization is not None
    make_contact(user.organization)
    page = staff.get(list_of(Contact), {"created_at_from": "2026-01-01"})
    assert chips(page) == {"created at from": ["2026-01-01"]}


def test_a_filter_names_no_row_of_others(staff: Client, other_user: User) -> None:
    assert other_user.organization is not None
    foreign = make_tag(other_user.organization, "Secretive")
    page = staff.get(list_of(Call), {"tag_rows__tag__id__exact": foreign.pk})
    assert chips(page) == {"tag": ["unknown"]}
    assert "Secretive" not in page.content.decode()


def test_several_ids_of_one_filter_are_named_by_one_statement(staff: Client, wanted: Call) -> None:
    organization = wanted.organization
    ids = [wanted.tags[0].pk, *(make_tag(organization, f"Label {n}").pk for n in range(4))]
    page = staff.get(list_of(Call), {"tag_rows__tag__id__exact": ids})
    with statements_made() as made:
        named = chips_of(page.context["cl"], page.wsgi_request)
    assert [chip.value for chip in named] == ["Refund", "Label 0", "Label 1", "Label 2", "Label 3"]
    assert len(made) == 1


# ---- Words -----------------------------------------------------------------------------------------------------------


def test_an_empty_list_offers_only_what_can_be_done(staff: Client) -> None:
    assert "There are no calls yet. Vendors push them" in " ".join(text_of(staff.get(list_of(Call))).split())
    nothing = text_of(staff.get(list_of(Call), {"status__exact": "busy"}))
    assert "No calls match the filters" in " ".join(nothing.split())
    assert "Create a new item" not in nothing
    assert "Add contact" in text_of(staff.get(list_of(Contact)))


def test_a_list_is_not_called_by_its_name_twice(staff: Client) -> None:
    page = staff.get(list_of(Call)).content.decode()
    head = page[page.index('id="header-inner"') :].partition('id="content"')[0]
    assert head.count(">Calls<") + head.count("Calls\n") == 1


def test_the_arrow_of_a_row_is_read_as_a_direction(staff: Client, wanted: Call) -> None:
    page = staff.get(list_of(Call)).content.decode()
    assert '<span class="tether-unseen">Inbound</span>' in page
    arrow = page[: page.index("call_received")].rpartition("<span")[2]
    assert 'aria-hidden="true"' in arrow


def test_what_strangers_wrote_finds_its_own_direction(staff: Client, user: User) -> None:
    make_call(user, status="completed", ai_summary="سأل عن موعد التسليم 2pm please")
    page = staff.get(list_of(Call)).content.decode()
    assert '<span class="tether-gist" dir="auto">سأل' in page
