"""Kinds of fields of bodies, as `msgspec.Meta` for `Annotated`: bounds, checks, what the OpenAPI document says.

name: Annotated[str, text(max_length=200)]
first_name: Annotated[str, text(max_length=100, may_be_blank=True)] | UnsetType = UNSET
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tether_calls.common.bodies import Rule
from tether_calls.common.json_values import BLANK, NO_WHOLE_NUMBER, NULL, Unreadable, no_choice, within
from tether_calls.common.object_id import OBJECT_ID, is_object_id
from tether_calls.common.phone import E164, HIDDEN_CALLER, is_hidden, read_number

# What the document says of text that may not be blank.
NOT_BLANK = r"\S"
NO_PHONE_NUMBER = "Not a telephone number with its country code, such as +14165550199"
_NO_ID = "Not an id of 24 hex digits"

# What is wrong with a text, as a sentence; None: nothing.
Check = Callable[[str], str | None]


def text(
    *checks: Check,
    max_length: int | None = None,
    may_be_blank: bool = False,
    is_trimmed: bool = True,
    description: str | None = None,
    schema: dict[str, Any] | None = None,
    wrong_type: str | None = None,
) -> msgspec.Meta:
    """A JSON string, without the blanks around it; a number that looks like one is refused.

    `checks` are asked of a text that is not empty. `schema` is what the OpenAPI document says besides its length.
    """

    def read(value: str) -> str:
        value = value.strip() if is_trimmed else value
        if not value:
            if not may_be_blank:
                raise Unreadable(BLANK)
            return value
        faults = [fault for check in checks if (fault := check(value))]
        if max_length is not None and len(value) > max_length:
            faults.insert(0, f"Ensure this field has no more than {max_length} characters.")
        if faults:
            raise Unreadable(*faults)
        return value

    schema = schema or {}
    bounds: dict[str, Any] = {}
    if not may_be_blank and schema.keys().isdisjoint(("pattern", "enum")):
        bounds = {"minLength": 1, **({"pattern": NOT_BLANK} if is_trimmed else {})}
    if max_length is not None:
        bounds["maxLength"] = max_length
    return _meta(Rule(read, wrong_type), description, {**bounds, **schema})


def object_id(*, description: str | None = None) -> msgspec.Meta:
    pattern = {"pattern": f"^{OBJECT_ID.pattern}$"}
    return text(_fault_of_id, is_trimmed=False, description=description, schema=pattern, wrong_type=_NO_ID)


def telephone_number(
    *,
    may_be_blank: bool = False,
    may_have_extension: bool = False,
    may_be_hidden: bool = False,
    description: str = "With its country code, such as +14165550199.",
) -> msgspec.Meta:
    """A telephone number as people write it; the value is the number in E.164.

    An extension is refused where the number is kept or called: another person would answer. Elsewhere it is left out.
    `may_be_hidden`: what stands for a caller who does not show a number is taken as it came.
    """

    def read(value: str) -> str:
        value = value.strip()
        if (not value and may_be_blank) or (may_be_hidden and is_hidden(value)):
            return value
        if not value:
            raise Unreadable(BLANK)
        found = read_number(value)
        if found is None:
            raise Unreadable(NO_PHONE_NUMBER)
        if found.extension and not may_have_extension:
            raise Unreadable("A number with an extension; only the number itself can be called")
        return found.number

    pattern = e164_pattern(may_be_blank=may_be_blank, may_be_hidden=may_be_hidden)
    return _meta(Rule(read), description, {"pattern": pattern})


def e164_pattern(*, may_be_blank: bool = False, may_be_hidden: bool = False) -> str:
    """For the OpenAPI document: what is taken for certain; numbers as people write them are taken too."""
    number = f"{E164.pattern}|{HIDDEN_CALLER}" if may_be_hidden else E164.pattern
    return f"^({number})?$" if may_be_blank else f"^({number})$"


def one_of(choices: Callable[[], Iterable[str]]) -> msgspec.Meta:
    """A text of a list that is only known when the body is read; for one that never changes there is `Literal`."""
    return text(
        lambda value: None if value in choices() else no_choice(value),
        is_trimmed=False,
        schema={"enum": list(choices())},
    )


def email_address(*, max_length: int = 254) -> msgspec.Meta:
    """An address, or empty."""
    forms = [{"type": "string", "format": "email", "maxLength": max_length}, {"type": "string", "maxLength": 0}]
    return text(_fault_of_email, max_length=max_length, may_be_blank=True, schema={"anyOf": forms})


def moment(*, description: str | None = None, read: Callable[[datetime], datetime] | None = None) -> msgspec.Meta:
    """For `datetime`: a date-time in ISO 8601; one without a zone is UTC."""
    return _meta(Rule(read), description, {"format": "date-time"})


def note(description: str) -> msgspec.Meta:
    """A field that needs no more than its type."""
    return msgspec.Meta(description=description)


def written_number(minimum: int, maximum: int, *, description: str | None = None) -> msgspec.Meta:
    """For `Any`: a whole number, or a text of its digits, as query strings have it."""

    def read(value: Any) -> int:
        # Digits only: Python would also read `1_0` and digits of other scripts.
        if isinstance(value, bool) or re.fullmatch(r"-?[0-9]{1,10}", str(value)) is None:
            raise Unreadable(NULL if value is None else NO_WHOLE_NUMBER)
        return within(int(value), minimum, maximum)

    return _meta(Rule(read), description, {"type": "integer", "minimum": minimum, "maximum": maximum})


def _fault_of_id(value: str) -> str | None:
    return None if is_object_id(value) else _NO_ID


def _fault_of_email(address: str) -> str | None:
    try:
        validate_email(address)
    except ValidationError:
        return "Enter a valid email address."
    return None


def _meta(rule: Rule, description: str | None, schema: dict[str, Any]) -> msgspec.Meta:
    return msgspec.Meta(extra=rule.as_extra(), description=description, extra_json_schema=schema or None)
