"""manage.py check_wallets: books that are right, and every way in which they are not."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_organization, make_prepaid
from tether_calls.accounts.models import EntryKind, Wallet, WalletEntry
from tether_calls.accounts.wallet import adjust

pytestmark = pytest.mark.django_db


def check() -> str:
    said = StringIO()
    call_command("check_wallets", stdout=said, stderr=said)
    return said.getvalue()


def complaints() -> str:
    said = StringIO()
    with pytest.raises(CommandError, match="1 of 2 wallets are wrong"):
        call_command("check_wallets", stdout=said, stderr=said)
    return said.getvalue()


@pytest.fixture
def wallet(db: None) -> Wallet:
    """One of two, with three entries."""
    make_prepaid(make_organization(), "5")
    wallet = make_prepaid(make_organization(), "1")
    for amount in ("0.5", "-2"):
        adjust(organization_id=wallet.organization_id, amount=Decimal(amount), note="Test", made_by=None)
    wallet.refresh_from_db()
    return wallet


def add_entry(wallet: Wallet, number: int, *, amount: str, balance_after: str) -> None:
    WalletEntry.objects.create(
        wallet=wallet,
        number=number,
        kind=EntryKind.ADJUSTMENT,
        amount=Decimal(amount),
        balance_after=Decimal(balance_after),
    )


def test_no_wallet_is_right() -> None:
    assert "0 wallets are right" in check()


def test_right_wallets_are_said_to_be_right(wallet: Wallet) -> None:
    assert "2 wallets are right" in check()


def test_a_balance_that_is_not_the_sum_is_found(wallet: Wallet) -> None:
    Wallet.objects.filter(pk=wallet.pk).update(balance=Decimal("99.5"))

    said = complaints()

    assert f"Wallet {wallet.pk}: the balance is 99.50, the sum of the entries -0.50" in said
    assert f"Wallet {wallet.pk}: the balance is 99.50, the last entry's balance -0.50" in said


def test_an_entry_that_was_not_counted_is_found(wallet: Wallet) -> None:
    add_entry(wallet, 4, amount="0", balance_after="-0.5")

    assert "3 entries were booked, 4 are there" in complaints()


def test_a_gap_is_found(wallet: Wallet) -> None:
    Wallet.objects.filter(pk=wallet.pk).update(entry_count=4)
    add_entry(wallet, 5, amount="0", balance_after="-0.5")

    assert "from entry 5 on" in complaints()


def test_a_balance_within_the_books_that_does_not_follow_is_found(wallet: Wallet) -> None:
    add_entry(wallet, 4, amount="1", balance_after="7")
    add_entry(wallet, 5, amount="-1", balance_after="-0.5")
    Wallet.objects.filter(pk=wallet.pk).update(entry_count=5)

    assert "from entry 4 on" in complaints()
