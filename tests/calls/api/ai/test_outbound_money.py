"""POST /api/calls/ai/outbound of a prepaid organization: what is held, refused, given back, and what calls cost."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Call, CallStatus
from calls.providers.simulator import Simulator
from calls.reports import CallReport
from calls.selectors.billing import CallBilling, call_billing
from calls.services.apply_report import apply_report
from tests.at_once import at_once
from tests.calls.api.ai.outbound import Office, assert_refused, customer, dials, outbound
from tests.calls.api.ai.test_outbound import statements
from tests.clients import ApiClient, logged_in
from tests.factories import make_call, make_prepaid
from tether_calls.accounts.models import Wallet, WalletEntry
from tether_calls.accounts.wallet import faults_of, top_up
from tether_calls.common.money import money_text
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

ANSWERED_AT = datetime(2026, 5, 15, 9, tzinfo=UTC)


@pytest.fixture
def office(office: Office) -> Office:
    """Prepaid, with one unit of money; a minute of the agent's costs a quarter."""
    assert office.user.organization is not None
    make_prepaid(office.user.organization, "1")
    set_rate(office, "0.25")
    return office


def set_rate(office: Office, rate: str) -> None:
    office.agent.rate_per_minute = Decimal(rate)
    office.agent.save()


def balance() -> str:
    """Of the one wallet, proved."""
    wallet = Wallet.objects.get()
    assert list(faults_of(wallet.pk)) == []
    return money_text(wallet.balance)


def booked() -> list[tuple[str, str]]:
    """All that was booked for calls."""
    entries = WalletEntry.objects.filter(call_id__isnull=False).order_by("number")
    return [(entry.kind, money_text(entry.amount)) for entry in entries]


def placed(api: ApiClient, office: Office) -> Call:
    answer = outbound(api, contactId=office.contact.pk)
    assert answer.status == 200, answer
    return Call.objects.latest("id")


def told(call: Call, **fields: Any) -> Call:
    return apply_report(call_id=call.pk, report=CallReport(provider=call.provider, **fields)).call


def completed(call: Call, *, duration: float) -> Call:
    return told(call, status=CallStatus.COMPLETED, duration=duration, end_time=ANSWERED_AT)


# ---- Dialling ------------------------------------------------------------------------------------------------------


def test_a_dial_holds_the_first_minute_at_the_agents_rate(api: ApiClient, office: Office) -> None:
    call = placed(api, office)

    assert booked() == [("hold", "-0.25")]
    assert (WalletEntry.objects.get(kind="hold").call_id, balance()) == (call.pk, "0.75")
    assert call_billing(call) == CallBilling(
        status="held", currency="USD", initial_charge="0.25", final_charge="0.00", total_charge="0.25"
    )


def test_a_dial_that_cannot_be_paid_is_refused_and_keeps_nothing(
    api: ApiClient, office: Office, simulator: Simulator
) -> None:
    set_rate(office, "1.0001")

    for _ in range(2):  # the lock is free again
        assert_refused(outbound(api, contactId=office.contact.pk), 400, "INSUFFICIENT_FUNDS")

    assert (dials(simulator), Call.objects.count(), EventLog.objects.count()) == (0, 0, 0)
    assert (booked(), balance()) == ([], "1.00")
    top_up(organization_id=office.user.home_id, amount=Decimal("0.0001"), note="Paid", made_by=None)
    placed(api, office)


def test_the_refusal_says_what_is_there_and_what_is_needed(api: ApiClient, office: Office) -> None:
    set_rate(office, "1.5")

    sentence = outbound(api, contactId=office.contact.pk).body["error"]

    assert "balance of 1.00 USD" in sentence
    assert "1.50 USD" in sentence


def test_an_organization_that_is_not_prepaid_is_not_charged(api: ApiClient, office: Office) -> None:
    assert office.user.organization is not None
    office.user.organization.is_prepaid = False
    office.user.organization.save()

    call = completed(placed(api, office), duration=600)

    assert (booked(), balance()) == ([], "1.00")
    assert call_billing(call) == CallBilling(
        status="not_charged", currency="USD", initial_charge="0.00", final_charge="0.00", total_charge="0.00"
    )


def test_what_was_held_is_settled_although_the_organization_is_prepaid_no_more(api: ApiClient, office: Office) -> None:
    call = placed(api, office)
    assert office.user.organization is not None
    office.user.organization.is_prepaid = False
    office.user.organization.save()

    completed(call, duration=30)

    assert balance() == "0.875"


def test_a_repeated_request_holds_nothing_more(api: ApiClient, office: Office) -> None:
    placed(api, office)
    assert outbound(api, contactId=office.contact.pk).body["deduplicated"] is True

    assert booked() == [("hold", "-0.25")]


@pytest.mark.parametrize("status", [404, 422, 500])
def test_a_dial_that_the_provider_refuses_is_released(
    api: ApiClient, office: Office, simulator: Simulator, status: int
) -> None:
    simulator.fail("elevenlabs", "outbound-call", status=status, body=None)

    assert_refused(outbound(api, contactId=office.contact.pk), 500, "PROVIDER_ERROR")

    assert (booked(), balance()) == ([("hold", "-0.25"), ("release", "0.25")], "1.00")
    assert call_billing(Call.objects.get()) == CallBilling(
        status="released", currency="USD", initial_charge="0.25", final_charge="-0.25", total_charge="0.00"
    )


def test_a_dial_whose_answer_is_lost_stays_held_until_it_is_heard_of(
    api: ApiClient, office: Office, simulator: Simulator
) -> None:
    simulator.fail("elevenlabs", "outbound-call", "close", after=True)
    assert_refused(outbound(api, contactId=office.contact.pk), 500, "PROVIDER_UNKNOWN")
    call = Call.objects.get()
    assert (booked(), call_billing(call).status) == ([("hold", "-0.25")], "held")

    completed(call, duration=120)

    assert (balance(), call_billing(call).total_charge) == ("0.50", "0.50")


def test_a_dial_of_a_prepaid_organization_costs_two_statements_more(api: ApiClient, office: Office) -> None:
    """The balance, and its entry."""
    assert office.user.organization is not None
    prepaid = statements(api, phoneNumber=customer(1))
    office.user.organization.is_prepaid = False
    office.user.organization.save()

    assert statements(api, phoneNumber=customer(2)) == prepaid - 2


def test_the_end_of_a_prepaid_call_costs_five_statements_more(api: ApiClient, office: Office) -> None:
    """What is booked, the wallet's lock, what is booked, the balance, and its entry; again: what is booked."""
    call = placed(api, office)

    def charging() -> int:
        with CaptureQueriesContext(connection) as queries:
            completed(call, duration=60)
        return len([query for query in queries if "accounts_wallet" in query["sql"]])

    assert [charging(), charging()] == [5, 1]


@pytest.mark.django_db(transaction=True)
def test_of_fifty_dials_at_once_with_money_for_ten_ten_ring(office: Office, simulator: Simulator) -> None:
    set_rate(office, "0.1")
    clients = [logged_in(office.user) for _ in range(50)]

    def dial(client: ApiClient, number: str) -> tuple[int, str | None]:
        answer = outbound(client, phoneNumber=number)
        return answer.status, answer.body.get("code")

    answers = at_once([partial(dial, client, f"+12025551{n:02}0") for n, client in enumerate(clients, start=10)])

    assert Counter(answers) == {(200, None): 10, (400, "INSUFFICIENT_FUNDS"): 40}
    assert (dials(simulator), Call.objects.count(), balance()) == (10, 10, "0.00")
    assert booked() == [("hold", "-0.10")] * 10


# ---- The end of a call ---------------------------------------------------------------------------------------------


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
def test_a_call_costs_its_seconds(api: ApiClient, office: Office, rate: str, seconds: float, cost: str) -> None:
    set_rate(office, rate)

    call = completed(placed(api, office), duration=seconds)

    assert (call_billing(call).status, call_billing(call).total_charge) == ("settled", cost)
    assert balance() == money_text(1 - Decimal(cost))


def test_the_bill_adds_up(api: ApiClient, office: Office) -> None:
    call = completed(placed(api, office), duration=150)

    assert call_billing(call) == CallBilling(
        status="settled", currency="USD", initial_charge="0.25", final_charge="0.375", total_charge="0.625"
    )


def test_a_rate_that_changes_during_a_call_does_not_change_its_price(api: ApiClient, office: Office) -> None:
    call = placed(api, office)
    set_rate(office, "99")
    completed(call, duration=120)

    assert balance() == "0.50"


def test_a_call_whose_agent_is_deleted_is_settled_all_the_same(api: ApiClient, office: Office) -> None:
    call = placed(api, office)
    office.agent.delete()
    completed(call, duration=120)

    assert balance() == "0.50"


@pytest.mark.parametrize("status", [CallStatus.FAILED, CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.CANCELED])
def test_a_call_that_nobody_answered_is_released(api: ApiClient, office: Office, status: CallStatus) -> None:
    told(placed(api, office), status=status, end_time=ANSWERED_AT)

    assert (booked()[1:], balance()) == ([("release", "0.25")], "1.00")


def test_a_call_that_broke_off_costs_what_was_spoken(api: ApiClient, office: Office) -> None:
    told(placed(api, office), status=CallStatus.FAILED, answer_time=ANSWERED_AT, duration=30, end_time=ANSWERED_AT)

    assert (booked()[1:], balance()) == ([("settle", "0.125")], "0.875")


def test_a_call_that_ran_on_is_owed_and_the_next_one_is_refused(
    api: ApiClient, office: Office, simulator: Simulator
) -> None:
    completed(placed(api, office), duration=3600)
    assert balance() == "-14.00"

    set_rate(office, "0")
    assert_refused(outbound(api, phoneNumber=customer(1)), 400, "INSUFFICIENT_FUNDS")

    assert dials(simulator) == 1


def test_a_report_that_comes_again_books_nothing(api: ApiClient, office: Office) -> None:
    call = placed(api, office)
    for _ in range(3):
        completed(call, duration=60)

    assert (booked(), balance()) == ([("hold", "-0.25"), ("settle", "0.00")], "0.75")


def test_a_longer_duration_that_is_told_later_is_booked_as_the_difference(api: ApiClient, office: Office) -> None:
    call = placed(api, office)
    completed(call, duration=60)
    told(call, duration=120)

    assert booked()[1:] == [("settle", "0.00"), ("adjustment", "-0.25")]
    assert (balance(), call_billing(call).total_charge) == ("0.50", "0.50")


def test_reports_in_any_order_end_in_the_same_sum(api: ApiClient, office: Office) -> None:
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
        top_up(organization_id=office.user.home_id, amount=Decimal(1), note="More", made_by=None)

    assert sums == {"0.2584"}
    assert balance() == money_text(7 - 6 * Decimal("0.2584"))


@pytest.mark.parametrize("order", [1, -1])
def test_reports_that_contradict_each_other_cost_the_same_in_any_order(
    api: ApiClient, office: Office, order: int
) -> None:
    call = placed(api, office)
    reports: list[dict[str, Any]] = [{"status": CallStatus.FAILED}, {"status": CallStatus.COMPLETED, "duration": 30.0}]
    for report in reports[::order]:
        told(call, end_time=ANSWERED_AT, **report)

    assert balance() == "0.875"


@pytest.mark.django_db(transaction=True)
def test_many_reports_of_one_end_at_once_are_settled_once(api: ApiClient, office: Office) -> None:
    call = placed(api, office)

    at_once([partial(completed, call, duration=60 + n % 2) for n in range(10)])

    assert Counter(kind for kind, _ in booked())["settle"] == 1
    assert (balance(), call_billing(call).total_charge) == ("0.7458", "0.2542")


def test_calls_of_browsers_and_vendors_cost_no_statement(office: Office) -> None:
    call = make_call(office.user, provider="twilio", status=CallStatus.IN_PROGRESS)

    with CaptureQueriesContext(connection) as queries:
        completed(call, duration=60)

    assert not [query for query in queries if "wallet" in query["sql"]]


def test_a_bill_is_not_read_for_a_call_of_another_organization(api: ApiClient, office: Office) -> None:
    call = placed(api, office)
    call.organization_id = "0" * 24

    assert call_billing(call).status == "not_charged"
