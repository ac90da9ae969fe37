"""What an agent's call has cost when it is over: settled or released, once, whatever is reported in whatever order."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.demo.simulator import Simulator
from calls.models import Call, CallStatus
from calls.selectors.agent_calls.billing import CallBilling, call_billing
from tests.admin_site import admin_of, make_staff, page_of, text_of
from tests.at_once import at_once
from tests.calls.api.ai.money import ANSWERED_AT, balance, booked, completed, placed, set_rate, told
from tests.calls.api.ai.outbound import Office, assert_refused, customer, dials, outbound
from tests.clients import ApiClient
from tests.factories import make_call
from tether_calls.accounts.wallet import top_up
from tether_calls.common.money import money_text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rate", "seconds", "cost"),
    [
        ("0.25", 60, "0.25"),
        ("0.25", 0, "0.00"),
        ("0.25", 30, "0.125"),
        ("0.25", 90.001, "0.3792"),  # 91 seconds
        ("0.1", 1, "0.0017"),
        ("0.0001", 1, "0.0001"),
        ("0", 600, "0.00"),
    ],
)
def test_a_call_costs_its_seconds(api: ApiClient, prepaid: Office, rate: str, seconds: float, cost: str) -> None:
    set_rate(prepaid, rate)

    call = completed(placed(api, prepaid), duration=seconds)

    assert (call_billing(call).status, call_billing(call).total_charge) == ("settled", cost)
    assert balance() == money_text(1 - Decimal(cost))


def test_the_bill_adds_up(api: ApiClient, prepaid: Office) -> None:
    call = completed(placed(api, prepaid), duration=150)

    assert call_billing(call) == CallBilling(
        status="settled", currency="USD", initial_charge="0.25", final_charge="0.375", total_charge="0.625"
    )


def test_a_rate_that_changes_during_a_call_does_not_change_its_price(api: ApiClient, prepaid: Office) -> None:
    call = placed(api, prepaid)
    set_rate(prepaid, "99")
    completed(call, duration=120)

    assert balance() == "0.50"


def test_a_call_whose_agent_is_deleted_is_settled_all_the_same(api: ApiClient, prepaid: Office) -> None:
    call = placed(api, prepaid)
    prepaid.agent.delete()
    completed(call, duration=120)

    assert balance() == "0.50"


@pytest.mark.parametrize("status", [CallStatus.FAILED, CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.CANCELED])
def test_a_call_that_nobody_answered_is_released(api: ApiClient, prepaid: Office, status: CallStatus) -> None:
    told(placed(api, prepaid), status=status, end_time=ANSWERED_AT)

    assert (booked()[1:], balance()) == ([("release", "0.25")], "1.00")


def test_a_call_that_broke_off_costs_what_was_spoken(api: ApiClient, prepaid: Office) -> None:
    told(placed(api, prepaid), status=CallStatus.FAILED, answer_time=ANSWERED_AT, duration=30, end_time=ANSWERED_AT)

    assert (booked()[1:], balance()) == ([("settle", "0.125")], "0.875")


def test_a_call_that_ran_on_is_owed_and_the_next_one_is_refused(
    api: ApiClient, prepaid: Office, simulator: Simulator
) -> None:
    completed(placed(api, prepaid), duration=3600)
    assert balance() == "-14.00"

    set_rate(prepaid, "0")
    assert_refused(outbound(api, phoneNumber=customer(1)), 400, "INSUFFICIENT_FUNDS")

    assert dials(simulator) == 1


def test_a_report_that_comes_again_books_nothing(api: ApiClient, prepaid: Office) -> None:
    call = placed(api, prepaid)
    for _ in range(3):
        completed(call, duration=60)

    assert (booked(), balance()) == ([("hold", "-0.25"), ("settle", "0.00")], "0.75")


def test_a_longer_duration_that_is_told_later_is_booked_as_the_difference(api: ApiClient, prepaid: Office) -> None:
    call = placed(api, prepaid)
    completed(call, duration=60)
    told(call, duration=120)

    assert booked()[1:] == [("settle", "0.00"), ("adjustment", "-0.25")]
    assert (balance(), call_billing(call).total_charge) == ("0.50", "0.50")


def test_reports_in_any_order_end_in_the_same_sum(api: ApiClient, prepaid: Office) -> None:
    reports: list[dict[str, Any]] = [
        {"status": CallStatus.IN_PROGRESS, "answer_time": ANSWERED_AT},
        {"status": CallStatus.COMPLETED, "duration": 45.0, "end_time": ANSWERED_AT + timedelta(seconds=45)},
        {"duration": 61.2, "summary": "Done"},
    ]
    sums = set()
    for number, order in enumerate(permutations(reports)):
        assert outbound(api, phoneNumber=f"+12025551{number:02}0").status == 200
        call = Call.objects.latest("id")
        for report in order:
            told(call, **report)
        sums.add(call_billing(call).total_charge)
        top_up(organization_id=prepaid.user.home_id, amount=Decimal(1), note="More", made_by=None)

    assert sums == {"0.2584"}
    assert balance() == money_text(7 - 6 * Decimal("0.2584"))


@pytest.mark.parametrize("order", [1, -1])
def test_reports_that_contradict_each_other_cost_the_same_in_any_order(
    api: ApiClient, prepaid: Office, order: int
) -> None:
    call = placed(api, prepaid)
    reports: list[dict[str, Any]] = [{"status": CallStatus.FAILED}, {"status": CallStatus.COMPLETED, "duration": 30.0}]
    for report in reports[::order]:
        told(call, end_time=ANSWERED_AT, **report)

    assert balance() == "0.875"


@pytest.mark.django_db(transaction=True)
def test_many_reports_of_one_end_at_once_are_settled_once(api: ApiClient, prepaid: Office) -> None:
    call = placed(api, prepaid)

    at_once([partial(completed, call, duration=60 + n % 2) for n in range(10)])

    assert Counter(kind for kind, _ in booked())["settle"] == 1
    assert (balance(), call_billing(call).total_charge) == ("0.7458", "0.2542")


def test_calls_of_browsers_and_vendors_cost_no_statement(prepaid: Office) -> None:
    call = make_call(prepaid.user, provider="twilio", status=CallStatus.IN_PROGRESS)

    with CaptureQueriesContext(connection) as queries:
        completed(call, duration=60)

    assert not [query for query in queries if "wallet" in query["sql"]]


def test_a_bill_is_not_read_for_a_call_of_another_organization(api: ApiClient, prepaid: Office) -> None:
    call = placed(api, prepaid)
    call.organization_id = "0" * 24

    assert call_billing(call).status == "not_charged"


def test_staff_read_on_its_page_what_a_call_cost(api: ApiClient, prepaid: Office) -> None:
    call = completed(placed(api, prepaid), duration=150)
    assert prepaid.user.organization is not None

    page = admin_of(make_staff(prepaid.user.organization)).get(page_of(call))

    assert "0.625 USD, settled" in text_of(page)
