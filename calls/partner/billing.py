"""What a call costs."""

from __future__ import annotations

from typing import Annotated

import msgspec

from calls.documents.facts import CallFacts
from calls.partner.errors import Amount
from calls.selectors.agent_calls.billing import BillingStatus, call_billing
from tether_calls.common.wire import SnakeStruct


class PartnerBilling(SnakeStruct):
    """What the call cost, or will."""

    status: BillingStatus
    initial_charge: Annotated[Amount, msgspec.Meta(description="Held when it was dialled.")]
    final_charge: Annotated[Amount, msgspec.Meta(description="What its end added, or took away again.")]
    total_charge: Amount


def billing_of(facts: CallFacts) -> PartnerBilling:
    """One statement."""
    billing = call_billing(facts)
    return PartnerBilling(
        status=billing.status,
        initial_charge=billing.initial_charge,
        final_charge=billing.final_charge,
        total_charge=billing.total_charge,
    )
