"""POST /api/calls/ai/outbound of a prepaid organization: what is held, refused and given back."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.demo.simulator import Simulator
from calls.models import Call
from calls.selectors.agent_calls.billing import CallBilling, call_billing
from tests.at_once import at_once
from tests.calls.api.ai.money import balance, booked, completed, placed, set_rate
from tests.calls.api.ai.outbound import Office, assert_refused, customer, dials, outbound
from tests.calls.api.ai.test_outbound import statements
from tests.calls.dial_limits import limit_dials
from tests.clients import ApiClient, logged_in
from tether_calls.accounts.models import WalletEntry
from tether_calls.accounts.wallet import top_up
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


def test_a_dial_holds_the_first_minute_at_the_agents_rate(api: ApiClient, prepaid: Office) -> None:
    call = placed(api, prepaid)

    assert booked() == [("hold", "-0.25")]
    assert (WalletEntry.objects.get(kind="hold").call_id, balance()) == (call.pk, "0.75")
    assert call_billing(call) == CallBilling(
        status="held", currency="USD", initial_charge="0.25", final_charge="0.00", total_charge="0.25"
    )


def test_a_dial_that_cannot_be_paid_is_refused_and_keeps_nothing(
    api: ApiClient, prepaid: Office, simulator: Simulator
) -> None:
    set_rate(prepaid, "1.0001")

    for _ in range(2):  # the lock is free again
        assert_refused(outbound(api, contactId=prepaid.contact.pk), 400, "INSUFFICIENT_FUNDS")

    assert (dials(simulator), Call.objects.count(), EventLog.objects.count()) == (0, 0, 0)
    assert (booked(), balance()) == ([], "1.00")
    top_up(organization_id=prepaid.user.home_id, amount=Decimal("0.0001"), note="Paid", made_by=None)
    placed(api, prepaid)


def test_the_refusal_says_what_is_there_and_what_is_needed(api: ApiClient, prepaid: Office) -> None:
    set_rate(prepaid, "1.5")

    sentence = outbound(api, contactId=prepaid.contact.pk).body["error"]

    assert "balance of 1.00 USD" in sentence
    assert "1.50 USD" in sentence


def test_an_organization_that_is_not_prepaid_is_not_charged(api: ApiClient, prepaid: Office) -> None:
    assert prepaid.user.organization is not None
    prepaid.user.organization.is_prepaid = False
    prepaid.user.organization.save()

    call = completed(placed(api, prepaid), duration=600)

    assert (booked(), balance()) == ([], "1.00")
    assert call_billing(call) == CallBilling(
        status="not_charged", currency="USD", initial_charge="0.00", final_charge="0.00", total_charge="0.00"
    )


def test_what_was_held_is_settled_although_the_organization_is_prepaid_no_more(api: ApiClient, prepaid: Office) -> None:
    call = placed(api, prepaid)
    assert prepaid.user.organization is not None
    prepaid.user.organization.is_prepaid = False
    prepaid.user.organization.save()

    completed(call, duration=30)

    assert balance() == "0.875"


def test_a_repeated_request_holds_nothing_more(api: ApiClient, prepaid: Office) -> None:
    placed(api, prepaid)
    assert outbound(api, contactId=prepaid.contact.pk).body["deduplicated"] is True

    assert booked() == [("hold", "-0.25")]


@pytest.mark.parametrize("status", [404, 422, 429])
def test_a_dial_that_the_provider_refuses_is_released(
    api: ApiClient, prepaid: Office, simulator: Simulator, status: int
) -> None:
    simulator.fail("elevenlabs", "outbound-call", status=status, body=None)

    assert_refused(outbound(api, contactId=prepaid.contact.pk), 500, "PROVIDER_ERROR")

    assert (booked(), balance()) == ([("hold", "-0.25"), ("release", "0.25")], "1.00")
    assert call_billing(Call.objects.get()) == CallBilling(
        status="released", currency="USD", initial_charge="0.25", final_charge="-0.25", total_charge="0.00"
    )


@pytest.mark.parametrize("fault", [{"fault": "close"}, {"status": 500}, {"status": 503}], ids=str)
def test_a_dial_whose_answer_is_lost_stays_held_until_it_is_heard_of(
    api: ApiClient, prepaid: Office, simulator: Simulator, fault: dict[str, Any]
) -> None:
    simulator.fail("elevenlabs", "outbound-call", **fault, after=True)
    assert_refused(outbound(api, contactId=prepaid.contact.pk), 500, "PROVIDER_UNKNOWN")
    call = Call.objects.get()
    assert (booked(), call_billing(call).status) == ([("hold", "-0.25")], "held")

    completed(call, duration=120)

    assert (balance(), call_billing(call).total_charge) == ("0.50", "0.50")


def test_a_dial_of_a_prepaid_organization_costs_three_statements_more(api: ApiClient, prepaid: Office) -> None:
    """A look at the wallet; the balance, and its entry."""
    assert prepaid.user.organization is not None
    charged = statements(api, phoneNumber=customer(1))
    prepaid.user.organization.is_prepaid = False
    prepaid.user.organization.save()

    assert statements(api, phoneNumber=customer(2)) == charged - 3


def test_the_end_of_a_prepaid_call_costs_five_statements_more(api: ApiClient, prepaid: Office) -> None:
    """What is booked, the wallet's lock, what is booked, the balance, and its entry; again: what is booked."""
    call = placed(api, prepaid)

    def charging() -> int:
        with CaptureQueriesContext(connection) as queries:
            completed(call, duration=60)
        return len([query for query in queries if "accounts_wallet" in query["sql"]])

    assert [charging(), charging()] == [5, 1]


@pytest.mark.django_db(transaction=True)
def test_of_fifty_dials_at_once_with_money_for_ten_ten_ring(
    prepaid: Office, simulator: Simulator, settings: Any
) -> None:
    limit_dials(settings, minute=50)
    set_rate(prepaid, "0.1")
    clients = [logged_in(prepaid.user) for _ in range(50)]

    def dial(client: ApiClient, number: str) -> tuple[int, str | None]:
        answer = outbound(client, phoneNumber=number)
        return answer.status, answer.body.get("code")

    answers = at_once([partial(dial, client, f"+12025551{n:02}0") for n, client in enumerate(clients, start=10)])

    assert Counter(answers) == {(200, None): 10, (400, "INSUFFICIENT_FUNDS"): 40}
    assert (dials(simulator), Call.objects.count(), balance()) == (10, 10, "0.00")
    assert booked() == [("hold", "-0.10")] * 10
