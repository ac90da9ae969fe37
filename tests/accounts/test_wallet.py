"""Wallets: every change of a balance is an entry, once, and holds never take what is not there."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.accounts.wallets import RATE, balance_of, hold_rate, kinds_of
from tests.factories import make_organization, make_prepaid, make_user
from tether_calls.accounts.models import EntryKind, Organization, Wallet, WalletEntry
from tether_calls.accounts.wallet import (
    InsufficientFunds,
    adjust,
    charge_of,
    open_wallet,
    release,
    settle,
    top_up,
)
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(db: None) -> Organization:
    return make_organization()


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


@pytest.mark.parametrize("changed", [{"amount": Decimal(5)}, {"note": "Card"}, {"organization_id": ...}])
def test_a_form_that_is_sent_again_with_something_else_is_refused(
    organization: Organization, changed: dict[str, Any]
) -> None:
    first = {"organization_id": organization.pk, "amount": RATE, "note": "Cash", "entry_id": new_object_id()}
    top_up(**first, made_by=None)
    if "organization_id" in changed:
        changed = {"organization_id": make_prepaid(make_organization()).organization_id}

    with pytest.raises(TetherError) as refused:
        top_up(**{**first, **changed}, made_by=None)

    assert refused.value.code == ErrorCode.VALIDATION_ERROR
    assert WalletEntry.objects.count() == 1


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

    settle(organization_id=organization.pk, call_id=call_id, charge=Decimal("0.1"))

    assert kinds_of(organization)[1:] == [("hold", "-0.25"), ("settle", "0.15")]
    assert balance_of(organization) == "0.90"


def test_a_settlement_may_leave_a_debt_and_then_even_a_call_for_nothing_is_refused(organization: Organization) -> None:
    make_prepaid(organization, "0.25")
    call_id = new_object_id()
    hold_rate(organization, call_id)

    settle(organization_id=organization.pk, call_id=call_id, charge=Decimal("3.5"))

    assert balance_of(organization) == "-3.25"
    with pytest.raises(InsufficientFunds):
        hold_rate(organization, new_object_id(), Decimal(0))
    top_up(organization_id=organization.pk, amount=Decimal("3.25"), note="Paid", made_by=None)
    hold_rate(organization, new_object_id(), Decimal(0))


def test_two_settlements_of_one_call_are_one(organization: Organization) -> None:
    make_prepaid(organization, "1")
    call_id = new_object_id()
    hold_rate(organization, call_id)

    booked = [settle(organization_id=organization.pk, call_id=call_id, charge=RATE) is not None for _ in range(2)]

    assert booked == [True, False]
    assert balance_of(organization) == "0.75"


def test_a_later_figure_is_booked_as_the_difference(organization: Organization) -> None:
    make_prepaid(organization, "1")
    call_id = new_object_id()
    hold_rate(organization, call_id)

    for charge in ("0.5", "0.75", "0.75", "0.5"):
        settle(organization_id=organization.pk, call_id=call_id, charge=Decimal(charge))

    kinds = [("hold", "-0.25"), ("settle", "-0.25"), ("adjustment", "-0.25"), ("adjustment", "0.25")]
    assert kinds_of(organization)[1:] == kinds
    assert balance_of(organization) == "0.50"


def test_a_release_gives_all_back_once(organization: Organization) -> None:
    make_prepaid(organization, "1")
    call_id = new_object_id()
    hold_rate(organization, call_id)

    booked = [release(organization_id=organization.pk, call_id=call_id) is not None for _ in range(2)]

    assert booked == [True, False]
    assert balance_of(organization) == "1.00"


def test_what_was_never_held_is_neither_settled_nor_released(organization: Organization) -> None:
    make_prepaid(organization, "1")

    assert settle(organization_id=organization.pk, call_id=new_object_id(), charge=RATE) is None
    assert release(organization_id=organization.pk, call_id=new_object_id()) is None
    assert charge_of(organization_id=organization.pk, call_id=new_object_id()) is None
    assert balance_of(organization) == "1.00"


def test_what_another_organization_holds_is_neither_read_nor_settled_nor_released(organization: Organization) -> None:
    other = make_organization()
    make_prepaid(other, "1")
    call_id = new_object_id()
    hold_rate(other, call_id)

    assert charge_of(organization_id=organization.pk, call_id=call_id) is None
    assert settle(organization_id=organization.pk, call_id=call_id, charge=RATE) is None
    assert release(organization_id=organization.pk, call_id=call_id) is None
    assert kinds_of(other)[1:] == [("hold", "-0.25")]
