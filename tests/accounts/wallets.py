"""Wallets of tests: booking, and reading what was booked."""

from __future__ import annotations

from decimal import Decimal

from tether_calls.accounts.models import Organization, Wallet, WalletEntry
from tether_calls.accounts.wallet import (
    faults_of,
    hold,
)
from tether_calls.common.money import money_text

RATE = Decimal("0.25")


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
