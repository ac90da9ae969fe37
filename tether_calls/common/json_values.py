"""Single values of a JSON body by their declared type: what each becomes, or the sentence that says why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from msgspec import inspect

from tether_calls.common.times import from_wire, has_time_everywhere

MISSING, NULL, BLANK = "This field is required.", "This field may not be null.", "This field may not be blank."
NO_OBJECT, NO_LIST = "Expected an object.", "Expected a list of items."
NO_TEXT, NO_BOOLEAN = "Not a valid string.", "Must be a valid boolean."
NO_WHOLE_NUMBER, NO_NUMBER = "A valid integer is required.", "A valid number is required."
NO_MOMENT = "Not an ISO 8601 date-time"
NO_TIME_EVERYWHERE = "At the end of the calendar, where some time zones have no time for it"
# Of a value that is quoted in a sentence.
_MAX_QUOTED = 100

TypeT = TypeVar("TypeT")
NumberT = TypeVar("NumberT", int, float)


class Unreadable(ValueError):
    """A value that a field does not take; `sentences` say why, without the value where it may be a secret."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences
        super().__init__(*sentences)


def of_type(wanted: type[TypeT], value: Any, sentence: str) -> TypeT:
    """The value. Raises Unreadable with the sentence; true and false are no numbers."""
    if value is None:
        raise Unreadable(NULL)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise Unreadable(sentence)
    return value


def within(number: NumberT, minimum: float | None, maximum: float | None) -> NumberT:
    """The number. Raises Unreadable where it is out of bounds."""
    if minimum is not None and number < minimum:
        raise Unreadable(f"Ensure this value is greater than or equal to {minimum}.")
    if maximum is not None and number > maximum:
        raise Unreadable(f"Ensure this value is less than or equal to {maximum}.")
    return number


def no_choice(value: Any) -> str:
    return f'"{str(value)[:_MAX_QUOTED]}" is not a valid choice.'


def is_blank(value: Any) -> bool:
    """Null, or a text of nothing but blanks."""
    return value is None or (isinstance(value, str) and not value.strip())


def _text(_: inspect.StrType, value: Any) -> str:
    return of_type(str, value, NO_TEXT)


def _true_or_false(_: inspect.BoolType, value: Any) -> bool:
    return of_type(bool, value, NO_BOOLEAN)


def _whole_number(kind: inspect.IntType, value: Any) -> int:
    """A JSON number without a fraction, and no text that could be read as one."""
    return within(of_type(int, value, NO_WHOLE_NUMBER), kind.ge, kind.le)


def _number(kind: inspect.FloatType, value: Any) -> float:
    try:
        number = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    except OverflowError:
        raise Unreadable(NO_NUMBER) from None
    return within(of_type(float, number, NO_NUMBER), kind.ge, kind.le)


def _moment(_: inspect.DateTimeType, value: Any) -> datetime:
    """A date-time in ISO 8601; one without a zone is UTC."""
    text = of_type(str, value, NO_MOMENT)
    try:
        moment = from_wire(text, may_be_date=False)
    except ValueError:
        raise Unreadable(NO_MOMENT) from None
    if not has_time_everywhere(moment):
        raise Unreadable(NO_TIME_EVERYWHERE)
    return moment


def _choice(kind: inspect.LiteralType, value: Any) -> Any:
    if value is None:
        raise Unreadable(NULL)
    if not isinstance(value, str | int) or isinstance(value, bool) or value not in kind.values:
        raise Unreadable(no_choice(value))
    return value


def _free_form(_: inspect.DictType, value: Any) -> dict[str, Any]:
    return of_type(dict, value, NO_OBJECT)


# Each gets the declared type and a value. Raises Unreadable.
READERS: dict[type[inspect.Type], Callable[..., Any]] = {
    inspect.StrType: _text,
    inspect.BoolType: _true_or_false,
    inspect.IntType: _whole_number,
    inspect.FloatType: _number,
    inspect.DateTimeType: _moment,
    inspect.LiteralType: _choice,
    inspect.DictType: _free_form,
}
