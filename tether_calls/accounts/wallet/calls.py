"""What calls book: a hold when one is dialled, a settlement or a release when it has ended; each once for a call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, ExpressionWrapper, OuterRef, Subquery, Sum, Value

from tether_calls.accounts.models import EntryKind, Wallet, WalletEntry
from tether_calls.accounts.wallet.book import book
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.money import money_text
from tether_calls.common.observing.metrics import WALLET_REFUSALS

_ENDS = (EntryKind.SETTLE, EntryKind.RELEASE)


class InsufficientFunds(TetherError):
    """INSUFFICIENT_FUNDS with its figures: what is there, what was asked for."""

    def __init__(self, *, balance: Decimal, required: Decimal, currency: str) -> None:
        self.current_balance = money_text(balance)
        self.required_rate = money_text(required)
        self.currency = currency
        super().__init__(
            ErrorCode.INSUFFICIENT_FUNDS,
            f"The balance of {self.current_balance} {currency} does not cover the first minute of this call,"
            f" {self.required_rate} {currency}",
        )


@dataclass(frozen=True, kw_only=True)
class CallCharge:
    """What one call has cost so far; `end` is how its hold was closed, None: not yet."""

    organization_id: str
    currency: str
    # Of a minute, as it was when the call was dialled.
    rate: Decimal
    held: Decimal
    total: Decimal
    end: EntryKind | None


def hold(*, organization_id: str, call_id: str, amount: Decimal, rate: Decimal) -> WalletEntry:
    """Take `amount` out of the wallet for a call that is being dialled, once; remembers the `rate` of a minute.

    Raises InsufficientFunds, where it would leave less than nothing or there is no wallet. An amount of nothing is
    refused as well while the organization owes.
    """
    try:
        with transaction.atomic():
            entry = book(
                organization_id=organization_id,
                kind=EntryKind.HOLD,
                amount=-amount,
                may_owe=False,
                call_id=call_id,
                rate=rate,
            )
    except IntegrityError:
        entry = None
    if entry is None:
        entry = (
            WalletEntry.objects.of_organization(organization_id).filter(call_id=call_id, kind=EntryKind.HOLD).first()
        )
    if entry is None:
        raise _refusal(Wallet.objects.of_organization(organization_id).first(), amount)
    return entry


def check_covers(*, organization_id: str, amount: Decimal) -> None:
    """Whether a hold would be refused as things are; only the hold itself is certain. One statement.

    Raises InsufficientFunds.
    """
    wallet = Wallet.objects.of_organization(organization_id).first()
    if wallet is None or wallet.balance < amount:
        raise _refusal(wallet, amount)


def _refusal(wallet: Wallet | None, amount: Decimal) -> InsufficientFunds:
    WALLET_REFUSALS.add()
    return InsufficientFunds(
        balance=wallet.balance if wallet is not None else Decimal(0),
        required=amount,
        currency=wallet.currency if wallet is not None else settings.TETHER_CURRENCY,
    )


def settle(*, organization_id: str, call_id: str, charge: Decimal) -> WalletEntry | None:
    """The call has cost `charge`: what was held beyond goes back, what is missing is taken, even if none is left.

    Any number of times, and the figure may change: the first one settles, a different one later is booked as an
    adjustment. None where nothing changes, or nothing was held.
    """
    return _close(organization_id=organization_id, call_id=call_id, charge=charge, end=EntryKind.SETTLE)


def release(*, organization_id: str, call_id: str) -> WalletEntry | None:
    """The call came to nothing: what was held goes back. Any number of times; None where nothing changes."""
    return _close(organization_id=organization_id, call_id=call_id, charge=Decimal(0), end=EntryKind.RELEASE)


def charge_of(*, organization_id: str, call_id: str) -> CallCharge | None:
    """What is booked for a call; None: nothing was held for it. One statement."""
    booked = WalletEntry.objects.of_organization(organization_id).filter(call_id=call_id)
    entries = list(booked.select_related("wallet").order_by("number"))
    if not entries:
        return None
    first = entries[0]
    return CallCharge(
        organization_id=first.wallet.organization_id,
        currency=first.wallet.currency,
        rate=first.rate or Decimal(0),
        held=-first.amount,
        total=-sum((entry.amount for entry in entries), start=Decimal(0)),
        end=next((EntryKind(entry.kind) for entry in entries if entry.kind in _ENDS), None),
    )


def charges_of(call_ids: Collection[str]) -> dict[str, tuple[Decimal, str]]:
    """What is booked for each of these calls, and in which currency; the asker has found them. One statement."""
    # wall: of calls that the asker may see
    entries = WalletEntry.objects.filter(call_id__in=call_ids).order_by()
    charges: dict[str, tuple[Decimal, str]] = {}
    for call_id, amount, currency in entries.values_list("call_id", "amount", "wallet__currency"):
        assert call_id is not None
        charges[call_id] = (charges.get(call_id, (Decimal(0), ""))[0] - amount, currency)
    return charges


def charge_of_call() -> Subquery:
    """Of a query of calls: what is booked for each, as `in_units` has it; null where nothing is."""
    # wall: of calls that the asker may see
    entries = WalletEntry.objects.filter(call_id=OuterRef("pk")).order_by().values("call_id")
    booked = ExpressionWrapper(Sum("amount") * Value(-1), output_field=BigIntegerField())
    return Subquery(entries.annotate(booked=booked).values("booked"))


@transaction.atomic
def _close(*, organization_id: str, call_id: str, charge: Decimal, end: EntryKind) -> WalletEntry | None:
    holds = WalletEntry.objects.of_organization(organization_id).filter(call_id=call_id, kind=EntryKind.HOLD)
    # Locked before it is read what is booked already: of two that end a call the second one sees the first's entry.
    wallets = (
        Wallet.objects.of_organization(organization_id)
        .select_for_update(no_key=True)
        .filter(pk__in=holds.values("wallet_id"))
    )
    if not list(wallets):
        return None
    booked = charge_of(organization_id=organization_id, call_id=call_id)
    assert booked is not None  # entries stay
    if booked.end is not None and booked.total == charge:
        return None
    return book(
        organization_id=organization_id,
        kind=end if booked.end is None else EntryKind.ADJUSTMENT,
        amount=booked.total - charge,
        call_id=call_id,
        note="" if booked.end is None else "The call's final figure",
    )
