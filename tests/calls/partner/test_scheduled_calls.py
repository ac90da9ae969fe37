"""POST /api/v1/calls with `schedule`, and what becomes of what is planned: read, moved, canceled."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import Call, IdempotentRequest, ScheduledCall
from calls.services.agent_calls import idempotency
from calls.services.scheduled_calls import request_call
from contacts.models import Contact
from tests.calls.api.ai.outbound import Office, customer, dials
from tests.calls.partner.dialling import body
from tests.calls.partner.partners import CALLS, assert_error, partner_of
from tests.calls.scheduling import OF_PARTNERS, in_minutes, make_scheduled, states_told
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.factories import make_do_not_call, make_prepaid
from tests.statements import statements_made
from tether_calls.accounts.models import CallingHours, User, WalletEntry
from tether_calls.common.times import to_wire

pytestmark = pytest.mark.django_db


def plan(client: ApiClient, *, key: str | None = None, call: Any = None, **schedule: Any) -> Answer:
    """A call in an hour; fields of the schedule given as None are left out."""
    given = {"not_before": in_minutes(60), **schedule}
    sent = body(**(call or {}), schedule={name: value for name, value in given.items() if value is not None})
    answer = client.post(CALLS, sent, headers={} if key is None else {"Idempotency-Key": key})
    assert_is("PartnerScheduledCall" if answer.status == 202 else "PartnerError", answer.body)
    return answer


def planned(answer: Answer) -> ScheduledCall:
    assert answer.status == 202, answer
    return ScheduledCall.objects.get(pk=answer.body["id"])


def test_a_call_is_planned_and_nobody_is_dialled(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    begins, ends = in_minutes(60), in_minutes(120)

    answer = plan(partner, not_before=begins, not_after=ends, retry={"max_attempts": 3, "delays_minutes": [5, 60]})

    scheduled = planned(answer)
    assert answer.body == {
        "id": scheduled.pk,
        "status": "scheduled",
        "source": "partner",
        "phone_number": customer(0),
        "agent_id": office.agent.pk,
        "contact_id": office.contact.pk,
        "not_before": begins,
        "not_after": ends,
        "time_zone": None,
        "estimated_start": begins,
        "moved_from": None,
        "reason": None,
        "retry": {"max_attempts": 3, "delays_minutes": [5, 60], "on": ["no_answer", "busy"]},
        "attempts": 0,
        "outcome": None,
        "call_id": None,
        "created_at": to_wire(scheduled.created_at),
        "updated_at": to_wire(scheduled.updated_at),
    }
    assert (dials(simulator), Call.objects.count()) == (0, 0)
    assert states_told(scheduled) == ["scheduled"]
    assert partner.get(f"{OF_PARTNERS}/{scheduled.pk}").body == answer.body


def test_nothing_is_held_of_the_wallet_until_it_is_dialled(partner: ApiClient, office: Office) -> None:
    make_prepaid(office.agent.organization, "0")

    planned(plan(partner))

    assert not WalletEntry.objects.exists()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-30T15:00:00", datetime(2026, 11, 30, 20, tzinfo=UTC)),
        ("2026-11-30T15:00:00Z", datetime(2026, 11, 30, 15, tzinfo=UTC)),
        ("2026-11-30T15:00:00+02:00", datetime(2026, 11, 30, 13, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_by_the_clock_of_the_time_zone(
    partner: ApiClient, office: Office, monkeypatch: pytest.MonkeyPatch, written: str, read: datetime
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 30, 9, tzinfo=UTC))

    scheduled = planned(plan(partner, not_before=written, time_zone="America/Toronto"))

    assert (scheduled.not_before, scheduled.next_at, scheduled.time_zone) == (read, read, "America/Toronto")


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        ({"not_before": "2026-10-30T15:00:00"}, "schedule.not_before: Says of no time zone"),
        ({"not_before": "2026-10-30"}, "schedule.not_before: Not a date and time"),
        ({"not_before": "tomorrow at three"}, "schedule.not_before: Not a date and time"),
        ({"not_before": "2026-10-30T08:58:59Z"}, "schedule.not_before: Is in the past"),
        ({"not_before": "2038-01-01T00:00:00Z"}, "schedule.not_before: Is more than five years ahead"),
        ({"not_before": "9999-12-31T23:59:59-12:00"}, "schedule.not_before: Not a date and time"),
        ({"not_before": None}, "schedule.not_before: This field is required."),
        ({"not_before": "2026-10-30T15:00:00", "time_zone": "Mars/Olympus"}, "schedule.time_zone: Not a time zone"),
        (
            {"not_before": "2026-11-01T01:30:00", "time_zone": "America/Toronto"},
            "schedule.not_before: Comes twice in this time zone",
        ),
        (
            {"not_before": "2027-03-14T02:30:00", "time_zone": "America/Toronto"},
            "schedule.not_before: Does not exist in this time zone",
        ),
        (
            {"not_before": "2026-10-30T15:00:00Z", "not_after": "2026-10-30T15:00:00Z"},
            "schedule.not_after: Is not after not_before",
        ),
        (
            {"not_before": "2026-10-30T15:00:00Z", "not_after": "2026-10-30T08:00:00Z"},
            "schedule.not_after: Is in the p",
        ),
        ({"not_before": "2026-10-30T15:00:00Z", "retry": {"max_attempts": 6}}, "schedule.retry.max_attempts: Ensure"),
        ({"not_before": "2026-10-30T15:00:00Z", "retry": {"max_attempts": 0}}, "schedule.retry.max_attempts: Ensure"),
        (
            {"not_before": "2026-10-30T15:00:00Z", "retry": {"max_attempts": 2, "delays_minutes": [0]}},
            "schedule.retry.delays_minutes.0: Ensure",
        ),
        (
            {"not_before": "2026-10-30T15:00:00Z", "retry": {"max_attempts": 2, "on": ["unknown"]}},
            'schedule.retry.on.0: "unknown" is not a valid choice.',
        ),
    ],
)
def test_a_schedule_that_is_none_is_refused_with_its_field(
    partner: ApiClient, office: Office, monkeypatch: pytest.MonkeyPatch, schedule: Any, sentence: str
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 10, 30, 9, tzinfo=UTC))

    answer = plan(partner, **schedule)

    assert_error(answer, 400, "invalid_request")
    assert answer.body["message"].startswith(sentence)
    assert not ScheduledCall.objects.exists()


@pytest.mark.parametrize(
    ("zone", "written", "read"),
    [
        # The hour that comes twice, the first and the second time of it.
        ("America/Toronto", "2026-11-01T01:30:00-04:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("America/Toronto", "2026-11-01T01:30:00-05:00", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        # Around the one that is left out.
        ("America/Toronto", "2027-03-14T01:59:00", datetime(2027, 3, 14, 6, 59, tzinfo=UTC)),
        ("America/Toronto", "2027-03-14T03:00:00", datetime(2027, 3, 14, 7, 0, tzinfo=UTC)),
    ],
)
def test_both_clock_changes_can_be_named(
    partner: ApiClient, office: Office, monkeypatch: pytest.MonkeyPatch, zone: str, written: str, read: datetime
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 10, 30, 9, tzinfo=UTC))

    assert planned(plan(partner, not_before=written, time_zone=zone)).next_at == read


def test_a_call_outside_of_the_calling_hours_is_planned_for_the_next_permitted_minute(
    partner: ApiClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # From 9 to 20 where the number rings, which is in Washington; Saturday and Sunday not at all.
    CallingHours.objects.create(organization=office.agent.organization, weekdays=0b0011111)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 12, 4, 9, tzinfo=UTC))

    answer = plan(partner, not_before="2026-12-05T01:00:00Z")

    assert (answer.body["not_before"], answer.body["moved_from"]) == ("2026-12-05T01:00:00.000Z",) * 2
    assert (answer.body["estimated_start"], answer.body["reason"]) == (
        "2026-12-07T14:00:00.000Z",
        "outside_calling_hours",
    )


def test_a_window_that_the_calling_hours_leave_empty_is_refused(
    partner: ApiClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    CallingHours.objects.create(organization=office.agent.organization, start=time(9), end=time(20))
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 12, 4, 9, tzinfo=UTC))

    answer = plan(partner, not_before="2026-12-05T02:00:00Z", not_after="2026-12-05T14:00:00Z")

    assert_error(answer, 403, "outside_calling_hours")


def test_what_is_in_the_way_today_is_said_today(partner: ApiClient, office: Office) -> None:
    make_do_not_call(office.agent.organization, phone_number=customer(0))

    assert_error(plan(partner), 403, "do_not_call")
    assert_error(plan(partner, call={"agent_id": "nobody"}), 404, "agent_not_found")
    assert_error(plan(partner, call={"phone_number": "+12025550100"}), 400, "invalid_request")
    assert_error(plan(partner, call={"variables": {"a": {"b": "x" * 20_000}}}), 400, "invalid_variables")
    assert not ScheduledCall.objects.exists()


def test_a_number_of_nobody_becomes_a_contact(partner: ApiClient, office: Office) -> None:
    scheduled = planned(plan(partner, call={"phone_number": customer(1)}))

    assert scheduled.contact == Contact.objects.get(phone_number=customer(1))


def test_an_organization_plans_no_more_than_it_may(partner: ApiClient, office: Office, settings: Any) -> None:
    settings.TETHER_SCHEDULED_CALLS_MAX = 1
    first = planned(plan(partner))

    assert_error(plan(partner), 409, "too_many_scheduled_calls")

    partner.delete(f"{OF_PARTNERS}/{first.pk}")
    planned(plan(partner))


# ---- Idempotency-Key


def test_the_same_key_and_body_plan_one_call(partner: ApiClient, office: Office) -> None:
    begins = in_minutes(60)
    first = plan(partner, key="one", not_before=begins)
    again = plan(partner, key="one", not_before=begins)

    assert (again.status, again.body) == (202, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ScheduledCall.objects.count() == 1
    assert_error(plan(partner, key="one", not_before=in_minutes(90)), 409, "idempotency_conflict")


def test_a_process_that_is_gone_leaves_plan_and_answer_or_neither(
    partner: ApiClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = in_minutes(60)

    def killed(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        # After the answer was noted, before the transaction is over.
        patch.setattr(request_call, "tell", killed)
        patch.setattr("calls.services.agent_calls.idempotency.Once.release", lambda _: True)
        with pytest.raises(SystemExit):
            plan(partner, key="one", not_before=begins)
    assert not ScheduledCall.objects.exists()
    assert IdempotentRequest.objects.get().answer is None

    IdempotentRequest.objects.update(created_at=timezone.now() - idempotency.RUNS_AT_MOST - timedelta(seconds=1))
    planned(plan(partner, key="one", not_before=begins))
    assert ScheduledCall.objects.count() == 1


# ---- Read, moved, canceled


def test_planned_calls_are_listed_and_filtered(partner: ApiClient, user: User) -> None:
    first = make_scheduled(user, state="canceled")
    second = make_scheduled(user)

    page = partner.get(OF_PARTNERS)
    assert_is("PartnerScheduledCallsPage", page.body)
    assert [each["id"] for each in page.body["scheduled_calls"]] == [second.pk, first.pk]
    assert (page.body["count"], page.body["pages"]) == (2, 1)
    for query, found in (
        ({"status": "canceled"}, [first.pk]),
        ({"contact_id": second.contact_id}, [second.pk]),
        ({"status": "scheduled", "contact_id": first.contact_id}, []),
    ):
        assert [each["id"] for each in partner.get(OF_PARTNERS, **query).body["scheduled_calls"]] == found
    assert_error(partner.get(OF_PARTNERS, state="canceled"), 400, "invalid_request")


def test_a_call_is_moved(partner: ApiClient, user: User) -> None:
    scheduled = make_scheduled(user, attempts=1, max_attempts=3)
    begins = in_minutes(90)

    answer = partner.patch(f"{OF_PARTNERS}/{scheduled.pk}", {"not_before": begins})

    assert_is("PartnerScheduledCall", answer.body)
    assert (answer.status, answer.body["estimated_start"], answer.body["attempts"]) == (200, begins, 1)
    assert states_told(scheduled) == ["scheduled"]
    wrong = partner.patch(f"{OF_PARTNERS}/{scheduled.pk}", {"not_before": "2020-01-01T00:00:00Z"})
    assert_error(wrong, 400, "invalid_request")


def test_a_call_is_canceled_once(partner: ApiClient, user: User) -> None:
    scheduled = make_scheduled(user)

    for _ in range(2):
        answer = partner.delete(f"{OF_PARTNERS}/{scheduled.pk}")
        assert (answer.status, answer.body["status"]) == (200, "canceled")
    assert states_told(scheduled) == ["canceled"]
    moved = partner.patch(f"{OF_PARTNERS}/{scheduled.pk}", {"not_before": in_minutes(5)})
    assert_error(moved, 409, "scheduled_call_begun")


@pytest.mark.parametrize("state", ["in_progress", "completed", "failed", "expired"])
def test_what_has_begun_or_is_over_stays_as_it_is(partner: ApiClient, user: User, state: str) -> None:
    scheduled = make_scheduled(user, state=state)

    assert_error(partner.delete(f"{OF_PARTNERS}/{scheduled.pk}"), 409, "scheduled_call_begun")
    moved = partner.patch(f"{OF_PARTNERS}/{scheduled.pk}", {"not_before": in_minutes(5)})
    assert_error(moved, 409, "scheduled_call_begun")


def test_keys_need_permission(user: User) -> None:
    scheduled = make_scheduled(user)
    path = f"{OF_PARTNERS}/{scheduled.pk}"
    reader, dialler = partner_of(user, "can_read_calls"), partner_of(user, "can_initiate_calls")

    assert (reader.get(path).status, dialler.get(path).status) == (200, 403)
    assert reader.delete(path).status == reader.patch(path, {"not_before": in_minutes(5)}).status == 403
    assert dialler.delete(path).status == 200


def test_another_organization_finds_nothing(other_partner: ApiClient, user: User, office: Office) -> None:
    scheduled = make_scheduled(user)
    path = f"{OF_PARTNERS}/{scheduled.pk}"
    nothing = other_partner.get(f"{OF_PARTNERS}/{'0' * 24}")

    for answer in (
        other_partner.get(path),
        other_partner.delete(path),
        other_partner.patch(path, {"not_before": in_minutes(5)}),
    ):
        assert (answer.status, answer.body) == (404, nothing.body)
    assert other_partner.get(OF_PARTNERS).body["count"] == 0
    assert other_partner.get(OF_PARTNERS, contact_id=scheduled.contact_id).body["count"] == 0
    assert_error(plan(other_partner, call={"agent_id": office.agent.pk}), 404, "agent_not_found")
    scheduled.refresh_from_db()
    assert scheduled.state == "scheduled"


def test_reading_takes_few_statements(partner: ApiClient, user: User) -> None:
    for _ in range(3):
        scheduled = make_scheduled(user)

    with statements_made() as made:
        partner.get(OF_PARTNERS)
    assert len(made) == 3
    with statements_made() as made:
        partner.get(f"{OF_PARTNERS}/{scheduled.pk}")
    assert len(made) == 2
