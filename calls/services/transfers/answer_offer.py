"""A person takes a transfer that they are offered, or does not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from calls.models import OfferState, TransferOffer, TransferState
from calls.models.transfer import RESERVED
from calls.services.transfers.reserve import end_offer, locked_transfers, reserve_next
from tether_calls.accounts.models import User
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.errors import ErrorCode, TetherError

# Who has accepted is kept for the caller for so long.
_ACCEPTED_FOR = timedelta(minutes=1)


@transaction.atomic
def accept_offer(*, user: User, transfer_id: str) -> TransferOffer:
    """Keep the person for the caller, who is on the way; once more changes nothing.

    Raises TRANSFER_NOT_FOUND, also for a transfer that was never offered to the user; TRANSFER_OVER.
    """
    offer = _own_offer(user, transfer_id)
    if offer.state == OfferState.OFFERED:
        offer.state, offer.accepted_at = OfferState.ACCEPTED, timezone.now()
        offer.until = max(offer.until, offer.accepted_at + _ACCEPTED_FOR)
        offer.save(update_fields=["state", "accepted_at", "until"])
        if offer.transfer.expires_at < offer.until:
            offer.transfer.expires_at = offer.until
            offer.transfer.save(update_fields=["expires_at"])
    elif offer.state not in (OfferState.ACCEPTED, OfferState.CONNECTED):
        raise TetherError(ErrorCode.TRANSFER_OVER)
    return offer


@transaction.atomic
def decline_offer(*, user: User, transfer_id: str, online: Collection[str]) -> TransferOffer:
    """Have the next person asked; once more changes nothing. Raises as `accept_offer`."""
    offer = _own_offer(user, transfer_id)
    if offer.state in RESERVED:
        end_offer(offer, OfferState.DECLINED)
        if offer.transfer.state == TransferState.OFFERED:
            reserve_next(offer.transfer, online=online)
    elif offer.state != OfferState.DECLINED:
        raise TetherError(ErrorCode.TRANSFER_OVER)
    return offer


def _own_offer(user: User, transfer_id: str) -> TransferOffer:
    take_turns(user.home_id)
    transfer = locked_transfers(user.home_id).get_or_refuse(ErrorCode.TRANSFER_NOT_FOUND, pk=transfer_id)
    offers = TransferOffer.objects.of_organization(user.home_id).filter(transfer=transfer, user=user)
    offer = offers.order_by("-pk").first()
    if offer is None:
        raise TetherError(ErrorCode.TRANSFER_NOT_FOUND)
    offer.transfer = transfer
    return offer
