"""JSON bodies: declared as msgspec structs, read in one way, refused in one form.

The struct says which fields there are, of what type and within which bounds (`tether_calls.common.fields` has the usual
kinds); msgspec makes it, and the OpenAPI document, of the same declaration. What is wrong is worked out here, field by
field, so that one answer names every fault by its path on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self, TypeVar

import msgspec
from msgspec import UNSET, inspect
from rest_framework.request import Request

from tether_calls.common.errors import Detail, TetherError
from tether_calls.common.json_values import MISSING, NO_LIST, NO_OBJECT, NULL, READERS, Unreadable, is_blank
from tether_calls.common.wire import WireStruct, camelize

_NO_BODY = "The request body must be a JSON object"


class Body(WireStruct):
    """What a client sends; the name of the class is that of the OpenAPI component. Unknown fields are ignored.

    A field that may be left out has a default, UNSET where leaving it out differs from every value.
    """

    # Where a body needs one of several fields: their names in Python. Their default is UNSET.
    at_least_one_of: ClassVar[tuple[str, ...]] = ()
    # Null and blank text stand for a field that is left out, as frontends send them.
    blank_is_absent: ClassVar[bool] = False
    # The request may come without any body: none of it is needed.
    may_be_left_out: ClassVar[bool] = False
    # The component is the specification's, which says less of its fields than is checked.
    as_specified: ClassVar[bool] = False

    @classmethod
    def in_full(cls) -> type[Self]:
        """The struct with those fields too that are only known when a body is read."""
        return cls

    def faults(self) -> Iterable[Detail]:
        """What is wrong with fields that are right each by itself; paths within this struct."""
        return ()


BodyT = TypeVar("BodyT", bound=Body)


@dataclass(frozen=True)
class Rule:
    """What a field asks for beyond its type: put into its `msgspec.Meta` by `as_extra()`."""

    # Gets a value of the right type and returns it as it is used from then on. Raises Unreadable.
    read: Callable[[Any], Any] | None = None
    # In place of the type's own sentence.
    wrong_type: str | None = None

    def as_extra(self) -> dict[str, Any]:
        return {"rule": self}


def body_of(request: Request, body_type: type[BodyT]) -> BodyT:
    """The request's body, which the parser has decoded. Raises VALIDATION_ERROR, with every fault that it has."""
    return read_body_as(body_type, request.data)


def read_body_as(body_type: type[BodyT], data: Any) -> BodyT:
    """Raises VALIDATION_ERROR, with every fault of the decoded JSON."""
    body, faults = try_body(body_type, data)
    if body is None:
        raise TetherError.of_fields(faults)
    return body


def try_body(body_type: type[BodyT], data: Any) -> tuple[BodyT | None, list[Detail]]:
    """The body, or None and what is wrong with it: for readers that have codes of their own for some faults."""
    faults: list[Detail] = []
    body: BodyT = _read(_type_of(body_type.in_full()), data, "", faults)
    return (None, faults) if faults else (body, [])


def given(body: Body, *names: str) -> dict[str, Any]:
    """Of these fields, or all, those that were sent, by their names in Python.

    A field with another default than UNSET counts as sent.
    """
    values = {name: getattr(body, name) for name in names or body.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}


@cache
def _type_of(body_type: type[Body]) -> inspect.Type:
    return inspect.type_info(body_type)


def _read(kind: inspect.Type, value: Any, path: str, faults: list[Detail]) -> Any:
    """The value as its declared type has it; None where `faults` have grown."""
    try:
        if reader := _COMPOUND.get(type(kind)):
            return reader(kind, value, path, faults)
        # What no reader knows is left to msgspec.
        return READERS[type(kind)](kind, value) if type(kind) in READERS else value
    except Unreadable as error:
        faults += [Detail(path, sentence) for sentence in error.sentences]
        return None


def _annotated(kind: inspect.Metadata, value: Any, path: str, faults: list[Detail]) -> Any:
    rule = (kind.extra or {}).get("rule", Rule())
    before = len(faults)
    read = _read(kind.type, value, path, faults)
    if len(faults) > before:
        if rule.wrong_type is not None and value is not None:
            del faults[before:]
            raise Unreadable(rule.wrong_type)
        return None
    return read if rule.read is None else rule.read(read)


def _object(kind: inspect.StructType, value: Any, path: str, faults: list[Detail]) -> Any:
    if not isinstance(value, dict):
        raise Unreadable(_NO_BODY if not path else NULL if value is None else NO_OBJECT)
    before = len(faults)
    may_be_blank = not getattr(kind.cls, "blank_is_absent", False)
    found = {}
    for field in kind.fields:
        name = field.encode_name
        if name in value and (may_be_blank or not is_blank(value[name])):
            found[name] = _read(field.type, value[name], _below(path, name), faults)
        elif field.required:
            faults.append(Detail(_below(path, name), MISSING))
    if kind.forbid_unknown_fields:
        unknown = value.keys() - {field.encode_name for field in kind.fields}
        faults += [Detail(_below(path, name), "Unknown field") for name in sorted(unknown)]
    if len(faults) > before:
        return None
    try:
        made = msgspec.convert(found, kind.cls)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from None
    if isinstance(made, Body):
        together = _none_of_several(made) or made.faults()
        faults += [Detail(_below(path, fault.path), fault.message) for fault in together]
    return made


def _none_of_several(body: Body) -> list[Detail]:
    if not body.at_least_one_of or given(body, *body.at_least_one_of):
        return []
    *others, last = map(camelize, body.at_least_one_of)
    return [Detail("", f"{', '.join(others)} or {last} is required")]


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


def _list(kind: inspect.ListType, value: Any, path: str, faults: list[Detail]) -> Any:
    if not isinstance(value, list):
        raise Unreadable(NULL if value is None else NO_LIST)
    if kind.min_length and len(value) < kind.min_length:
        raise Unreadable(f"Ensure this field has at least {kind.min_length} elements.")
    if kind.max_length is not None and len(value) > kind.max_length:
        raise Unreadable(f"Ensure this field has no more than {kind.max_length} elements.")
    return [_read(kind.item_type, item, f"{path}.{index}", faults) for index, item in enumerate(value)]


def _union(kind: inspect.UnionType, value: Any, path: str, faults: list[Detail]) -> Any:
    """The first type that reads the value; where none does, the first one's faults."""
    if value is None and kind.includes_none:
        return None
    first: list[Detail] = []
    for member in kind.types:
        if isinstance(member, inspect.NoneType):
            continue
        found: list[Detail] = []
        read = _read(member, value, path, found)
        if not found:
            return read
        first = first or found
    faults += first
    return None


_COMPOUND: dict[type[inspect.Type], Callable[..., Any]] = {
    inspect.Metadata: _annotated,
    inspect.StructType: _object,
    inspect.ListType: _list,
    inspect.UnionType: _union,
}
