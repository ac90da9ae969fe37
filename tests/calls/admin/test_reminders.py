"""Reminders in the admin: whose, about whom, when, and what has come of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from calls.models import TextPurpose
from calls.selectors.texts.line import text_line
from calls.services.texts.queue_text import queue_text
from contacts.models import Contact, Reminder
from tests.admin_site import list_of, page_of, text_of
from tests.calls.scheduling import make_scheduled
from tests.calls.texting import make_twilio
from tests.factories import make_contact, make_reminder, make_user
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(home: Organization) -> Contact:
    return make_contact(home, phone_number="+14165550142", first_name="Ada", last_name="Lovelace")


@pytest.fixture(autouse=True)
def heads(staff: Client) -> None:
    User.objects.filter(is_staff=True).update(access_role=AccessRole.DEPARTMENT_HEAD)


def test_the_list_says_whose_about_whom_and_what_is_in_the_way(staff: Client, user: User, contact: Contact) -> None:
    now = timezone.now()
    make_reminder(
        user,
        contact,
        note="Bring the offer",
        channel_type="sms",
        fired_at=now,
        text_at=now + timedelta(hours=9),
        text_code="OUTSIDE_CALLING_HOURS",
    )

    page = text_of(staff.get(list_of(Reminder)))

    assert all(
        words in page
        for words in ("Bring the offer", "Ada Lovelace", user.full_name, "SMS", "Text waits", "calling hours")
    )


def test_its_page_leads_to_its_call_and_its_text(
    staff: Client, user: User, home: Organization, contact: Contact
) -> None:
    called = make_reminder(user, contact, channel_type="call")
    scheduled = make_scheduled(user, reminder=called, state="completed")
    written = make_reminder(user, contact, channel_type="sms", fired_at=timezone.now())
    make_twilio(user)
    with transaction.atomic():
        text = queue_text(
            organization_id=home.pk,
            contact=contact,
            content="Tomorrow",
            line=text_line(organization_id=home.pk),
            purpose=TextPurpose.REMINDER,
            reminder_id=written.pk,
        )

    of_call, of_text = (staff.get(page_of(each)).content.decode() for each in (called, written))

    assert page_of(scheduled) in of_call
    assert page_of(text.message.conversation) in of_text
    assert "queued" in of_text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=to_come", {"to come"}),
        ("state=waits", {"waits"}),
        ("state=no_text", {"no text"}),
        ("state=done", {"done"}),
        ("state=x", {"to come", "waits", "no text", "done"}),
        ("channel_type__exact=sms", {"waits", "no text"}),
        ("q=%2B1+(416)+555-0142", {"to come", "waits", "no text", "done"}),
        ("q=%2B14165550143", set()),
    ],
)
def test_filters_and_searches(query: str, found: set[str], staff: Client, user: User, contact: Contact) -> None:
    now = timezone.now()
    make_reminder(user, contact, note="It is: to come")
    make_reminder(user, contact, note="It is: waits", channel_type="sms", fired_at=now, text_at=now, text_code="X")
    make_reminder(user, contact, note="It is: no text", channel_type="sms", fired_at=now, text_code="DO_NOT_CALL")
    make_reminder(user, contact, note="It is: done", fired_at=now)
    Reminder.objects.filter(text_code="X").update(text_code="TEXT_LIMIT_REACHED")

    page = text_of(staff.get(f"{list_of(Reminder)}?{query}"))

    assert {each for each in ("to come", "waits", "no text", "done") if f"It is: {each}" in page} == found


def test_another_organizations_are_not_there(staff: Client, other_user: User) -> None:
    assert other_user.organization is not None
    theirs = make_reminder(other_user, make_contact(other_user.organization), note="Theirs")

    assert "Theirs" not in text_of(staff.get(list_of(Reminder)))
    assert staff.get(page_of(theirs)).status_code == 302


def test_sales_reps_see_their_own(staff: Client, home: Organization, contact: Contact) -> None:
    User.objects.filter(is_staff=True).update(access_role=AccessRole.SALES_REP)
    make_reminder(User.objects.get(is_staff=True), contact, note="Mine")
    colleagues = make_reminder(make_user(organization=home), contact, note="Somebody else's")

    page = text_of(staff.get(list_of(Reminder)))

    assert "Mine" in page
    assert "Somebody else" not in page
    assert staff.get(page_of(colleagues)).status_code == 302
