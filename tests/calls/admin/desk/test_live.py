"""The live page: which calls go on, and hanging up. What the socket lets hear: tests/realtime/test_admin_sockets.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from calls.models import Call, CallStatus
from calls.providers.elevenlabs.provider import ElevenLabs
from calls.selectors.desk import under_way
from tests.admin_site import admin_of, make_event, make_staff, statements_of, text_of
from tests.calls.event_log import event_names
from tests.factories import UNKNOWN_ID, make_call, make_contact, make_prompt
from tether_calls.accounts.models import Organization, User
from tether_calls.common.errors import ERRORS, ErrorCode

LIVE, BOARD, START = "/admin/live/", "/admin/live/calls/", "/admin/"


def running_call(user: User, **fields: Any) -> Call:
    defaults: dict[str, Any] = {"status": "in-progress", "start_time": timezone.now(), "duration": None}
    return make_call(user, **{**defaults, **fields})


def ended_call(user: User, **fields: Any) -> Call:
    call = make_call(user, **{"end_time": timezone.now(), **fields})
    make_event(call)
    return call


def shown(client: Client, address: str = LIVE, **query: str) -> tuple[list[str], list[str]]:
    """The ids of the calls under way, and of those that have just ended."""
    answer = client.get(address, query)
    assert answer.status_code == 200
    board = answer.context["board"]
    return [row.call.pk for row in board.rows], [row.call.pk for row in board.ended]


def hang_up(client: Client, call: Call | str, **form: str) -> Any:
    call_id = call if isinstance(call, str) else call.pk
    return client.post(f"/admin/live/{call_id}/hang-up/", form, follow=True)


# ---- What is shown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["initiated", "ringing", "in-progress", "answered"])
def test_a_call_that_goes_on_is_shown(staff: Client, user: User, status: str) -> None:
    call = running_call(user, status=status)
    assert shown(staff) == ([call.pk], [])


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer", "failed", "canceled"])
def test_a_call_that_has_ended_is_among_those_that_have_just_ended(staff: Client, user: User, status: str) -> None:
    call = ended_call(user, status=status)
    assert shown(staff) == ([], [call.pk])


def test_a_row_says_who_with_whom_and_since_when(staff: Client, user: User, home: Organization) -> None:
    contact = make_contact(home, first_name="Priya", last_name="Shah", phone_number="+16475550123")
    since = datetime(2026, 5, 15, 9, 30, tzinfo=UTC)
    call = running_call(
        user,
        contact=contact,
        direction="inbound",
        from_number="+16475550123",
        to_number="+14165550100",
        ai_agent=make_prompt(home, name="Leo"),
        start_time=since - timedelta(seconds=9),
        answer_time=since,
    )

    answer = staff.get(LIVE)

    [row] = answer.context["board"].rows
    assert (row.who, row.number, row.ours, row.agent) == ("Priya Shah", "+16475550123", "+14165550100", "Leo")
    assert row.since == "2026-05-15T09:30:00.000Z"
    assert f'href="/admin/calls/call/{call.pk}/change/"' in answer.content.decode()


def test_a_call_without_an_agent_is_with_its_user(staff: Client, user: User) -> None:
    running_call(user)
    [row] = staff.get(LIVE).context["board"].rows
    assert row.agent == "Robin Example"


def test_the_newest_call_is_first_and_the_last_that_ended(staff: Client, user: User) -> None:
    now = timezone.now()
    older, newer = (running_call(user, start_time=now - timedelta(minutes=ago)) for ago in (9, 3))
    first, last = (ended_call(user) for _ in range(2))
    make_event(first, name="call_updated")
    assert shown(staff) == ([newer.pk, older.pk], [last.pk, first.pk])


def test_a_call_that_ended_and_goes_on_after_all_is_under_way_only(staff: Client, user: User) -> None:
    call = running_call(user)
    make_event(call)
    assert shown(staff) == ([call.pk], [])


def test_what_strangers_wrote_does_not_become_part_of_the_page(staff: Client, user: User) -> None:
    running_call(user, agent_name="<script>alert(1)</script>", from_number='"><b>')
    page = staff.get(LIVE).content.decode()
    assert "<script>alert" not in page
    assert '"><b>' not in page


def test_more_calls_than_a_person_can_look_at_are_counted_to_a_hundred(
    staff: Client, user: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(under_way, "MOST_UNDER_WAY", 2)
    monkeypatch.setattr("calls.admin.desk.live.MOST_UNDER_WAY", 2)
    for _ in range(3):
        running_call(user)
    board = staff.get(LIVE).context["board"]
    assert (len(board.rows), board.count, board.left_out) == (2, "2+", 1)


def test_the_rows_alone_are_what_the_page_has(staff: Client, user: User) -> None:
    running, ended = running_call(user), ended_call(user)
    assert shown(staff, BOARD) == ([running.pk], [ended.pk])
    assert shown(staff, BOARD, box="") == ([running.pk], [])
    assert "<html" not in staff.get(BOARD).content.decode()


@pytest.mark.parametrize("address", [LIVE, BOARD])
def test_how_many_statements_it_takes_does_not_depend_on_how_many_calls_there_are(
    staff: Client, user: User, home: Organization, address: str
) -> None:
    def add() -> None:
        contact, agent = make_contact(home), make_prompt(home)
        running_call(user, contact=contact, ai_agent=agent)
        ended_call(user, contact=contact, ai_agent=agent)

    add()
    before = statements_of(staff, address)
    for _ in range(4):
        add()
    assert len(statements_of(staff, address)) == len(before) <= 9


# ---- Whose -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [LIVE, BOARD, START])
def test_staff_see_no_call_of_another_organization_whatever_they_ask_for(
    staff: Client, other_user: User, address: str
) -> None:
    running_call(other_user)
    ended_call(other_user)
    assert shown(staff, address, organization=other_user.home_id) == ([], [])


def test_a_superuser_chooses_an_organization(root: Client, user: User, other_user: User) -> None:
    call, _ = running_call(user), running_call(other_user)
    assert root.get(LIVE).context["board"] is None
    assert "Choose whose calls" in text_of(root.get(LIVE))
    assert root.get(BOARD).status_code == 404
    for address in (LIVE, BOARD):
        assert shown(root, address, organization=user.home_id) == ([call.pk], [])


@pytest.mark.parametrize("chosen", ["x", UNKNOWN_ID, "\0", "5' OR 1=1"])
def test_what_is_no_organization_is_none(root: Client, user: User, chosen: str) -> None:
    running_call(user)
    assert root.get(LIVE, {"organization": chosen}).context["board"] is None


def test_in_the_box_of_all_organizations_each_call_has_its_own(root: Client, user: User, other_user: User) -> None:
    running_call(user)
    running_call(other_user)
    rows = root.get(BOARD, {"box": ""}).context["board"].rows
    assert {row.organization for row in rows} == {str(user.organization), str(other_user.organization)}


@pytest.mark.parametrize("address", [LIVE, BOARD])
def test_who_is_no_staff_of_a_served_organization_sees_nothing(user: User, home: Organization, address: str) -> None:
    assert Client().get(address).status_code == 302
    assert admin_of(user).get(address).status_code == 302
    client = admin_of(make_staff(home))
    Organization.objects.filter(pk=home.pk).update(is_active=False)
    assert client.get(address).status_code == 403


# ---- Hanging up --------------------------------------------------------------------------------------------------


def test_a_call_is_hung_up(staff: Client, user: User) -> None:
    call = running_call(user)

    answer = hang_up(staff, call)

    call.refresh_from_db()
    assert (call.status, call.end_reason) == (CallStatus.COMPLETED, "agent_hangup")
    assert event_names(call.pk) == ["call_ended"]
    assert answer.redirect_chain == [(LIVE, 302)]
    assert "The call is ended here" in text_of(answer)
    assert LogEntry.objects.get().object_id == call.pk


def test_it_leads_back_to_where_it_was_asked_for(root: Client, staff: Client, user: User) -> None:
    assert hang_up(staff, running_call(user), page="start").redirect_chain == [(START, 302)]
    assert hang_up(staff, running_call(user), page="https://evil.example/").redirect_chain == [(LIVE, 302)]
    chosen = hang_up(root, running_call(user), page="live", organization=user.home_id)
    assert chosen.redirect_chain == [(f"{LIVE}?organization={user.home_id}", 302)]


def test_a_call_that_is_over_stays_as_it_is(staff: Client, user: User) -> None:
    call = make_call(user)
    assert "had ended already" in text_of(hang_up(staff, call))
    assert not event_names(call.pk)
    assert not LogEntry.objects.exists()


def test_where_the_provider_ends_no_calls_there_is_no_button_and_no_success(
    staff: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(ElevenLabs, "hang_up")
    call = running_call(user, provider="elevenlabs", provider_call_id="conv_1")

    page = staff.get(LIVE).content.decode()
    answer = hang_up(staff, call)

    assert f'data-hang-up="{call.pk}"' not in page
    assert "ElevenLabs ends no calls for others" in page
    [message] = answer.context["messages"]
    assert str(message) == f"{ERRORS[ErrorCode.CALL_NOT_TERMINABLE].message}."
    call.refresh_from_db()
    assert call.status == "in-progress"


def test_nobody_hangs_up_a_call_of_another_organization(staff: Client, other_user: User) -> None:
    call = running_call(other_user)
    assert hang_up(staff, call, organization=other_user.home_id).status_code == 404
    assert hang_up(staff, UNKNOWN_ID).status_code == 404
    call.refresh_from_db()
    assert call.status == "in-progress"


def test_hanging_up_takes_a_post_with_the_token_of_the_form(user: User, home: Organization) -> None:
    call = running_call(user)
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff(home))
    assert client.post(f"/admin/live/{call.pk}/hang-up/").status_code == 403
    assert client.get(f"/admin/live/{call.pk}/hang-up/").status_code == 405
    assert admin_of(user).post(f"/admin/live/{call.pk}/hang-up/").status_code == 302
    call.refresh_from_db()
    assert call.status == "in-progress"
