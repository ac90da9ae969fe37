"""A wallet's books: right after whatever happens at once or in a row, and never rewritten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounts.wallets import RATE, balance_of, hold_rate
from tests.at_once import at_once
from tests.factories import make_organization, make_prepaid
from tether_calls.accounts.models import AppendOnlyError, Organization, WalletEntry
from tether_calls.accounts.wallet import (
    InsufficientFunds,
    adjust,
    charge_of,
    open_wallet,
    release,
    settle,
    top_up,
)
from tether_calls.common.money import money_text
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(db: None) -> Organization:
    return make_organization()


# ---- At once -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_fifty_holds_at_once_with_money_for_ten_ten_succeed() -> None:
    organization = make_organization()
    make_prepaid(organization, "2.5")

    def dial() -> bool:
        try:
            hold_rate(organization, new_object_id())
        except InsufficientFunds:
            return False
        return True

    assert Counter(at_once([dial] * 50)) == {True: 10, False: 40}
    assert balance_of(organization) == "0.00"


@pytest.mark.django_db(transaction=True)
def test_of_many_ends_of_one_call_at_once_one_is_booked() -> None:
    organization = make_organization()
    make_prepaid(organization, "2.5")
    call_id = new_object_id()
    holds = at_once([partial(hold_rate, organization, call_id)] * 8)
    assert len({entry.pk for entry in holds}) == 1

    ends = at_once([partial(settle, organization_id=organization.pk, call_id=call_id, charge=Decimal("0.5"))] * 8)

    assert sum(entry is not None for entry in ends) == 1
    assert balance_of(organization) == "2.00"


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_many_times_at_once_books_once() -> None:
    organization = make_organization()
    entry_id = new_object_id()
    book = partial(top_up, organization_id=organization.pk, amount=RATE, note="Cash", made_by=None, entry_id=entry_id)

    assert {entry.pk for entry in at_once([book] * 8)} == {entry_id}
    assert balance_of(organization) == "0.25"


# ---- The books are added to ----------------------------------------------------------------------------------------


def test_the_database_refuses_to_change_an_entry(organization: Organization) -> None:
    make_prepaid(organization, "1")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_walletentry SET amount = 5")
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_walletentry")
    assert balance_of(organization) == "1.00"


def test_the_model_refuses_to_change_or_delete_an_entry(organization: Organization) -> None:
    make_prepaid(organization, "1")
    entry = WalletEntry.objects.get()
    refused: list[Callable[[], object]] = [
        entry.save,
        entry.delete,
        WalletEntry.objects.all().delete,
        partial(WalletEntry.objects.all().update, note="Other"),
        partial(WalletEntry.objects.bulk_update, [entry], ["note"]),
    ]
    for change in refused:
        with pytest.raises(AppendOnlyError):
            change()
    assert balance_of(organization) == "1.00"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "hold", "amount": -1, "balance_after": -1, "call_id": "0" * 24, "rate": 1},
        {"kind": "hold", "amount": -1, "balance_after": 0, "rate": 1},
        {"kind": "hold", "amount": 1, "balance_after": 1, "call_id": "0" * 24, "rate": 1},
        {"kind": "settle", "amount": 1, "balance_after": 1},
        {"kind": "release", "amount": -1, "balance_after": 0, "call_id": "0" * 24},
        {"kind": "top_up", "amount": -1, "balance_after": 0},
        {"kind": "gift", "amount": 1, "balance_after": 2},
    ],
)
def test_the_database_refuses_an_entry_that_makes_no_sense(organization: Organization, fields: dict[str, str]) -> None:
    wallet = make_prepaid(organization, "1")
    with pytest.raises(DatabaseError), transaction.atomic():
        WalletEntry.objects.create(wallet=wallet, number=2, **fields)


# ---- Any sequence --------------------------------------------------------------------------------------------------

_AMOUNTS = st.integers(1, 30_000).map(lambda units: Decimal(units).scaleb(-4))
_OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["top_up", "adjust", "hold", "settle", "release"]), _AMOUNTS, st.integers(0, 3)),
    max_size=25,
)


@given(operations=_OPERATIONS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_operations_the_balance_is_what_came_in_less_what_calls_cost(
    db: None, operations: list[tuple[str, Decimal, int]]
) -> None:
    organization = make_organization()
    open_wallet(organization_id=organization.pk)
    calls = [new_object_id() for _ in range(4)]
    paid, costs = Decimal(0), dict.fromkeys(calls, Decimal(0))
    held: set[str] = set()
    for name, amount, which in operations:
        call_id = calls[which]
        balance = paid - sum(costs.values())
        if name in ("top_up", "adjust"):
            signed = amount if name == "top_up" or which % 2 else -amount
            book = top_up if name == "top_up" else adjust
            book(organization_id=organization.pk, amount=signed, note="Test", made_by=None)
            paid += signed
        elif name == "hold" and call_id not in held and amount > balance:
            with pytest.raises(InsufficientFunds):
                hold_rate(organization, call_id, amount)
        elif name == "hold":
            hold_rate(organization, call_id, amount)
            if call_id not in held:
                held.add(call_id)
                costs[call_id] = amount
        else:
            charge = amount if name == "settle" else Decimal(0)
            if name == "settle":
                settle(organization_id=organization.pk, call_id=call_id, charge=charge)
            else:
                release(organization_id=organization.pk, call_id=call_id)
            costs[call_id] = charge if call_id in held else Decimal(0)

    assert balance_of(organization) == money_text(paid - sum(costs.values()))
    for call_id in held:
        charge_now = charge_of(organization_id=organization.pk, call_id=call_id)
        assert charge_now is not None
        assert charge_now.total == costs[call_id]
