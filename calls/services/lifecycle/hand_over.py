"""A call that an agent has handed over: the caller's call to a person of ours, and what it tells of the agent's."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calls.events import call_event, transfer_ended
from calls.models import Call, CallStatus, OfferState, Transfer, TransferOffer, TransferState
from calls.models.transfer import RESERVED
from calls.outcomes import Ending, EndReason, Weight
from calls.reports import Authority
from calls.selectors.transfers.awaited import agents_call_of
from calls.services.lifecycle.change_status import ANSWERED, has_ended
from calls.services.lifecycle.merge_outcome import OUTCOME, merge_outcome
from tether_calls.realtime.events import EventName, publish

_TRANSFERRED = Ending(EndReason.TRANSFERRED, weight=Weight.DEED)


def follow_leg(leg: Call) -> None:
    """What becomes of a transfer, as its call has changed. Within the transaction that changed it.

    One statement for a call that came in at a number; none for others.
    """
    transfers = Transfer.objects.of_organization(leg.organization_id).select_for_update(of=("self",), no_key=True)
    transfer = transfers.filter(leg=leg).first()
    if transfer is None:
        return
    if _took_place(leg) and transfer.state != TransferState.CONNECTED:
        # Also one that was given up: that it was answered may be told last.
        _close(transfer, TransferState.CONNECTED, taken_by=leg.user_id)
    elif is_over(leg) and transfer.state == TransferState.OFFERED:
        _close(transfer, TransferState.ENDED)
    call_id = agents_call_of(transfer)
    if call_id is not None:
        _join(transfer, leg, call_id)


def waits_for_another(call: Call) -> bool:
    """Whether it is a caller who was handed over: one person who declines does not end the call. One statement."""
    transfers = Transfer.objects.of_organization(call.organization_id).filter(leg=call)
    return transfers.filter(state=TransferState.OFFERED).exists()


def join_transfers(*, call: Call, provider: str, conversation_id: str) -> None:
    """An agent's call has become known: what there is of its transfers is told of it. After the commit that made it so.

    One statement where there are none that did not know it.
    """
    transfers = Transfer.objects.of_organization(call.organization_id)
    for transfer in transfers.filter(call=None, provider=provider, conversation_id=conversation_id):
        join_leg(transfer=transfer, call_id=call.pk)


@transaction.atomic
def join_leg(*, transfer: Transfer, call_id: str) -> None:
    """The same of one transfer, in whichever order it is heard of its two calls."""
    legs = Call.objects.of_organization(transfer.organization_id).select_for_update(of=("self",))
    # Before the transfer's row, as where the leg itself is told of.
    leg = legs.filter(pk=transfer.leg_id).first()
    if leg is None:
        Transfer.objects.of_organization(transfer.organization_id).filter(pk=transfer.pk).update(call_id=call_id)
    else:
        _join(transfer, leg, call_id)


def _join(transfer: Transfer, leg: Call, call_id: str) -> None:
    """Both calls know of each other; no statement but to look at the agent's where they do."""
    if transfer.call_id != call_id:
        transfer.call_id = call_id
        transfer.save(update_fields=["call"])
    if leg.transferred_from_id != call_id:
        agents = Call.objects.of_organization(leg.organization_id).filter(pk=call_id)
        contact_id, conversation_id = agents.values_list("contact_id", "conversation_id").first() or (None, None)
        leg.transferred_from_id = call_id
        # A call of which it is not known any more whose it was is told of nobody again.
        if leg.person_erased_at is None:
            leg.contact_id = leg.contact_id or contact_id
            leg.conversation_id = leg.conversation_id or conversation_id
        leg.save(update_fields=["transferred_from", "contact", "conversation", "updated_at"])
        if has_ended(leg):
            event = call_event(EventName.CALL_UPDATED, leg)
            publish(organization_id=leg.organization_id, call_id=leg.pk, events=[event])
    _tell_agents_call(leg, call_id)


def is_over(leg: Call) -> bool:
    """Whether the caller is gone: of one browser that did not answer the carrier asks who is next."""
    return has_ended(leg) and leg.end_authority != Authority.UNANSWERED_LEG


def _took_place(leg: Call) -> bool:
    return leg.status in ANSWERED or leg.status == CallStatus.COMPLETED


def _close(transfer: Transfer, state: TransferState, *, taken_by: str | None = None) -> None:
    """Who is still asked is so no longer; `taken_by` is who talks to the caller, perhaps not the one asked last."""
    transfer.state = state
    transfer.save(update_fields=["state"])
    offers = TransferOffer.objects.of_organization(transfer.organization_id)
    asked = Q(state__in=RESERVED) if taken_by is None else Q(state__in=RESERVED) | Q(user_id=taken_by)
    for offer in offers.filter(asked, transfer=transfer):
        is_asked = offer.state in RESERVED
        offer.state = OfferState.CONNECTED if offer.user_id == taken_by else OfferState.ENDED
        offer.ended_at = offer.ended_at or timezone.now()
        offer.save(update_fields=["state", "ended_at"])
        if is_asked:
            event = transfer_ended(transfer, user_id=offer.user_id, outcome=offer.state)
            publish(organization_id=transfer.organization_id, call_id=transfer.call_id, events=[event])


def _tell_agents_call(leg: Call, call_id: str) -> None:
    """That it was handed over, to which call, and how long that was; the same in whatever order it is heard."""
    if not _took_place(leg):
        return
    calls = Call.objects.of_organization(leg.organization_id).select_for_update(of=("self",))
    call = calls.filter(pk=call_id).first()
    if call is None or call.pk == leg.pk:
        return
    told = {"transferredTo": leg.pk}
    if has_ended(leg) and leg.duration is not None:
        told["transferredSeconds"] = leg.duration
    if told.items() <= call.provider_metadata.items() and call.end_reason == EndReason.TRANSFERRED:
        return
    call.provider_metadata |= told
    merge_outcome(call, endings=(_TRANSFERRED,))
    call.save(update_fields=[*OUTCOME, "provider_metadata", "updated_at"])
    publish(
        organization_id=call.organization_id,
        call_id=call.pk,
        events=[call_event(EventName.CALL_UPDATED, call)],
    )
