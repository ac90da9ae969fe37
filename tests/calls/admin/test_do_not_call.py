"""On the page of a call: the customer's number goes onto the Do Not Call list."""

from __future__ import annotations

import pytest
from django.test import Client

from calls.models import Call
from contacts.models import DoNotCallNumber
from tests.admin_site import admin_of, make_staff, make_superuser, page_at, page_of, text_of
from tests.factories import make_call, make_do_not_call
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

OURS, CUSTOMER = "+14165550100", "+14165550199"
BUTTON = "Do not call this number again"


@pytest.fixture
def member(user: User) -> User:
    assert user.organization is not None
    return make_staff(user.organization)


@pytest.fixture
def staff(member: User) -> Client:
    return admin_of(member)


@pytest.mark.parametrize(
    ("direction", "from_number", "to_number"), [("inbound", CUSTOMER, OURS), ("outbound", OURS, CUSTOMER)]
)
def test_the_number_of_the_customer_is_recorded_with_its_call(
    staff: Client, member: User, user: User, direction: str, from_number: str, to_number: str
) -> None:
    call = make_call(user, direction=direction, from_number=from_number, to_number=to_number)
    assert page_of(call, "do_not_call") in staff.get(page_of(call)).content.decode()
    assert CUSTOMER in text_of(staff.get(page_of(call, "do_not_call")))
    assert not DoNotCallNumber.objects.exists()

    answer = staff.post(page_of(call, "do_not_call"), {"reason": "Said never again"})

    assert (answer.status_code, answer["Location"]) == (302, page_of(call))
    entry = DoNotCallNumber.objects.get()
    assert (entry.phone_number, entry.reason, entry.source) == (CUSTOMER, "Said never again", "call")
    assert (entry.organization_id, entry.added_by_id, entry.call_id) == (user.organization_id, member.pk, call.pk)
    shown = staff.get(page_of(call)).content.decode()
    assert (f'href="{page_of(entry)}"' in shown, BUTTON in shown) == (True, False)


def test_doing_so_again_changes_nothing(staff: Client, user: User) -> None:
    assert user.organization is not None
    entry = make_do_not_call(user.organization, phone_number=CUSTOMER, reason="Before")

    answer = staff.post(page_of(make_call(user), "do_not_call"), {"reason": "After"}, follow=True)

    assert "was on the Do Not Call list already" in text_of(answer)
    assert DoNotCallNumber.objects.get().reason == entry.reason


@pytest.mark.parametrize("number", ["", "anonymous", "client:dana", "12"])
def test_what_is_no_number_cannot_be_recorded(staff: Client, user: User, number: str) -> None:
    call = make_call(user, to_number=number)
    assert BUTTON not in text_of(staff.get(page_of(call)))
    assert staff.post(page_of(call, "do_not_call"), {}).status_code == 302
    assert not DoNotCallNumber.objects.exists()


def test_a_reason_that_is_too_long_is_asked_for_again(staff: Client, user: User) -> None:
    assert staff.post(page_of(make_call(user), "do_not_call"), {"reason": "x" * 201}).status_code == 200
    assert not DoNotCallNumber.objects.exists()


def test_a_superuser_records_it_for_the_organization_of_the_call(user: User) -> None:
    admin_of(make_superuser()).post(page_of(make_call(user), "do_not_call"), {})
    assert DoNotCallNumber.objects.get().organization_id == user.organization_id


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_call_of_another_organization_is_like_none(staff: Client, other_user: User, method: str) -> None:
    foreign, unknown = make_call(other_user).pk, new_object_id()

    answers = [getattr(staff, method)(page_at(Call, call_id, "do_not_call")) for call_id in (foreign, unknown)]

    assert [(answer.status_code, answer["Location"], answer.content) for answer in answers] == [
        (302, "/admin/", b"")
    ] * 2
    assert not DoNotCallNumber.objects.exists()


def test_another_organizations_list_is_not_told_of(staff: Client, user: User, other_user: User) -> None:
    assert other_user.organization is not None
    make_do_not_call(other_user.organization, phone_number=CUSTOMER)
    assert BUTTON in text_of(staff.get(page_of(make_call(user))))
