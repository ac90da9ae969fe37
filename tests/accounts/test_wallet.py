"""Wallets: every change of a balance is an entry, once, and holds never take what is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.at_once import at_once
from tests.factories import make_organization, make_prepaid, make_user
from tether_calls.accounts.models import AppendOnlyError, EntryKind, Organization, Wallet, WalletEntry
from tether_calls.accounts.wallet import (
    InsufficientFunds,
    adjust,
    charge_of,
    faults_of,
    hold,
    open_wallet,
    release,
    settle,
    top_up,
)
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.money import money_text
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

RATE = Decimal("0.25")


@pytest.fixture
def organization(db: None) -> Organization:
    return make_organization()


def balance_of(organization: Organization) -> str:
    """The running balance, proved by the entries."""
    wallet = Wallet.objects.get(organization=organization)
    assert list(faults_of(wallet.pk)) == []
    return money_text(wallet.balance)


def kinds_of(organization: Organization) -> list[tuple[str, str]]:
    entries = WalletEntry.objects.filter(wallet__organization=organization).order_by("number")
    return [(entry.kind, money_text(entry.amount)) for entry in entries]


def hold_rate(organization: Organization, call_id: str, amount: Decimal = RATE) -> WalletEntry:
    return hold(organization_id=organization.pk, call_id=call_id, amount=amount, rate=amount)


# ---- By hand -------------------------------------------------------------------------------------------------------


def test_a_top_up_says_who_and_why(organization: Organization) -> None:
    user = make_user()

    entry = top_up(organization_id=organization.pk, amount=Decimal("12.5"), note=" Invoice 7 ", made_by=user)

    stored = WalletEntry.objects.get()
    assert (stored, stored.kind, stored.note, stored.made_by) == (entry, EntryKind.TOP_UP, "Invoice 7", user)
    assert (stored.number, stored.amount, stored.balance_after) == (1, Decimal("12.5"), Decimal("12.5"))
    assert balance_of(organization) == "12.50"


def test_a_form_that_is_sent_twice_books_once(organization: Organization) -> None:
    book = partial(top_up, organization_id=organization.pk, amount=RATE, note="Cash", made_by=None)
    entry_id = new_object_id()

    assert book(entry_id=entry_id) == book(entry_id=entry_id)
    assert balance_of(organization) == "0.25"


def test_an_adjustment_may_leave_a_debt(organization: Organization) -> None:
    adjust(organization_id=organization.pk, amount=Decimal("-0.0001"), note="Correction", made_by=None)

    assert balance_of(organization) == "-0.0001"


@pytest.mark.parametrize(
    ("book", "amount", "note"), [(top_up, "0", "x"), (top_up, "-1", "x"), (adjust, "0", "x"), (top_up, "1", " ")]
)
def test_what_is_no_booking_is_refused(
    organization: Organization, book: Callable[..., WalletEntry], amount: str, note: str
) -> None:
    with pytest.raises(TetherError) as refused:
        book(organization_id=organization.pk, amount=Decimal(amount), note=note, made_by=None)
    assert refused.value.code is ErrorCode.VALIDATION_ERROR
    assert not WalletEntry.objects.exists()


@pytest.mark.parametrize("amount", ["0.00001", "NaN", "Infinity"])
def test_an_amount_that_cannot_be_kept_exactly_is_not_kept(organization: Organization, amount: str) -> None:
    make_prepaid(organization, "1")
    with pytest.raises(ValidationError):
        hold_rate(organization, new_object_id(), Decimal(amount))
    assert balance_of(organization) == "1.00"


def test_tenths_add_up_exactly(organization: Organization) -> None:
    make_prepaid(organization, "1")

    for _ in range(10):
        hold_rate(organization, new_object_id(), Decimal("0.1"))

    assert balance_of(organization) == "0.00"
    with pytest.raises(InsufficientFunds):
        hold_rate(organization, new_object_id(), Decimal("0.0001"))


def test_a_wallet_is_opened_once_with_its_own_currency(organization: Organization) -> None:
    wallet = open_wallet(organization_id=organization.pk, currency="EUR")

    assert open_wallet(organization_id=organization.pk) == wallet
    assert str(Wallet.objects.get()) == "0.00 EUR"


# ---- Calls ---------------------------------------------------------------------------------------------------------


def test_a_hold_is_refused_with_what_is_there_and_what_is_needed(organization: Organization) -> None:
    make_prepaid(organization, "0.2")

    with pytest.raises(InsufficientFunds) as refused:
        hold_rate(organization, new_object_id())

    assert refused.value.code is ErrorCode.INSUFFICIENT_FUNDS
    figures = refused.value.current_balance, refused.value.required_rate, refused.value.currency
    assert figures == ("0.20", "0.25", "USD")
    assert balance_of(organization) == "0.20"


def test_without_a_wallet_there_is_nothing_to_hold(organization: Organization) -> None:
    with pytest.raises(InsufficientFunds) as refused:
        hold_rate(organization, new_object_id())
    assert (refused.value.current_balance, refused.value.currency) == ("0.00", "USD")


def test_of_another_organizations_money_nothing_is_held(organization: Organization) -> None:
    rich = make_organization()
    make_prepaid(rich, "100")
    make_prepaid(organization)

    with pytest.raises(InsufficientFunds) as refused:
        hold_rate(organization, new_object_id())

    assert refused.value.current_balance == "0.00"
    assert (balance_of(organization), balance_of(rich)) == ("0.00", "100.00")


def test_a_call_is_held_once_even_when_nothing_is_left_for_a_second_time(organization: Organization) -> None:
    make_prepaid(organization, "0.3")
    call_id = new_object_id()

    assert hold_rate(organization, call_id) == hold_rate(organization, call_id)
    top_up(organization_id=organization.pk, amount=RATE, note="More", made_by=None)
    hold_rate(organization, call_id)

    assert balance_of(organization) == "0.30"


def test_a_settlement_gives_back_what_was_not_used(organization: Organization) -> None:
    make_prepaid(organization, "1")
    call_id = new_object_id()
    hold_rate(organization, call_id)

    settle(call_id=call_id, charge=Decimal("0.1"))

    assert kinds_of(organization)[1:] == [("hold", "-0.25"), ("settle", "0.15")]
    assert balance_of(organization) == "0.90"


def test_a_settlement_may_leave_a_debt_and_then_even_a_call_for_nothing_is_refused(organization: Organization) -> None:
    make_prepaid(organization, "0.25")
    call_id = new_object_id()
    hold_rate(organization, call_id)

    settle(call_id=call_id, charge=Decimal("3.5"))

    assert balance_of(organization) == "-3.25"
    with pytest.raises(InsufficientFunds):
        hold_rate(organization, new_object_id(), Decimal(0))
    top_up(organization_id=organization.pk, amount=Decimal("3.25"), note="Paid", made_by=None)
    hold_rate(organization, new_object_id(), Decimal(0))


def test_two_settlements_of_one_call_are_one(organization: Organization) -> None:
    make_prepaid(organization, "1")
    call_id = new_object_id()
    hold_rate(organization, call_id)

    booked = [settle(call_id=call_id, charge=RATE) is not None for _ in range(2)]

    assert booked == [True, False]
    assert balance_of(organization) == "0.75"


def test_a_later_figure_is_booked_as_the_difference(organization: Organization) -> None:
    make_prepaid(organization, "1")
    call_id = new_object_id()
    hold_rate(organization, call_id)

    for charge in ("0.5", "0.75", "0.75", "0.5"):
        settle(call_id=call_id, charge=Decimal(charge))

    kinds = [("hold", "-0.25"), ("settle", "-0.25"), ("adjustment", "-0.25"), ("adjustment", "0.25")]
    assert kinds_of(organization)[1:] == kinds
    assert balance_of(organization) == "0.50"


def test_a_release_gives_all_back_once(organization: Organization) -> None:
    make_prepaid(organization, "1")
    call_id = new_object_id()
    hold_rate(organization, call_id)

    booked = [release(call_id=call_id) is not None for _ in range(2)]

    assert booked == [True, False]
    assert balance_of(organization) == "1.00"


def test_what_was_never_held_is_neither_settled_nor_released(organization: Organization) -> None:
    make_prepaid(organization, "1")

    assert settle(call_id=new_object_id(), charge=RATE) is None
    assert release(call_id=new_object_id()) is None
    assert charge_of(new_object_id()) is None
    assert balance_of(organization) == "1.00"


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

    ends = at_once([partial(settle, call_id=call_id, charge=Decimal("0.5"))] * 8)

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
            _ = settle(call_id=call_id, charge=charge) if name == "settle" else release(call_id=call_id)
            costs[call_id] = charge if call_id in held else Decimal(0)

    assert balance_of(organization) == money_text(paid - sum(costs.values()))
    for call_id in held:
        charge_now = charge_of(call_id)
        assert charge_now is not None
        assert charge_now.total == costs[call_id]
