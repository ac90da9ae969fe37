"""A person is reserved for a transfer: the one who has been free for longest, and then the next one.

What reserves people of an organization takes turns first: without that two transfers would find the same person free,
and one of them fail at the constraint.

Rows of transfers are locked in one order, so that no two transactions wait for each other: the caller's call, the
organization, the transfer, and with it its offers, the agent's call. Whatever is not needed is left out.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from calls.events import transfer_ended, transfer_offered
from calls.models import OfferState, Transfer, TransferOffer, TransferState
from calls.models.transfer import RESERVED
from calls.selectors.transfers.people import PersonState, people_now
from tether_calls.common.object_id import first_object_id_at
from tether_calls.common.querysets import OrganizationQuerySet
from tether_calls.realtime.events import publish

# For how long a person is asked.
OFFER_TIME = timedelta(seconds=30)
# Who was asked in a conversation is not asked again in it for so long.
_ASKED_LATELY = timedelta(minutes=10)


def locked_transfers(organization_id: str) -> OrganizationQuerySet[Transfer]:
    """Transfers to be changed: what is found is locked, and its offers change under that lock alone."""
    return Transfer.objects.of_organization(organization_id).select_for_update(of=("self",), no_key=True)


def reserve_next(transfer: Transfer, *, online: Collection[str]) -> TransferOffer | None:
    """Ask the person who has been free for longest and was not asked yet; without one, nobody is left.

    Five statements. The organization's turn is taken; `online` are the ids of who has a frontend open.
    """
    organization_id, now = transfer.organization_id, timezone.now()
    offers = TransferOffer.objects.of_organization(organization_id)
    asked = Q(transfer=transfer)
    if transfer.conversation_id:
        asked |= Q(transfer__conversation_id=transfer.conversation_id, pk__gt=first_object_id_at(now - _ASKED_LATELY))
    taken = set(offers.filter(Q(state__in=RESERVED) | asked).values_list("user_id", flat=True))
    people = people_now(organization_id=organization_id, online=online, only_online=True)
    free = (person.user for person in people if person.state is PersonState.FREE and person.user.pk not in taken)
    user = next(free, None)
    if user is None:
        transfer.state = TransferState.NOBODY
        if not transfer._state.adding:
            transfer.save(update_fields=["state"])
        return None
    if transfer._state.adding:
        transfer.save(force_insert=True)
    offer = TransferOffer.objects.create(
        organization_id=organization_id, transfer=transfer, user=user, until=now + OFFER_TIME
    )
    publish(
        organization_id=organization_id,
        call_id=transfer.call_id,
        events=[transfer_offered(transfer, user_id=user.pk, until=offer.until)],
    )
    return offer


def end_offer(offer: TransferOffer, state: OfferState) -> None:
    """The person is free again, and their browsers stop ringing. Two statements."""
    offer.state, offer.ended_at = state, timezone.now()
    offer.save(update_fields=["state", "ended_at"])
    publish(
        organization_id=offer.organization_id,
        call_id=offer.transfer.call_id,
        events=[transfer_ended(offer.transfer, user_id=offer.user_id, outcome=state)],
    )


def current_offer(transfer: Transfer) -> TransferOffer | None:
    """One statement."""
    offers = TransferOffer.objects.of_organization(transfer.organization_id).select_related("transfer")
    return offers.filter(transfer=transfer, state__in=RESERVED).first()
