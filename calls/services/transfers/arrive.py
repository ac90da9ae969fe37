"""The caller who was handed over arrives at a number of ours: who is rung, and who next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from calls.models import Call, OfferState, Transfer, TransferOffer, TransferState
from calls.providers.endpoint import Nowhere, Route, ToUser
from calls.services.lifecycle.hand_over import is_over
from calls.services.transfers.reserve import (
    OFFER_TIME,
    current_offer,
    end_offer,
    locked_transfers,
    reserve_next,
)
from tether_calls.accounts.services.turns import take_turns

# A browser rings for as long as a person is asked; the carrier's word of it takes a moment.
_A_MOMENT = timedelta(seconds=15)


@transaction.atomic
def route_arrived(*, leg: Call, transfer_id: str, online: Collection[str]) -> Route:
    """Ring the person who is reserved; the next one, where they have not the time or the browser any more.

    The same question again is answered in the same way. Raises Call.DoesNotExist.
    """
    leg = _locked(leg)
    if is_over(leg):
        return Nowhere("ended")
    take_turns(leg.organization_id)
    transfer = locked_transfers(leg.organization_id).filter(pk=transfer_id, state=TransferState.OFFERED).first()
    if transfer is None:
        return Nowhere("nobody_available")
    if transfer.leg_id is None:
        transfer.leg, transfer.call_id = leg, transfer.call_id or leg.transferred_from_id
        transfer.save(update_fields=["leg", "call"])
    offer = current_offer(transfer)
    if offer is not None and (offer.until <= timezone.now() or offer.user_id not in online):
        end_offer(offer, OfferState.AWAY if offer.user_id not in online else OfferState.TIMED_OUT)
        offer = None
    return _rung(leg, transfer, offer or reserve_next(transfer, online=online))


@transaction.atomic
def route_to_next(*, leg: Call, online: Collection[str]) -> Route:
    """The person who was rung has not answered: ring the next one, while the caller waits. Raises Call.DoesNotExist."""
    leg = _locked(leg)
    if is_over(leg):
        return Nowhere("ended")
    take_turns(leg.organization_id)
    transfer = locked_transfers(leg.organization_id).filter(leg=leg, state=TransferState.OFFERED).first()
    if transfer is None:
        return Nowhere("nobody_available")
    offer = current_offer(transfer)
    if offer is not None and offer.user_id == leg.user_id:
        end_offer(offer, OfferState.TIMED_OUT)
        offer = None
    return _rung(leg, transfer, offer or reserve_next(transfer, online=online))


def _locked(leg: Call) -> Call:
    """As it is now: a report may have ended it, or have found who answers, since it was read."""
    calls = Call.objects.of_organization(leg.organization_id).without_transcript()
    return calls.select_for_update(of=("self",), no_key=True).get(pk=leg.pk)


def _rung(leg: Call, transfer: Transfer, offer: TransferOffer | None) -> Route:
    if offer is None:
        return Nowhere("nobody_available")
    now = timezone.now()
    offer.until = now + OFFER_TIME + _A_MOMENT
    offer.save(update_fields=["until"])
    transfer.expires_at = max(transfer.expires_at, offer.until)
    transfer.save(update_fields=["expires_at"])
    leg.user_id = offer.user_id
    Call.objects.of_organization(leg.organization_id).filter(pk=leg.pk).update(user_id=offer.user_id, updated_at=now)
    return ToUser(offer.user_id, ring_seconds=int(OFFER_TIME.total_seconds()), is_handed_over=True)
