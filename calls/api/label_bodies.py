"""What the endpoints of tags and dispositions are sent."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from calls.models.label import COLOR_PATTERN, MAX_LABEL_NAME
from calls.services.review.labels import LabelValues
from tether_calls.common.bodies import Body, given
from tether_calls.common.fields import note, text
from tether_calls.common.wire import UNSET, UnsetType


def _fault_of_color(value: str) -> str | None:
    return None if re.fullmatch(COLOR_PATTERN, value.lower()) else "Not a color such as #1f77b4"


_LabelName = Annotated[str, text(max_length=MAX_LABEL_NAME, description="Unique, letter case aside.")]
_Archived = Annotated[bool, note("It stays on its calls, and is offered no more.")]
_DispositionKind = Literal["positive", "neutral", "negative", "callback"]
_Color = Annotated[str, text(_fault_of_color, schema={"pattern": "^#[0-9a-fA-F]{6}$"})]


class _LabelBody(Body):
    archived: _Archived | UnsetType = UNSET

    @property
    def values(self) -> LabelValues:
        """What is given."""
        values = given(self)
        if "archived" in values:
            values["is_archived"] = values.pop("archived")
        if "color" in values:
            values["color"] = values["color"].lower()
        return values  # type: ignore[return-value]  # the fields are its keys


class TagCreateRequest(_LabelBody, kw_only=True):
    """A new tag."""

    example: ClassVar[dict[str, Any]] = {"name": "Complaint", "color": "#d62728"}

    name: _LabelName
    color: _Color | UnsetType = UNSET


class TagUpdateRequest(_LabelBody):
    """What is to change of a tag."""

    example: ClassVar[dict[str, Any]] = {"archived": True}

    at_least_one_of: ClassVar[tuple[str, ...]] = ("name", "color", "archived")

    name: _LabelName | UnsetType = UNSET
    color: _Color | UnsetType = UNSET


class DispositionCreateRequest(_LabelBody, kw_only=True):
    """A new disposition."""

    example: ClassVar[dict[str, Any]] = {"name": "Appointment booked", "kind": "positive"}

    name: _LabelName
    kind: _DispositionKind | UnsetType = UNSET


class DispositionUpdateRequest(_LabelBody):
    """What is to change of a disposition."""

    example: ClassVar[dict[str, Any]] = {"kind": "neutral"}

    at_least_one_of: ClassVar[tuple[str, ...]] = ("name", "kind", "archived")

    name: _LabelName | UnsetType = UNSET
    kind: _DispositionKind | UnsetType = UNSET
