"""Scheduled calls in the admin: what is planned, why it moved, and taking it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import ScheduledCall
from tests.admin_site import list_of, page_of, text_of
from tests.calls.scheduling import make_scheduled, states_told
from tests.factories import make_call, make_contact, make_prompt
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db


def cancel(staff: Client, *chosen: ScheduledCall) -> str:
    """What the list says after *Cancel* of those that are chosen in it."""
    body = {"action": "cancel_selected", "_selected_action": [each.pk for each in chosen]}
    return text_of(staff.post(list_of(ScheduledCall), body, follow=True))


def test_the_list_says_when_and_why_it_moved(staff: Client, user: User, home: Organization) -> None:
    now = timezone.now()
    make_scheduled(
        user,
        agent=make_prompt(home, name="Mia"),
        contact=make_contact(home, phone_number="+14165550142"),
        code="OUTSIDE_CALLING_HOURS",
        moved_from=now,
        next_at=now + timedelta(hours=9),
        max_attempts=3,
        attempts=1,
    )

    page = text_of(staff.get(list_of(ScheduledCall)))

    assert all(words in page for words in ("+14165550142", "Mia", "Scheduled", "1 of 3", "calling hours"))


def test_its_page_has_its_calls_and_retries(staff: Client, user: User) -> None:
    call = make_call(user)
    scheduled = make_scheduled(
        user, state="completed", last_call_id=call.pk, outcome="customer_hangup", max_attempts=2, variables={"a": 1}
    )

    page = staff.get(page_of(scheduled))

    assert f'<a href="{page_of(call)}"' in page.content.decode()
    assert all(words in text_of(page) for words in ("Customer hangup", "after 15 min, for no answer, busy"))


@pytest.mark.parametrize("query", ["state__exact=canceled", "q=%2B14165550142", "q={id}", "q=%2B1+(416)+555-0142"])
def test_it_is_found_by_state_number_and_identifier(staff: Client, user: User, home: Organization, query: str) -> None:
    contact = make_contact(home, phone_number="+14165550142")
    wanted = make_scheduled(user, contact=contact, state="canceled")
    other = make_scheduled(user)

    page = text_of(staff.get(f"{list_of(ScheduledCall)}?{query.format(id=wanted.pk)}"))

    assert wanted.phone_number in page
    assert other.phone_number not in page


def test_staff_cancel_what_nobody_is_dialled_for_yet(staff: Client, user: User) -> None:
    waiting, begun = make_scheduled(user), make_scheduled(user, state="in_progress")
    User.objects.filter(is_staff=True).update(access_role=AccessRole.DEPARTMENT_HEAD)

    page = cancel(staff, waiting, begun)

    assert "1 will not be made." in page
    assert "1 not canceled" in page
    waiting.refresh_from_db()
    assert (waiting.state, states_told(waiting), states_told(begun)) == ("canceled", ["canceled"], [])


def test_sales_reps_cancel_their_own(staff: Client, user: User) -> None:
    scheduled = make_scheduled(user)
    User.objects.filter(is_staff=True).update(access_role=AccessRole.SALES_REP)

    assert "1 not canceled" in cancel(staff, scheduled)


def test_another_organizations_are_not_there(staff: Client, other_user: User) -> None:
    theirs = make_scheduled(other_user)

    assert theirs.phone_number not in text_of(staff.get(list_of(ScheduledCall)))
    assert staff.get(page_of(theirs)).status_code == 302
    cancel(staff, theirs)
    theirs.refresh_from_db()
    assert theirs.state == "scheduled"
