"""What one call has cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.conf import settings

from calls.documents.facts import CallFacts
from calls.models import Call
from tether_calls.accounts import wallet
from tether_calls.accounts.models import EntryKind
from tether_calls.common.money import money_text

BillingStatus = Literal["not_charged", "held", "settled", "released"]


@dataclass(frozen=True, kw_only=True)
class CallBilling:
    """Decimal strings. `initial_charge` was held for the first minute, `final_charge` came at the end.

    The latter is negative where some of the first minute went back; together they are `total_charge`.
    """

    status: BillingStatus
    currency: str
    initial_charge: str
    final_charge: str
    total_charge: str


def call_billing(call: Call | CallFacts) -> CallBilling:
    """For a call that the asker may see. One statement."""
    charge = wallet.charge_of(organization_id=call.organization_id, call_id=call.id)
    if charge is None:
        return _billing("not_charged", settings.TETHER_CURRENCY, initial=Decimal(0), total=Decimal(0))
    return _billing(_status(charge), charge.currency, initial=charge.held, total=charge.total)


def _status(charge: wallet.CallCharge) -> BillingStatus:
    if charge.end is None:
        return "held"
    return "released" if charge.end is EntryKind.RELEASE and not charge.total else "settled"


def _billing(status: BillingStatus, currency: str, *, initial: Decimal, total: Decimal) -> CallBilling:
    return CallBilling(
        status=status,
        currency=currency,
        initial_charge=money_text(initial),
        final_charge=money_text(total - initial),
        total_charge=money_text(total),
    )
