"""What both trails have in common: whom their rows name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec

from tether_calls.common.wire import UNSET, UnsetType, WireStruct, or_unset
from tether_calls.trails.models import ActorKind
from tether_calls.trails.models.entry import TrailEntry

if TYPE_CHECKING:
    _ActorType: TypeAlias = str
else:
    _ActorType = Literal[tuple(ActorKind.values)]


class ActorDocument(WireStruct):
    """Who it was. Values that are not there are left out."""

    type: Annotated[_ActorType, msgspec.Meta(description="platform_staff: of no organization, or of another one.")]
    id: Annotated[str, msgspec.Meta(description="The user's, or the key's.")] | UnsetType = UNSET
    name: Annotated[str, msgspec.Meta(description="As they were called then.")] | UnsetType = UNSET
    user_id: Annotated[str, msgspec.Meta(description="Of a key: whose it is.")] | UnsetType = UNSET


def actor_document(entry: TrailEntry) -> ActorDocument:
    return ActorDocument(
        type=entry.actor_kind,  # the database holds one of these
        id=or_unset(entry.actor_id),
        name=or_unset(entry.actor_name),
        user_id=or_unset(entry.user_id),
    )
