"""On the page of a call: its customer wants no more calls, and it was not meant so."""

from __future__ import annotations

import pytest
from django.test import Client

from calls.models import Call
from calls.reports import CallReport, TranscriptTurn
from calls.services.lifecycle.apply_report import apply_report
from contacts.models import DoNotCallNumber
from tests.admin_site import admin_of, list_of, make_recording, make_staff, page_at, page_of, text_of
from tests.factories import UNKNOWN_ID, make_call
from tether_calls.accounts.models import AccessRole, User

pytestmark = pytest.mark.django_db

BUTTON = "Not meant so"


@pytest.fixture
def call(user: User) -> Call:
    assert user.organization is not None
    call = make_call(user, status="completed")
    make_recording(call)
    turns = (TranscriptTurn("agent", "Hello", 1.0), TranscriptTurn("user", "Stop calling me, <b>please</b>.", 7.5))
    report = CallReport(provider="external", transcript=turns)
    apply_report(organization_id=user.organization.pk, call_id=call.pk, report=report)
    call.refresh_from_db()
    return call


def staff_with(role: AccessRole, user: User) -> Client:
    assert user.organization is not None
    member = make_staff(user.organization)
    member.access_role = role
    member.save()
    return admin_of(member)


@pytest.mark.parametrize(("role", "may_undo"), [(AccessRole.SALES_REP, False), (AccessRole.DEPARTMENT_HEAD, True)])
def test_it_is_shown_with_what_was_said_and_a_link_to_the_second(
    user: User, call: Call, role: AccessRole, may_undo: bool
) -> None:
    page = staff_with(role, user).get(page_of(call)).content.decode()

    assert "Asked not to be called again" in page
    assert "Stop calling me, &lt;b&gt;please&lt;/b&gt;" in page
    assert 'href="?t=7"' in page
    assert (BUTTON in page) is may_undo


def test_the_list_marks_it(user: User, call: Call) -> None:
    assert "Opted out" in staff_with(AccessRole.SALES_REP, user).get(list_of(Call)).content.decode()


def test_it_is_undone_with_one_click(user: User, call: Call) -> None:
    head = staff_with(AccessRole.DEPARTMENT_HEAD, user)
    assert DoNotCallNumber.objects.count() == 1

    answer = head.post(page_of(call, "not_opted_out"), follow=True)

    assert "It does not count any more" in text_of(answer)
    assert BUTTON not in text_of(answer)
    assert not DoNotCallNumber.objects.exists()


def test_a_sales_representative_does_not_undo_it(user: User, call: Call) -> None:
    answer = staff_with(AccessRole.SALES_REP, user).post(page_of(call, "not_opted_out"), follow=True)

    assert BUTTON not in text_of(answer)
    call.refresh_from_db()
    assert call.opted_out_at is not None
    assert DoNotCallNumber.objects.count() == 1


def test_a_call_of_another_organization_is_like_none(other_user: User, call: Call) -> None:
    head = staff_with(AccessRole.DEPARTMENT_HEAD, other_user)

    answers = [head.post(page_at(Call, call_id, "not_opted_out")) for call_id in (call.pk, UNKNOWN_ID)]

    assert [answer.status_code for answer in answers] == [302, 302]
    call.refresh_from_db()
    assert call.opted_out_at is not None
    assert head.get(page_of(call, "not_opted_out")).status_code == 405
