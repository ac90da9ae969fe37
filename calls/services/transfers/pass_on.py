"""Transfers that nobody answers: the next person is asked, and in the end it is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calls.models import Call, OfferState, Transfer, TransferState
from calls.reports import ENDED
from calls.selectors.transfers.awaited import agents_call_of
from calls.selectors.transfers.people import online_users
from calls.services.lifecycle.hand_over import join_leg
from calls.services.transfers.reserve import current_offer, end_offer, locked_transfers, reserve_next
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.object_id import first_object_id_at

# Of one run; the next one goes on.
_MOST = 200
# An agent's call of which nothing is heard for so long is not waited for.
_KNOWN_WITHIN = timedelta(days=1)
# Who is handed over arrives as the agent's call ends, or before that; so long after it, they have hung up.
_ARRIVES_WITHIN = timedelta(seconds=30)


def pass_on_transfers() -> None:
    """The job. Whose time is over, or whose browser is gone, is free again, and the next person is asked.

    Where the caller has arrived the carrier asks who is next; here it is only ended, once nothing is heard any more.
    """
    # wall: the job looks at transfers of all organizations, one organization after the other
    under_way = Transfer.objects.filter(state=TransferState.OFFERED).order_by("organization_id", "pk")
    online: dict[str, frozenset[str]] = {}
    for organization_id, transfer_id in under_way.values_list("organization_id", "pk")[:_MOST]:
        if organization_id not in online:
            online[organization_id] = online_users(organization_id=organization_id)
        with transaction.atomic():
            _look_at(organization_id, transfer_id, online[organization_id])
    join_legs()


def join_legs() -> None:
    """Those of agents' calls and callers' that are not joined yet, because a process died before it could do it."""
    # wall: the job looks at transfers of all organizations
    lately = Transfer.objects.filter(pk__gt=first_object_id_at(timezone.now() - _KNOWN_WITHIN))
    waiting = lately.filter(Q(call=None) | Q(leg__transferred_from=None), leg__isnull=False).exclude(conversation_id="")
    for transfer in waiting.order_by("-pk")[:_MOST]:
        call_id = agents_call_of(transfer)
        if call_id is not None:
            join_leg(transfer=transfer, call_id=call_id)


def _has_gone(transfer: Transfer, now: datetime) -> bool:
    """Whether the caller of a transfer that nobody has arrived for has hung up. At most two statements."""
    ended = Call.objects.of_organization(transfer.organization_id).filter(
        pk=agents_call_of(transfer), status__in=ENDED, end_time__lte=now - _ARRIVES_WITHIN
    )
    return ended.exists()


def _look_at(organization_id: str, transfer_id: str, online: frozenset[str]) -> None:
    take_turns(organization_id)
    transfer = locked_transfers(organization_id).filter(pk=transfer_id, state=TransferState.OFFERED).first()
    if transfer is None:
        return
    now, offer = timezone.now(), current_offer(transfer)
    has_gone = transfer.leg_id is None and _has_gone(transfer, now)
    if has_gone or transfer.expires_at <= now:
        if offer is not None:
            end_offer(offer, OfferState.ENDED if has_gone else OfferState.TIMED_OUT)
        transfer.state = TransferState.ENDED
        transfer.save(update_fields=["state"])
    elif transfer.leg_id is None and offer is not None:
        is_away = offer.user_id not in online
        if is_away or offer.until <= now:
            end_offer(offer, OfferState.AWAY if is_away else OfferState.TIMED_OUT)
            reserve_next(transfer, online=online)
