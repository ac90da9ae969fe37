"""JSON bodies: declared as msgspec structs, read in one way, refused in one form.

The struct says which fields there are, of what type and within which bounds (`tether_calls.common.fields` has the usual
kinds); msgspec makes it, and the OpenAPI document, of the same declaration. What is wrong is worked out here, field by
field, so that one answer names every fault by its path on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self, TypeVar

import msgspec
from msgspec import UNSET, inspect
from rest_framework.request import Request

from tether_calls.common.errors import Detail, TetherError
from tether_calls.common.times import from_wire
from tether_calls.common.wire import WireStruct, camelize

MISSING, NULL, BLANK = "This field is required.", "This field may not be null.", "This field may not be blank."
NO_WHOLE_NUMBER = "A valid integer is required."
_NO_OBJECT = "The request body must be a JSON object"
# Of a value that is quoted in a sentence.
_MAX_QUOTED = 100


class Body(WireStruct):
    """What a client sends; the name of the class is that of the OpenAPI component. Unknown fields are ignored.

    A field that may be left out has a default, UNSET where leaving it out differs from every value.
    """

    # Where a body needs one of several fields: their names in Python.
    at_least_one_of: ClassVar[tuple[str, ...]] = ()
    # Null and blank text stand for a field that is left out, as frontends send them.
    blank_is_absent: ClassVar[bool] = False
    # The request may come without any body: none of it is needed.
    may_be_left_out: ClassVar[bool] = False

    @classmethod
    def in_full(cls) -> type[Self]:
        """The struct with those fields too that are only known when a body is read."""
        return cls

    def faults(self) -> Iterable[Detail]:
        """What is wrong with fields that are right each by itself."""
        return ()


BodyT = TypeVar("BodyT", bound=Body)
TypeT = TypeVar("TypeT")
NumberT = TypeVar("NumberT", int, float)


class Unreadable(ValueError):
    """A value that a field does not take; `sentences` say why, without the value where it may be a secret."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences
        super().__init__(*sentences)


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
    body_type = body_type.in_full()
    values = _read(_type_of(body_type), data, "", faults)
    if not faults and body_type.at_least_one_of:
        faults += _none_of(body_type, values)
    if faults:
        return None, faults
    try:
        body = msgspec.convert(values, body_type)
    except msgspec.ValidationError as error:
        return None, [Detail("", str(error))]
    faults += body.faults()
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


def _none_of(body_type: type[Body], values: Mapping[str, Any]) -> list[Detail]:
    names = [camelize(name) for name in body_type.at_least_one_of]
    if any(name in values for name in names):
        return []
    *others, last = names
    return [Detail("", f"{', '.join(others)} or {last} is required")]


# ---- Reading a value by its declared type: what it becomes, or why it cannot be read --------------------------------


def _read(kind: inspect.Type, value: Any, path: str, faults: list[Detail]) -> Any:
    reader = _READERS.get(type(kind))
    try:
        # What no reader knows is left to msgspec.
        return value if reader is None else reader(kind, value, path, faults)
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
        raise Unreadable(_NO_OBJECT if not path else NULL if value is None else "Expected an object.")
    may_be_blank = not getattr(kind.cls, "blank_is_absent", False)
    found = {}
    for field in kind.fields:
        name = field.encode_name
        here = f"{path}.{name}" if path else name
        if name in value and (may_be_blank or not _is_blank(value[name])):
            found[name] = _read(field.type, value[name], here, faults)
        elif field.required:
            faults.append(Detail(here, MISSING))
    if kind.forbid_unknown_fields:
        unknown = value.keys() - {field.encode_name for field in kind.fields}
        faults += [Detail(f"{path}.{name}" if path else name, "Unknown field") for name in sorted(unknown)]
    return found


def _list(kind: inspect.ListType, value: Any, path: str, faults: list[Detail]) -> Any:
    if not isinstance(value, list):
        raise Unreadable(NULL if value is None else "Expected a list of items.")
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


def _text(kind: inspect.StrType, value: Any, *_: Any) -> str:
    return _of_type(str, value, "Not a valid string.")


def _true_or_false(kind: inspect.BoolType, value: Any, *_: Any) -> bool:
    return _of_type(bool, value, "Must be a valid boolean.")


def _whole_number(kind: inspect.IntType, value: Any, *_: Any) -> int:
    """A JSON number without a fraction, and no text that could be read as one."""
    return within(_of_type(int, value, NO_WHOLE_NUMBER), kind.ge, kind.le)


def _number(kind: inspect.FloatType, value: Any, *_: Any) -> float:
    number = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return within(_of_type(float, number, "A valid number is required."), kind.ge, kind.le)


def within(number: NumberT, minimum: float | None, maximum: float | None) -> NumberT:
    """The number. Raises Unreadable where it is out of bounds."""
    if minimum is not None and number < minimum:
        raise Unreadable(f"Ensure this value is greater than or equal to {minimum}.")
    if maximum is not None and number > maximum:
        raise Unreadable(f"Ensure this value is less than or equal to {maximum}.")
    return number


def _moment(kind: inspect.DateTimeType, value: Any, *_: Any) -> datetime:
    """A date-time in ISO 8601; one without a zone is UTC."""
    text = _of_type(str, value, "Not an ISO 8601 date-time")
    try:
        return from_wire(text, may_be_date=False)
    except ValueError:
        raise Unreadable("Not an ISO 8601 date-time") from None


def _choice(kind: inspect.LiteralType, value: Any, *_: Any) -> Any:
    if value is None:
        raise Unreadable(NULL)
    if not isinstance(value, str | int) or isinstance(value, bool) or value not in kind.values:
        raise Unreadable(no_choice(value))
    return value


def no_choice(value: Any) -> str:
    return f'"{str(value)[:_MAX_QUOTED]}" is not a valid choice.'


def _free_form(kind: inspect.DictType, value: Any, *_: Any) -> dict[str, Any]:
    return _of_type(dict, value, "Expected an object.")


def _of_type(wanted: type[TypeT], value: Any, sentence: str) -> TypeT:
    if value is None:
        raise Unreadable(NULL)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise Unreadable(sentence)
    return value


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


_READERS: dict[type[inspect.Type], Callable[..., Any]] = {
    inspect.Metadata: _annotated,
    inspect.StructType: _object,
    inspect.ListType: _list,
    inspect.UnionType: _union,
    inspect.StrType: _text,
    inspect.BoolType: _true_or_false,
    inspect.IntType: _whole_number,
    inspect.FloatType: _number,
    inspect.DateTimeType: _moment,
    inspect.LiteralType: _choice,
    inspect.DictType: _free_form,
}
