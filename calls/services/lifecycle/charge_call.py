"""What an agent's call costs a prepaid organization: the first minute when it is dialled, its duration when it ends."""

from __future__ import annotations

import math
from decimal import Decimal

from calls.models import Call, CallDirection, CallStatus, Prompt
from calls.providers.registry import provider_of
from calls.services.lifecycle.change_status import has_ended
from tether_calls.accounts import wallet
from tether_calls.common.money import rounded_up


def hold_first_minute(*, call: Call, agent: Prompt) -> None:
    """Reserve a minute at the agent's rate, which from here on is the call's. Raises INSUFFICIENT_FUNDS.

    In the transaction that makes the call, as the last of its writes but the events: other dials of the same
    organization wait for it.
    """
    rate = agent.rate_per_minute
    wallet.hold(organization_id=call.organization_id, call_id=call.pk, amount=rate, rate=rate)


def check_first_minute(*, organization_id: str, agent: Prompt) -> None:
    """Whether it could be reserved now. Raises INSUFFICIENT_FUNDS."""
    wallet.check_covers(organization_id=organization_id, amount=agent.rate_per_minute)


def charge_ended_call(call: Call) -> None:
    """Settle or release what was held for a call that has ended; any number of times, with what is known by now.

    To be called in a transaction that holds the call's lock, whenever the call was changed. What a call costs follows
    from its row alone, so reports in any order end in the same sum; a figure that changes is booked as an adjustment.
    """
    is_dial = provider_of(call.provider).holds_conversations and call.direction == CallDirection.OUTBOUND
    if not has_ended(call) or not is_dial:
        return
    held = wallet.charge_of(organization_id=call.organization_id, call_id=call.pk)
    if held is None:
        return
    cost = price(rate=held.rate, seconds=call.duration) if was_answered(call) else Decimal(0)
    if held.end is not None and held.total == cost:
        return
    if was_answered(call):
        wallet.settle(organization_id=call.organization_id, call_id=call.pk, charge=cost)
    else:
        wallet.release(organization_id=call.organization_id, call_id=call.pk)


def was_answered(call: Call) -> bool:
    """Whether anything shows that it was, besides its status: contradictory reports must not change the price."""
    return call.status == CallStatus.COMPLETED or call.answer_time is not None or bool(call.duration)


def price(*, rate: Decimal, seconds: float | None) -> Decimal:
    """By the second, each one begun counting; the whole rounded up to a hundredth of a cent."""
    return rounded_up(rate * math.ceil(seconds or 0) / 60)
