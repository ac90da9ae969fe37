"""What came into a wallet, and where it went, in the words of those who pay."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, Sum

from tether_calls.accounts.models import EntryKind, Wallet

_OF_CALLS = (EntryKind.HOLD, EntryKind.SETTLE, EntryKind.RELEASE)


@dataclass(frozen=True, kw_only=True)
class WalletSums:
    """`topped_up` + `adjusted` - `spent` - `held` is the balance."""

    topped_up: Decimal
    # By hand; negative: taken.
    adjusted: Decimal
    # By calls that are over, and by calls under way.
    spent: Decimal
    held: Decimal


def sums_of(wallet: Wallet) -> WalletSums:
    """All entries added up; one statement."""
    of_the_call = wallet.entries.filter(call_id=OuterRef("call_id"))
    is_over = Exists(of_the_call.filter(kind__in=(EntryKind.SETTLE, EntryKind.RELEASE)).order_by())
    sums = wallet.entries.order_by().aggregate(
        topped_up=Sum("amount", filter=Q(kind=EntryKind.TOP_UP)),
        adjusted=Sum("amount", filter=Q(kind=EntryKind.ADJUSTMENT)),
        of_calls=Sum("amount", filter=Q(kind__in=_OF_CALLS)),
        held=Sum("amount", filter=Q(kind=EntryKind.HOLD) & ~is_over),
    )
    topped_up, adjusted, of_calls, held = (
        sums[name] or Decimal(0) for name in ("topped_up", "adjusted", "of_calls", "held")
    )
    return WalletSums(topped_up=topped_up, adjusted=adjusted, spent=held - of_calls, held=-held)
