"""/api/reminders, and the event that each has at its time, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.models import LegalHold, ScheduledCall
from contacts.models import Contact, Reminder
from contacts.services import reminders
from contacts.services.reminders import remind
from tests.at_once import at_once
from tests.calls.api.ai.conftest import office, simulator
from tests.calls.api.ai.outbound import Office, assert_refused
from tests.calls.scheduling import in_minutes
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_contact, make_do_not_call, make_reminder, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import Organization, User
from tether_calls.common.times import to_wire
from tether_calls.realtime.models import EventLog

__all__ = ["office", "simulator"]

pytestmark = pytest.mark.django_db

REMINDERS = "/api/reminders"


@pytest.fixture
def contact(home: Organization) -> Contact:
    return make_contact(home)


def create(api: ApiClient, contact: Contact, **fields: Any) -> Answer:
    body = {"contactId": contact.pk, "note": "Ask about the offer", "reminderDate": in_minutes(60), **fields}
    answer = api.post(REMINDERS, {name: value for name, value in body.items() if value is not None})
    assert_is("ReminderResponse" if answer.status == 201 else "CallsErrorResponse", answer.body)
    return answer


def listed(api: ApiClient, **query: str) -> list[str]:
    answer = api.get(REMINDERS, **query)
    assert answer.status == 200, answer
    assert_is("RemindersResponse", answer.body)
    return [each["_id"] for each in answer.body["data"]]


def told() -> list[dict[str, Any]]:
    return [row.data["reminder"] for row in EventLog.objects.filter(name="reminder_due").order_by("pk")]


def test_a_reminder_is_made(api: ApiClient, user: User, contact: Contact) -> None:
    date = in_minutes(60)

    answer = create(api, contact, reminderDate=date, channelType="call")

    reminder = Reminder.objects.get()
    assert answer.body == {
        "success": True,
        "message": "Reminder created",
        "data": {
            "_id": reminder.pk,
            "contactId": contact.pk,
            "organizationId": user.organization_id,
            "createdBy": user.pk,
            "note": "Ask about the offer",
            "reminderDate": date,
            "channelType": "call",
            "fired": False,
            "createdAt": to_wire(reminder.created_at),
        },
    }


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reminderDate": "2020-01-01T00:00:00Z"}, "VALIDATION_ERROR"),
        ({"reminderDate": "2999-01-01T00:00:00Z"}, "VALIDATION_ERROR"),
        ({"reminderDate": "tomorrow"}, "VALIDATION_ERROR"),
        ({"reminderDate": None}, "VALIDATION_ERROR"),
        ({"note": " "}, "VALIDATION_ERROR"),
        ({"note": "x" * 2_001}, "VALIDATION_ERROR"),
        ({"channelType": "email"}, "VALIDATION_ERROR"),
        ({"channelType": "none", "agentId": UNKNOWN_ID}, "VALIDATION_ERROR"),
        ({"channelType": "sms"}, "CHANNEL_NOT_AVAILABLE"),
        ({"channelType": "call", "agentId": UNKNOWN_ID}, "AGENT_NOT_FOUND"),
    ],
    ids=str,
)
def test_what_is_no_reminder_is_refused(api: ApiClient, contact: Contact, fields: Any, code: str) -> None:
    assert_refused(create(api, contact, **fields), 400, code)
    assert not Reminder.objects.exists()


def test_a_user_has_no_more_than_one_may_have(api: ApiClient, contact: Contact, settings: Any) -> None:
    settings.TETHER_REMINDERS_MAX = 1
    assert create(api, contact).status == 201

    assert_refused(create(api, contact), 409, "TOO_MANY_REMINDERS")


def test_ones_own_that_are_to_come_are_listed_soonest_first(api: ApiClient, user: User, home: Organization) -> None:
    first, second, third = (make_contact(home) for _ in range(3))
    now = timezone.now()
    late = make_reminder(user, first, reminder_date=now + timedelta(hours=3))
    soon = make_reminder(user, second, reminder_date=now + timedelta(hours=1))
    middle = make_reminder(user, third, reminder_date=now + timedelta(hours=2))
    make_reminder(user, first, fired_at=now)
    make_reminder(make_user(organization=home), first)

    assert listed(api) == [soon.pk, middle.pk, late.pk]
    assert listed(api, contactId=first.pk) == [late.pk]
    assert listed(api, contactIds=f"{first.pk}, {third.pk}") == [middle.pk, late.pk]
    assert listed(api, contactIds=third.pk, contactId=second.pk) == [soon.pk, middle.pk]
    for wrong in ({"contactIds": ","}, {"contactIds": "x"}, {"contactId": "x"}, {"contact": first.pk}):
        assert api.get(REMINDERS, **wrong).status == 400
    with statements_made() as made:
        listed(api)
    assert len(made) == 2


def test_nobody_elses_is_seen_or_taken_away(
    api: ApiClient, other_api: ApiClient, user: User, home: Organization, contact: Contact
) -> None:
    reminder = make_reminder(user, contact)
    colleague = logged_in(make_user(organization=home))

    for other in (colleague, other_api):
        assert listed(other) == listed(other, contactId=contact.pk) == []
        unknown = other.delete(f"{REMINDERS}/{UNKNOWN_ID}")
        answer = other.delete(f"{REMINDERS}/{reminder.pk}")
        assert (answer.status, answer.body) == (404, unknown.body)
    assert_refused(create(other_api, contact), 404, "CONTACT_NOT_FOUND")
    assert api.delete(f"{REMINDERS}/{reminder.pk}").status == 200
    assert not Reminder.objects.exists()


# ---- At its time


def test_one_of_a_contact_under_a_legal_hold_is_done_with_and_stays(
    api: ApiClient, home: Organization, user: User, contact: Contact
) -> None:
    held, other = make_reminder(user, contact), make_reminder(user, make_contact(home))
    LegalHold.objects.create(organization=home, scope="contact", contact_id=contact.pk, reason="Claim")

    for reminder in (held, other):
        assert api.delete(f"{REMINDERS}/{reminder.pk}").status == 200

    assert listed(api) == []
    [left] = Reminder.objects.all()
    assert (left.pk, left.note, left.fired) == (held.pk, held.note, True)
    remind()
    assert not EventLog.objects.filter(name="reminder_due").exists()


def test_it_is_told_of_at_its_time_once(user: User, contact: Contact) -> None:
    due = make_reminder(user, contact, reminder_date=timezone.now() - timedelta(seconds=1))
    make_reminder(user, contact)

    remind()
    remind()

    (event,) = told()
    assert (event["_id"], event["fired"]) == (due.pk, True)
    due.refresh_from_db()
    assert due.fired


def test_a_process_that_is_killed_in_between_has_told_nobody(
    user: User, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_reminder(user, contact, reminder_date=timezone.now() - timedelta(seconds=1))

    def killed(**_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(reminders, "publish_all", killed)
        with pytest.raises(SystemExit):
            remind()
    assert Reminder.objects.get().fired is False

    remind()
    assert len(told()) == 1


@pytest.mark.django_db(transaction=True)
def test_jobs_at_once_tell_of_each_once(user: User, other_user: User) -> None:
    for owner in (user, other_user):
        assert owner.organization is not None
        contact = make_contact(owner.organization)
        for _ in range(120):
            make_reminder(owner, contact, reminder_date=timezone.now() - timedelta(seconds=1))

    at_once([remind] * 3)

    assert len({each["_id"] for each in told()}) == len(told()) == 240
    for row in EventLog.objects.filter(name="reminder_due"):
        assert row.data["reminder"]["organizationId"] == row.organization_id


# ---- Those that have an agent call


def test_a_reminder_with_an_agent_is_a_call_at_that_time(api: ApiClient, office: Office) -> None:
    date = in_minutes(60)

    answer = create(api, office.contact, reminderDate=date, channelType="call", agentId=office.agent.pk)

    assert answer.body["data"]["agentId"] == office.agent.pk
    (scheduled,) = ScheduledCall.objects.all()
    assert (scheduled.source, scheduled.state, to_wire(scheduled.next_at)) == ("reminder", "scheduled", date)
    assert (scheduled.contact, scheduled.agent, scheduled.call_reason) == (
        office.contact,
        office.agent,
        "Ask about the offer",
    )
    assert scheduled.reminder_id == answer.body["data"]["_id"]

    api.delete(f"{REMINDERS}/{scheduled.reminder_id}")
    scheduled.refresh_from_db()
    assert (scheduled.state, scheduled.reminder_id) == ("canceled", None)


def test_a_call_that_is_being_made_outlives_its_reminder(api: ApiClient, office: Office) -> None:
    create(api, office.contact, channelType="call", agentId=office.agent.pk)
    ScheduledCall.objects.update(state="in_progress")

    assert api.delete(f"{REMINDERS}/{Reminder.objects.get().pk}").status == 200
    assert ScheduledCall.objects.get().state == "in_progress"


def test_without_the_call_there_is_no_reminder(api: ApiClient, office: Office) -> None:
    make_do_not_call(office.agent.organization, phone_number=office.contact.phone_number)

    assert_refused(create(api, office.contact, channelType="call", agentId=office.agent.pk), 400, "DO_NOT_CALL")
    assert not Reminder.objects.exists()
