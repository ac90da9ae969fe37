"""Proves that a wallet's balance is the sum of its entries, and that no entry is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, OuterRef, Subquery, Sum, Window
from django.db.models.functions import Coalesce, RowNumber

from tether_calls.accounts.models import Wallet, WalletEntry
from tether_calls.common.money import MoneyField, money_text


@dataclass(frozen=True)
class Fault:
    wallet_id: str
    sentence: str


def faults_of(wallet_id: str) -> Iterator[Fault]:
    """What is wrong with a wallet's books; nothing, of one that is right. Two statements, while others may book.

    An entry never changes, so each statement's own view is enough.
    """
    # wall: the operator's command proves every wallet, one after the other
    entries = WalletEntry.objects.filter(wallet_id=OuterRef("pk")).order_by()
    nothing = Decimal(0)
    # wall: the wallet that the command proves
    wallet = (
        Wallet.objects.filter(pk=wallet_id)
        .annotate(
            booked=Coalesce(
                Subquery(entries.values("wallet_id").annotate(all=Sum("amount")).values("all")),
                nothing,
                output_field=MoneyField(),
            ),
            counted=Coalesce(Subquery(entries.values("wallet_id").annotate(all=Count("pk")).values("all")), 0),
            last=Coalesce(
                Subquery(entries.order_by("-number").values("balance_after")[:1]), nothing, output_field=MoneyField()
            ),
        )
        .get()
    )
    figures = {"the sum of the entries": wallet.booked, "the last entry's balance": wallet.last}
    for name, figure in figures.items():
        if figure != wallet.balance:
            yield Fault(wallet_id, f"the balance is {money_text(wallet.balance)}, {name} {money_text(figure)}")
    if wallet.counted != wallet.entry_count:
        yield Fault(wallet_id, f"{wallet.entry_count} entries were booked, {wallet.counted} are there")
    wrong = _first_wrong_entry(wallet_id)
    if wrong is not None:
        yield Fault(wallet_id, f"from entry {wrong} on, numbers or balances do not follow from each other")


def _first_wrong_entry(wallet_id: str) -> int | None:
    # wall: the operator's command proves every wallet, one after the other
    entries = WalletEntry.objects.filter(wallet_id=wallet_id).annotate(
        position=Window(RowNumber(), order_by=F("number").asc()),
        running=Window(Sum("amount"), order_by=F("number").asc()),
    )
    right = entries.filter(position=F("number"), running=F("balance_after"))
    wrong = entries.exclude(pk__in=right.values("pk")).order_by("number").first()
    return None if wrong is None else wrong.number
