"""What /api/calls/live answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec

from calls.documents.call import CallDocument, call_document
from calls.documents.facts import CallFacts
from calls.models import OfferState, TransferOffer
from calls.selectors.desk.under_way import MOST_UNDER_WAY
from calls.selectors.transfers.people import PersonNow, PersonState
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, ObjectId, Timestamp, UnsetType, WireStruct, or_unset, timestamp

if TYPE_CHECKING:
    _State: TypeAlias = str
    _Offer: TypeAlias = str
else:
    _State = Literal[tuple(map(str, PersonState))]
    _Offer = Literal[tuple(OfferState.values)]


class PersonDocument(WireStruct):
    """A user of the organization, and what they are doing."""

    user_id: ObjectId
    email: str
    is_online: Annotated[bool, msgspec.Meta(description="Has a socket open.")]
    is_available: Annotated[bool, msgspec.Meta(description="As the user has chosen.")]
    state: Annotated[_State, msgspec.Meta(description="`free`: a call can be handed over to them.")]
    full_name: str | UnsetType = UNSET
    since: Annotated[Timestamp, msgspec.Meta(description="From when, as far as known.")] | UnsetType = UNSET


class TransferDocument(WireStruct):
    """A transfer, as it was offered to the user."""

    id: str = msgspec.field(name="_id")
    state: Annotated[_Offer, msgspec.Meta(description="Of the offer to the user.")]
    reason: str
    from_number: str
    expires_at: Timestamp
    call_id: Annotated[str, msgspec.Meta(description="The agent's call.")] | UnsetType = UNSET
    summary: str | UnsetType = UNSET


class TransferResponse(WireStruct):
    """The transfer as it is now."""

    success: Literal[True]
    transfer: TransferDocument


class LiveResponse(WireStruct):
    """`isCapped`: more calls go on than are listed."""

    success: Literal[True]
    calls: list[CallDocument]
    is_capped: bool
    people: list[PersonDocument]


def live_document(*, calls: Sequence[CallFacts], people: Sequence[PersonNow]) -> LiveResponse:
    return LiveResponse(
        success=True,
        calls=[call_document(facts) for facts in calls[:MOST_UNDER_WAY]],
        is_capped=len(calls) > MOST_UNDER_WAY,
        people=[
            PersonDocument(
                user_id=person.user.pk,
                email=person.user.email,
                full_name=or_unset(person.user.full_name),
                is_online=person.is_online,
                is_available=person.user.is_available,
                state=str(person.state),
                since=timestamp(person.since),
            )
            for person in people
        ],
    )


def transfer_document(offer: TransferOffer) -> TransferResponse:
    transfer = offer.transfer
    return TransferResponse(
        success=True,
        transfer=TransferDocument(
            id=transfer.pk,
            state=offer.state,
            reason=transfer.reason,
            from_number=transfer.from_number,
            expires_at=to_wire(offer.until),
            call_id=or_unset(transfer.call_id),
            summary=or_unset(transfer.summary),
        ),
    )
