"""What is in an export: which rows, which columns, in which words; for spreadsheets and for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from calls.selectors.exports.columns import OF_CALLS, OF_CONTACTS, OF_DO_NOT_CALL, OF_WALLET
from calls.selectors.exports.sources import ContactsFilter, PeriodFilter
from calls.selectors.history import HistoryFilter
from tests.calls.api.labelling import make_tag, put_on
from tests.calls.exporting import cells_in, content_of, made, objects_in
from tests.factories import make_call, make_contact, make_do_not_call, make_prepaid
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.wallet import adjust

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 15, 9, 10, 0, 120_000, tzinfo=UTC)
TURNS = [{"role": "agent", "message": 'Say "hi",\nplease.', "timestamp": 0.5}, {"role": "user", "message": "=1+1"}]


def test_a_call_as_json(user: User, home: Organization) -> None:
    contact = make_contact(home, first_name="Dana", last_name="Whitfield", email="dana@example.com")
    call = make_call(
        user, contact=contact, start_time=AT, ai_summary="Müller: fine", metadata={"deal": 7}, duration=61.5
    )

    (line,) = objects_in(made(user, time_zone="America/Toronto"))

    assert {name: line[name] for name in line if name not in ("createdAt", "updatedAt")} == {
        "callId": call.pk,
        "startTime": "2026-05-15T05:10:00.120-04:00",
        "direction": "outbound",
        "status": "completed",
        "from": "+14165550100",
        "to": "+14165550199",
        "duration": 61.5,
        "contactId": contact.pk,
        "contactName": "Dana Whitfield",
        "contactEmail": "dana@example.com",
        "userId": user.pk,
        "userName": "Robin Example",
        "summary": "Müller: fine",
        "isStarred": False,
        "provider": "external",
        "providerPhoneNumber": "+14165550100",
        "metadata": {"deal": 7},
    }


def test_a_call_for_a_spreadsheet(user: User, home: Organization) -> None:
    contact = make_contact(home, first_name="=HYPERLINK(1)", last_name="")
    make_call(user, contact=contact, start_time=AT, ai_summary="Müller, “fine”", metadata={"deal": 7}, duration=60.0)

    export = made(user, file_format="csv")

    assert content_of(export).startswith(b"\xef\xbb\xbfcallId,startTime,direction,status,from,to,duration,")
    (cells,) = cells_in(export)
    assert list(cells) == list(OF_CALLS)
    assert cells["startTime"] == "2026-05-15T09:10:00.120+00:00"
    assert (cells["from"], cells["duration"], cells["answerTime"]) == ("+14165550100", "60", "")
    assert (cells["contactName"], cells["summary"]) == ("'=HYPERLINK(1)", "Müller, “fine”")
    assert cells["metadata"] == '{"deal": 7}'


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1", "@SUM(A1)", " =1", "a;=1", '"=1', "\uff1d1", "'=1"])
def test_nothing_that_somebody_typed_is_calculated(user: User, text: str) -> None:
    make_call(user, ai_summary=text, agent_name=text, ai_transcript=[{"role": text, "message": "x"}])

    (cells,) = cells_in(made(user, file_format="csv", with_transcript=True))

    for cell in (cells["summary"], cells["agentName"], cells["aiTranscript"]):
        assert "'" in cell
        assert cell.lstrip()[0] not in "=+-@\uff1d"


def test_the_tags_of_a_call_are_one_cell(user: User, home: Organization) -> None:
    put_on(make_call(user), make_tag(home, "Refund"), make_tag(home, "=1+1"))

    (cells,) = cells_in(made(user, file_format="csv", columns=["tags", "status"]))
    (line,) = objects_in(made(user, columns=["tags"]))

    assert cells["tags"] == "'=1+1, Refund"
    assert line == {"tags": ["=1+1", "Refund"]}


def test_a_transcript_comes_when_it_is_asked_for(user: User) -> None:
    make_call(user, ai_transcript=TURNS)

    (cells,) = cells_in(made(user, file_format="csv", columns=["status"], with_transcript=True))
    (line,) = objects_in(made(user, columns=["status"], with_transcript=True))

    assert cells == {"status": "completed", "aiTranscript": 'agent: Say "hi",\nplease.\nuser: =1+1'}
    assert line == {"status": "completed", "aiTranscript": TURNS}
    assert "aiTranscript" not in objects_in(made(user))[0]


def test_columns_come_in_the_order_in_which_they_are_asked_for(user: User) -> None:
    make_call(user, duration=None)

    export = made(user, file_format="csv", columns=["to", "duration", "from"])

    assert content_of(export).decode("utf-8-sig") == "to,duration,from\r\n+14165550199,,+14165550100\r\n"


def test_an_hour_that_comes_twice_is_two_hours(user: User) -> None:
    # The clocks of Toronto go back at 06:00 UTC.
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    for start in (first, first + timedelta(hours=1)):
        make_call(user, start_time=start)

    lines = objects_in(made(user, columns=["startTime"], time_zone="America/Toronto"))

    assert [line["startTime"] for line in lines] == ["2026-11-01T01:30:00.000-05:00", "2026-11-01T01:30:00.000-04:00"]


def test_times_are_the_organizations_where_no_zone_is_asked_for(user: User, home: Organization) -> None:
    home.time_zone = "Asia/Tokyo"
    home.save()
    make_call(user, start_time=AT)

    (line,) = objects_in(made(user, columns=["startTime"]))

    assert line == {"startTime": "2026-05-15T18:10:00.120+09:00"}


def test_the_calls_are_those_that_history_finds_by_the_same_filter(user: User) -> None:
    wanted = make_call(user, status="busy", start_time=AT, ai_summary="About the invoice")
    make_call(user, status="busy", start_time=AT + timedelta(days=1), ai_summary="About the invoice")
    make_call(user, status="completed", start_time=AT, ai_summary="About the invoice")
    make_call(user, status="busy", start_time=AT, ai_summary="Something else")

    filters = HistoryFilter(status="busy", start_date=AT, end_date=AT + timedelta(hours=1), q="invoice")

    assert objects_in(made(user, wanted=filters, columns=["callId"])) == [{"callId": wanted.pk}]


def test_contacts(user: User, home: Organization) -> None:
    contact = make_contact(home, first_name="Dana", source="CRM", phone_number="+442079460018")
    make_contact(home, first_name="Dana", source="Import")
    make_contact(home, first_name="Kim", source="CRM")

    export = made(user, "contacts", "csv", wanted=ContactsFilter(search="dan", source="CRM"))

    (cells,) = cells_in(export)
    assert list(cells) == list(OF_CONTACTS)
    assert (cells["contactId"], cells["phoneNumber"], cells["firstName"]) == (contact.pk, "+442079460018", "Dana")


def test_the_do_not_call_list(user: User, home: Organization) -> None:
    make_do_not_call(home, phone_number="+442079460018", reason="=Asked", added_by=user)

    (cells,) = cells_in(made(user, "doNotCall", "csv"))

    assert list(cells) == list(OF_DO_NOT_CALL)
    assert (cells["phoneNumber"], cells["reason"], cells["addedBy"]) == ("+442079460018", "'=Asked", "Robin Example")


def test_the_wallet_has_numbers_to_calculate_with(user: User, home: Organization) -> None:
    make_prepaid(home, "10")
    adjust(organization_id=home.pk, amount=Decimal("-0.0125"), note="-", made_by=user)

    last, first = cells_in(made(user, "wallet", "csv"))

    assert list(last) == list(OF_WALLET)
    assert (first["number"], first["amount"], first["balanceAfter"], first["madeBy"]) == ("1", "10.00", "10.00", "")
    assert (last["number"], last["amount"], last["balanceAfter"]) == ("2", "-0.0125", "9.9875")
    assert (last["note"], last["madeBy"], last["currency"]) == ("'-", "Robin Example", "USD")


@pytest.mark.parametrize("kind", ["contacts", "doNotCall", "wallet"])
def test_a_period_is_of_when_rows_were_made(user: User, home: Organization, kind: str) -> None:
    make_contact(home)
    make_do_not_call(home)
    make_prepaid(home, "10")
    now = datetime.now(UTC)
    hour = timedelta(hours=1)

    def count(start: datetime, end: datetime) -> int:
        wanted = PeriodFilter(start_date=start, end_date=end)
        if kind == "contacts":
            wanted = ContactsFilter(start_date=start, end_date=end)
        return made(user, kind, wanted=wanted).rows

    assert (count(now - hour, now + hour), count(now - 2 * hour, now - hour), count(now + hour, now + 2 * hour)) == (
        1,
        0,
        0,
    )


@pytest.mark.parametrize("kind", ["calls", "contacts", "doNotCall", "wallet"])
def test_nothing_of_another_organization_is_in_it(user: User, other_user: User, kind: str) -> None:
    theirs = other_user.organization
    assert theirs is not None
    make_call(other_user, contact=make_contact(theirs))
    make_do_not_call(theirs)
    make_prepaid(theirs, "10")

    export = made(user, kind, "csv")

    assert (export.rows, export.total, cells_in(export)) == (0, 0, [])
    assert made(other_user, kind).rows == 1
