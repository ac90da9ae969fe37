"""POST /api/calls/ai/outbound: whom an organization must not call, and when."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import timezone

from calls.demo.simulator import Simulator
from contacts.models import Contact
from tests.calls.api.ai.outbound import (
    ANOTHER_NUMBER,
    OUR_NUMBER,
    Office,
    assert_invalid,
    assert_refused,
    customer,
    dials,
    make_number,
    outbound,
)
from tests.calls.api.ingesting import ingested, nothing_kept
from tests.clients import ApiClient, vendor_of
from tests.factories import ingest_body, make_contact, make_do_not_call
from tether_calls.accounts.models import CallingHours, Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(office: Office) -> Organization:
    assert office.user.organization is not None
    return office.user.organization


def open_on(home: Organization, *days_from_now: int) -> None:
    """Calling hours on these days alone, all day; what the time is here or there makes a day's difference at most."""
    days = {(timezone.now() + timedelta(days=days)).weekday() for days in days_from_now}
    CallingHours.objects.create(organization=home, start=time(0), end=time(0), weekdays=sum(1 << day for day in days))


def test_a_number_on_the_list_is_not_dialled_and_nothing_is_kept(
    api: ApiClient, home: Organization, simulator: Simulator
) -> None:
    make_do_not_call(home, phone_number=customer(1))

    with nothing_kept():
        answer = outbound(api, phoneNumber=customer(1))

    assert_refused(answer, 400, "DO_NOT_CALL")
    assert answer.body["error"] == "The phone number is on your Do Not Call list"
    assert dials(simulator) == 0


def test_a_customer_who_asked_in_a_call_not_to_be_called_again_is_not_dialled(
    api: ApiClient, office: Office, simulator: Simulator
) -> None:
    asks = [{"role": "user", "message": "Please do not call me again.", "timestamp": 3}]
    ingested(vendor_of(office.user), ingest_body(direction="outbound", toNumber=customer(1), transcript=asks))

    assert_refused(outbound(api, phoneNumber=customer(1)), 400, "DO_NOT_CALL")
    assert dials(simulator) == 0


def test_a_contact_on_the_list_is_not_dialled(
    api: ApiClient, office: Office, home: Organization, simulator: Simulator
) -> None:
    make_do_not_call(home, phone_number=customer(0))

    with nothing_kept():
        assert_refused(outbound(api, contactId=office.contact.pk), 400, "DO_NOT_CALL")
    assert dials(simulator) == 0


def test_another_spelling_of_the_number_is_no_way_round_the_list(
    api: ApiClient, home: Organization, simulator: Simulator
) -> None:
    make_do_not_call(home, phone_number="+442079460018")
    contact = make_contact(home, phone_number="+4402079460018")

    for spelling in ("442079460018", "+4402079460018", "+44 (0)20 7946 0018", "0044 20 7946 0018"):
        assert_refused(outbound(api, phoneNumber=spelling), 400, "DO_NOT_CALL")
    assert_refused(outbound(api, contactId=contact.pk), 400, "DO_NOT_CALL")
    assert dials(simulator) == 0


def test_a_call_that_was_just_placed_is_not_answered_again_for_a_number_on_the_list(
    api: ApiClient, office: Office, home: Organization, simulator: Simulator
) -> None:
    assert outbound(api, contactId=office.contact.pk).status == 200
    make_do_not_call(home, phone_number=customer(0))

    assert_refused(outbound(api, contactId=office.contact.pk), 400, "DO_NOT_CALL")
    assert dials(simulator) == 1


def test_what_is_wrong_with_agent_or_number_is_told_before_the_list(api: ApiClient, home: Organization) -> None:
    make_do_not_call(home, phone_number=customer(1))

    assert_refused(outbound(api, phoneNumber=customer(1), agentId="x"), 400, "AGENT_NOT_FOUND")
    assert_refused(outbound(api, phoneNumber=customer(1), fromNumber="+12025550199"), 400, "NO_AI_NUMBER")


def test_the_list_of_another_organization_forbids_nothing(api: ApiClient, office: Office, other_user: User) -> None:
    assert other_user.organization is not None
    make_do_not_call(other_user.organization, phone_number=customer(1))

    assert outbound(api, phoneNumber=customer(1)).status == 200


def test_outside_of_the_calling_hours_nobody_is_dialled_and_nothing_is_kept(
    api: ApiClient, home: Organization, simulator: Simulator
) -> None:
    open_on(home, 3)

    with nothing_kept():
        answer = outbound(api, phoneNumber=customer(1))

    assert_refused(answer, 400, "OUTSIDE_CALLING_HOURS")
    assert customer(1).lstrip("+") not in answer.content.decode()
    assert dials(simulator) == 0
    assert Contact.objects.count() == 1


def test_within_the_calling_hours_people_are_dialled(api: ApiClient, home: Organization) -> None:
    open_on(home, -1, 0, 1)

    assert outbound(api, phoneNumber=customer(1)).status == 200


def test_the_calling_hours_of_another_organization_do_not_count(
    api: ApiClient, office: Office, other_user: User
) -> None:
    assert other_user.organization is not None
    open_on(other_user.organization, 3)

    assert outbound(api, phoneNumber=customer(1)).status == 200


# ---- Numbers that cost whoever calls them, and the own one -----------------------------------------------------------

COSTLY = {
    "premium_rate": ("+19005550199", "+12129761234", "+41900123456", "+979123456789"),
    "shared_cost": ("+611300123450", "+491801234567", "+80812345678"),
    "satellite": ("+870773123450", "+881612345678", "+882161234567", "+883510012345678"),
    "personal": ("+447012345678", "+15005550006"),
}


@pytest.mark.parametrize("number", [number for numbers in COSTLY.values() for number in numbers])
def test_a_number_that_costs_whoever_calls_it_is_not_dialled_and_nothing_is_kept(
    api: ApiClient, office: Office, simulator: Simulator, number: str
) -> None:
    with nothing_kept():
        answer = outbound(api, phoneNumber=number)

    assert_refused(answer, 400, "NUMBER_TYPE_NOT_ALLOWED")
    assert number.lstrip("+") not in answer.content.decode()
    assert dials(simulator) == 0


def test_a_contact_with_such_a_number_is_not_dialled(api: ApiClient, home: Organization, simulator: Simulator) -> None:
    contact = make_contact(home, phone_number="+19005550199")

    assert_refused(outbound(api, contactId=contact.pk), 400, "NUMBER_TYPE_NOT_ALLOWED")
    assert dials(simulator) == 0


def test_an_organization_dials_the_types_that_it_is_allowed_to(api: ApiClient, home: Organization) -> None:
    home.allowed_number_types = ["shared_cost", "satellite"]
    home.save()

    dialled = {its_type: outbound(api, phoneNumber=numbers[0]).status for its_type, numbers in COSTLY.items()}

    assert dialled == {"premium_rate": 400, "shared_cost": 200, "satellite": 200, "personal": 400}


def test_what_another_organization_is_allowed_to_dial_does_not_count(
    api: ApiClient, office: Office, other_user: User
) -> None:
    assert other_user.organization is not None
    other_user.organization.allowed_number_types = list(COSTLY)
    other_user.organization.save()

    assert_refused(outbound(api, phoneNumber="+19005550199"), 400, "NUMBER_TYPE_NOT_ALLOWED")


def test_numbers_that_are_dear_by_their_country_are_dialled(api: ApiClient, office: Office) -> None:
    assert outbound(api, phoneNumber="+18095550199").status == 200


def test_a_number_does_not_call_itself(
    api: ApiClient, office: Office, home: Organization, simulator: Simulator
) -> None:
    itself = make_contact(home, phone_number=OUR_NUMBER)

    with nothing_kept():
        assert_invalid(outbound(api, phoneNumber=OUR_NUMBER), "phoneNumber")
        assert_invalid(outbound(api, contactId=itself.pk), "contactId")
    assert dials(simulator) == 0


def test_a_number_calls_another_one_of_its_organization(api: ApiClient, office: Office) -> None:
    make_number(office.user, phone_number=ANOTHER_NUMBER)

    assert outbound(api, phoneNumber=ANOTHER_NUMBER).status == 200
