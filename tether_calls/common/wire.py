"""What goes over the wire: msgspec structs with camelCase names, which leave out what they do not have."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from tether_calls.common.times import to_wire

__all__ = [
    "UNSET",
    "ObjectId",
    "SnakeStruct",
    "Timestamp",
    "UnsetType",
    "WireStruct",
    "camelize",
    "number",
    "or_none",
    "or_unset",
    "timestamp",
]

ValueT = TypeVar("ValueT")

Timestamp = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
ObjectId = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": "^[0-9a-f]{24}$"})]


def camelize(name: str) -> str:
    """`first_name` as `firstName`; `_id` is the same everywhere."""
    if name.startswith("_"):
        return name
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


class WireStruct(msgspec.Struct, rename="camel", kw_only=True):
    """Base of every document and body; the name of the class is the name of the OpenAPI component."""

    # As JSON; every body that is sent to us has one.
    example: ClassVar[dict[str, Any]] = {}


class SnakeStruct(WireStruct, rename=None):
    """Base of the documents of /api/v1: snake_case names, and null for what is not there."""


def timestamp(moment: Any) -> str | UnsetType:
    return UNSET if moment is None else to_wire(moment)


def or_unset(value: Any) -> Any:
    """The value, or nothing at all where it is None, empty text or an empty object."""
    if value:
        return value
    return UNSET if value is None or value in ("", {}) else value


def or_none(value: ValueT | UnsetType) -> ValueT | None:
    """The value of a field that may be left out; None where it is."""
    return None if isinstance(value, UnsetType) else value


def number(value: float | None) -> float | int | UnsetType:
    """A number without a fraction that says nothing: 154, not 154.0."""
    if value is None:
        return UNSET
    return int(value) if value == int(value) else value
