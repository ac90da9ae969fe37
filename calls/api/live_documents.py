"""What /api/calls/live answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec

from calls.documents.call import CallDocument, call_document
from calls.documents.facts import CallFacts
from calls.selectors.desk.under_way import MOST_UNDER_WAY
from calls.selectors.transfers.people import PersonNow, PersonState
from tether_calls.common.wire import UNSET, ObjectId, Timestamp, UnsetType, WireStruct, or_unset, timestamp

if TYPE_CHECKING:
    _State: TypeAlias = str
else:
    _State = Literal[tuple(map(str, PersonState))]


class PersonDocument(WireStruct):
    """A user of the organization, and what they are doing."""

    user_id: ObjectId
    email: str
    is_online: Annotated[bool, msgspec.Meta(description="Has a socket open.")]
    is_available: Annotated[bool, msgspec.Meta(description="As the user has chosen.")]
    state: Annotated[_State, msgspec.Meta(description="`free`: a call can be handed over to them.")]
    full_name: str | UnsetType = UNSET
    since: Annotated[Timestamp, msgspec.Meta(description="From when, as far as known.")] | UnsetType = UNSET


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
