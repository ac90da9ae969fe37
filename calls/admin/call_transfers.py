"""The transfers of a call, put into words: who was asked to take the caller over, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.safestring import SafeString

from calls.models import Call, OfferState, Transfer, TransferOffer, TransferState
from calls.selectors.transfers.offers import offers_of_call
from tether_calls.common.admin.display import link, link_to, moment, page_at
from tether_calls.common.object_id import object_id_time

_COLOURS = {
    TransferState.OFFERED: "info",
    TransferState.CONNECTED: "success",
    TransferState.NOBODY: "warning",
    TransferState.ENDED: "default",
}


@dataclass(frozen=True)
class ShownOffer:
    """One person; `ended` is empty while they are asked, and where that is not known."""

    person: str | SafeString
    outcome: str
    asked: str
    accepted: str
    ended: str


@dataclass(frozen=True)
class ShownTransfer:
    """`other` leads to the other one of its two calls."""

    state: str
    colour: str
    reason: str
    summary: str
    other: str | SafeString
    offers: list[ShownOffer] = field(default_factory=list)


def transfers_of(call: Call) -> list[ShownTransfer]:
    """One statement at most."""
    shown: dict[str, ShownTransfer] = {}
    for offer in offers_of_call(call):
        transfer = shown.setdefault(offer.transfer_id, _shown(offer.transfer, call))
        transfer.offers.append(_offer(offer))
    return list(shown.values())


def _shown(transfer: Transfer, call: Call) -> ShownTransfer:
    is_leg = transfer.leg_id == call.pk
    other, name = (transfer.call_id, "The agent's call") if is_leg else (transfer.leg_id, "The call with the person")
    return ShownTransfer(
        state=transfer.get_state_display(),
        colour=_COLOURS[TransferState(transfer.state)],
        reason=transfer.reason,
        summary=transfer.summary,
        other=link(page_at("calls.call", other), name) if other is not None else "",
    )


def _offer(offer: TransferOffer) -> ShownOffer:
    return ShownOffer(
        person=link_to(offer.user),
        outcome=OfferState(offer.state).label,
        asked=moment(object_id_time(offer.pk), with_seconds=True),
        accepted=_moment(offer.accepted_at),
        ended=_moment(offer.ended_at),
    )


def _moment(at: datetime | None) -> str:
    return "" if at is None else moment(at, with_seconds=True)
