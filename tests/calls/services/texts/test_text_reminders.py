"""Reminders by text: at their time, once, by the rules."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import OutgoingText, VoiceAccount
from calls.services.texts import text_reminders as module
from calls.services.texts.hand_over import send_texts
from calls.services.texts.text_reminders import GIVEN_UP_AFTER, text_reminders
from contacts.models import Contact, Reminder
from contacts.services.reminders import remind
from conversations.models import Message
from tests.calls import telephony
from tests.calls.scheduling import in_minutes
from tests.calls.texting import DELIVERED, DOUBLED, make_twilio, simulated
from tests.clients import Answer, ApiClient
from tests.factories import make_contact, make_conversation, make_do_not_call, make_organization, make_reminder
from tests.refusals import assert_fault, assert_refused
from tether_calls.accounts.calling_hours import Hours, set_calling_hours
from tether_calls.accounts.models import Organization, User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

NOTE = "Your appointment is tomorrow at 14:30."


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


@pytest.fixture
def account(user: User, simulator: Simulator) -> VoiceAccount:
    return make_twilio(user, base_url=simulator.url)


@pytest.fixture
def contact(home: Organization) -> Contact:
    return make_contact(home, phone_number=DELIVERED)


def create(api: ApiClient, contact: Contact, **fields: Any) -> Answer:
    body = {"contactId": contact.pk, "note": NOTE, "reminderDate": in_minutes(60), "channelType": "sms", **fields}
    return api.post("/api/reminders", body)


def due(user: User, contact: Contact, **fields: Any) -> Reminder:
    """One whose time has come a second ago."""
    at = timezone.now() - timedelta(seconds=1)
    given = {"note": NOTE, "channel_type": "sms", "reminder_date": at, "text_at": at}
    return make_reminder(user, contact, **{**given, **fields})


def run() -> None:
    text_reminders()
    send_texts()


def sent(simulator: Simulator) -> list[str]:
    return [text["body"] for text in simulator.happened()["texts"]]


def failures() -> list[tuple[str, str | None]]:
    events = EventLog.objects.filter(name="reminder_failed").order_by("pk")
    return [(event.data["code"], event.user_id) for event in events]


def test_it_is_sent_at_its_time_once(
    api: ApiClient, user: User, simulator: Simulator, account: VoiceAccount, contact: Contact
) -> None:
    answer = create(api, contact)
    assert answer.status == 201, answer
    assert answer.body["data"]["channelType"] == "sms"
    run()
    assert not sent(simulator)

    Reminder.objects.update(reminder_date=timezone.now(), text_at=timezone.now())
    remind()
    run()
    run()

    assert sent(simulator) == [NOTE]
    message = Message.objects.get()
    assert (message.contact, message.sent_by, message.is_ai_generated) == (contact, user.full_name, False)
    text = OutgoingText.objects.get()
    assert (text.purpose, text.reminder_id, text.user_id) == ("reminder", Reminder.objects.get().pk, user.pk)
    assert EventLog.objects.get(name="reminder_due").user_id == user.pk
    assert not failures()


def test_it_goes_from_the_number_of_the_contacts_conversation(
    user: User, simulator: Simulator, account: VoiceAccount, contact: Contact
) -> None:
    telephony.make_number(user, "twilio", "+14165550102", is_default=False)
    conversation = make_conversation(contact, channel_identifier="+14165550102", last_message_time=timezone.now())
    due(user, contact)

    run()

    assert [text["from"] for text in simulator.happened()["texts"]] == ["+14165550102"]
    assert Message.objects.get().conversation == conversation


@pytest.mark.parametrize("note", ["x" * 1_601, "👍" * 801])
def test_a_note_that_is_no_text_is_refused(note: str, api: ApiClient, account: VoiceAccount, contact: Contact) -> None:
    assert_fault(create(api, contact, note=note), "note")
    assert not Reminder.objects.exists()


def test_a_contact_that_gets_no_texts_is_refused(api: ApiClient, home: Organization, account: VoiceAccount) -> None:
    assert_fault(create(api, make_contact(home, phone_number="+266696687")), "contactId")
    assert not Reminder.objects.exists()


def test_an_organization_that_sends_no_texts_has_no_such_reminders(api: ApiClient, contact: Contact) -> None:
    assert_refused(create(api, contact), 400, "CHANNEL_NOT_AVAILABLE")
    assert not Reminder.objects.exists()


def test_one_that_is_done_with_is_not_sent(
    api: ApiClient, user: User, simulator: Simulator, account: VoiceAccount, contact: Contact
) -> None:
    reminder = due(user, contact)

    assert api.delete(f"/api/reminders/{reminder.pk}").status == 200
    run()

    assert not sent(simulator)


# ---- What is in the way


def close(organization: Organization) -> None:
    """It calls nobody today, and the whole day in three days."""
    day = (timezone.now().weekday() + 3) % 7
    set_calling_hours(organization_id=organization.pk, hours=Hours(start=time(0), end=time(0), days=[day]))


def test_outside_of_the_hours_it_waits_for_the_next_permitted_minute(
    user: User, home: Organization, simulator: Simulator, account: VoiceAccount, contact: Contact
) -> None:
    close(home)
    reminder = due(user, contact)

    run()
    reminder.refresh_from_db()
    assert not sent(simulator)
    assert reminder.text_at is not None
    assert timedelta(days=1) < reminder.text_at - timezone.now() < timedelta(days=4)
    assert reminder.text_code == "OUTSIDE_CALLING_HOURS"
    assert not failures()

    set_calling_hours(organization_id=home.pk, hours=None)
    Reminder.objects.update(text_at=timezone.now())
    run()
    assert sent(simulator) == [NOTE]
    assert Reminder.objects.values_list("text_at", "text_code").get() == (None, "")


def test_above_the_ceiling_it_waits_until_there_may_be_another(
    api: ApiClient, user: User, simulator: Simulator, account: VoiceAccount, contact: Contact, settings: Any
) -> None:
    settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR = 1
    api.post("/api/messages/send", {"contactId": contact.pk, "content": "The only one."})
    reminder = due(user, contact)

    run()

    reminder.refresh_from_db()
    assert reminder.text_at is not None
    assert timedelta(minutes=58) < reminder.text_at - timezone.now() <= timedelta(minutes=60, seconds=1)
    assert reminder.text_code == "TEXT_LIMIT_REACHED"
    assert sent(simulator) == ["The only one."]


def test_what_never_passes_is_told_to_whose_reminder_it_is(
    user: User, home: Organization, simulator: Simulator, account: VoiceAccount, contact: Contact
) -> None:
    make_do_not_call(home, phone_number=DELIVERED)
    reminder = due(user, contact)

    run()
    run()

    reminder.refresh_from_db()
    assert (reminder.text_at, reminder.text_code) == (None, "DO_NOT_CALL")
    assert failures() == [("DO_NOT_CALL", user.pk)]
    assert not sent(simulator)
    assert not Message.objects.exists()


def test_without_a_carrier_by_then_there_is_none(user: User, contact: Contact) -> None:
    due(user, contact)

    text_reminders()

    assert failures() == [("PROVIDER_NOT_CONFIGURED", user.pk)]


@pytest.mark.parametrize("has_moved", [True, False])
def test_who_has_left_writes_to_nobody(
    has_moved: bool, user: User, simulator: Simulator, account: VoiceAccount, contact: Contact
) -> None:
    due(user, contact)
    if has_moved:
        user.organization = make_organization()
    else:
        user.is_active = False
    user.save()

    run()

    assert not sent(simulator)
    assert Reminder.objects.values_list("text_at", "text_code").get() == (None, "FORBIDDEN")


def test_after_eight_days_it_is_given_up(
    user: User, home: Organization, simulator: Simulator, account: VoiceAccount, contact: Contact
) -> None:
    close(home)
    due(user, contact, reminder_date=timezone.now() - GIVEN_UP_AFTER)

    run()

    assert failures() == [("OUTSIDE_CALLING_HOURS", user.pk)]


def test_one_that_cannot_be_written_keeps_back_no_other(
    user: User,
    home: Organization,
    simulator: Simulator,
    account: VoiceAccount,
    contact: Contact,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = due(user, make_contact(home, phone_number=DOUBLED))
    due(user, contact)
    write = module._write

    def break_down(reminder: Reminder, now: Any) -> None:
        if reminder.pk == broken.pk:
            raise RuntimeError("broken")
        write(reminder, now)

    monkeypatch.setattr(module, "_write", break_down)
    run()

    assert len(sent(simulator)) == 1
    broken.refresh_from_db()
    assert broken.text_at is not None
    assert broken.text_at > timezone.now()


@pytest.mark.django_db(transaction=True)
def test_of_many_runs_at_once_one_writes(
    user: User, simulator: Simulator, account: VoiceAccount, contact: Contact
) -> None:
    for _ in range(3):
        due(user, contact)

    def job(_: int) -> None:
        try:
            run()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(job, range(12)))
    # One that another run was just writing was left to it.
    run()

    assert len(sent(simulator)) == 3
    assert OutgoingText.objects.count() == 3
