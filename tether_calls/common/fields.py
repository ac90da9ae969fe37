"""Fields of bodies and query strings that take one type each: a framework that means well would convert others."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from rest_framework import serializers

from tether_calls.common.object_id import is_object_id
from tether_calls.common.phone import is_e164
from tether_calls.common.times import from_wire


class ObjectIdParameter(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not is_object_id(data):
            raise serializers.ValidationError("Not an id of 24 hex digits")
        return str(data)


class WholeNumberParameter(serializers.IntegerField):
    """Digits only: Python would also read `1_0` and digits of other scripts."""

    def to_internal_value(self, data: Any) -> int:
        if re.fullmatch(r"-?[0-9]{1,10}", str(data)) is None:
            self.fail("invalid")
        return int(data)


class TextField(serializers.CharField):
    """A JSON string; a number, which `CharField` would convert, is refused."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class E164Field(TextField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": "E.164, such as +14165550199.", **kwargs})

    def to_internal_value(self, data: Any) -> str:
        number = super().to_internal_value(data)
        if not is_e164(number):
            raise serializers.ValidationError("Not a number in E.164")
        return number


class TrueOrFalseField(serializers.BooleanField):
    """JSON's `true` and `false`, and none of the words that stand for them elsewhere."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeNumberField(serializers.IntegerField):
    """A JSON number without a fraction, and no text that could be read as one."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class MomentField(serializers.DateTimeField):
    """A date-time in ISO 8601; one without a zone is UTC."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            return from_wire(data if isinstance(data, str) else "", may_be_date=False)
        except ValueError:
            raise serializers.ValidationError("Not an ISO 8601 date-time") from None
