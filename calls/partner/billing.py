"""What a call costs."""

from __future__ import annotations

from typing import Annotated

import msgspec

from calls.models import Call
from tether_calls.common.wire import SnakeStruct

Amount = Annotated[str, msgspec.Meta(description="Decimal.")]


class PartnerBilling(SnakeStruct):
    """What the call cost, or will."""

    status: Annotated[str, msgspec.Meta(description="not_charged.")]
    initial_charge: Annotated[Amount | None, msgspec.Meta(description="Held when it was dialled.")]
    final_charge: Annotated[Amount | None, msgspec.Meta(description="What its end added.")]
    total_charge: Amount | None


def billing_of(call: Call) -> PartnerBilling:
    """Nothing is charged for calls yet."""
    return PartnerBilling(status="not_charged", initial_charge=None, final_charge=None, total_charge=None)
