"""What both trails have in common: how they are asked for, and whom their rows name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec
from rest_framework import serializers

from tether_calls.common.queries import MomentParameter, ObjectIdParameter, QuerySerializer, WholeNumberParameter
from tether_calls.common.wire import UNSET, UnsetType, WireStruct, or_unset
from tether_calls.trails.models import ActorKind
from tether_calls.trails.models.entry import TrailEntry
from tether_calls.trails.selectors.trail import TrailFilter

MOST, USUAL = 200, 50

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


class TrailPageQuery(QuerySerializer):
    """One page, newest first."""

    limit = WholeNumberParameter(required=False, default=USUAL, min_value=1, max_value=MOST)
    cursor = ObjectIdParameter(required=False, help_text="`nextCursor` of the page before.")

    @property
    def wanted(self) -> TrailFilter:
        return TrailFilter()


class TrailQuery(TrailPageQuery):
    """Rows by who it was, and when; further filters are columns."""

    columns: tuple[str, ...] = ()

    user_id = ObjectIdParameter(required=False, help_text="The user, also behind a key.")
    start_date = MomentParameter(required=False, help_text="ISO 8601; then or later.")
    end_date = MomentParameter(required=False, help_text="ISO 8601; before.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("start_date"), attrs.get("end_date")
        if start is not None and end is not None and end < start:
            raise serializers.ValidationError({"endDate": ["Before startDate"]})
        return attrs

    @property
    def wanted(self) -> TrailFilter:
        values = self.validated_data
        return TrailFilter(
            user_id=values.get("user_id"),
            start_date=values.get("start_date"),
            end_date=values.get("end_date"),
            columns=tuple((name, values[name]) for name in self.columns if name in values),
        )
