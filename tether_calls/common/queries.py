"""Query strings: unknown and repeated parameters are refused; ignoring them would answer another question.

They are DRF serializers, since a parameter is always a text, which is what those are good at; JSON
bodies are structs (`tether_calls.common.bodies`).
"""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from tether_calls.common.object_id import OBJECT_ID, is_object_id
from tether_calls.common.times import from_query, zone_named
from tether_calls.common.wire import camelize


class StrictQuerySerializer(serializers.Serializer[Any]):
    """A query string with parameters in snake_case."""

    def to_internal_value(self, data: Any) -> Any:
        faults = {
            name: ["Unknown parameter"] if name not in self.fields else ["Given more than once"]
            for name in data
            if name not in self.fields or (len(data.getlist(name)) > 1 and not self._may_repeat(name))
        }
        if faults:
            raise ValidationError(faults)
        values = {name: data.getlist(name) if self._may_repeat(name) else data[name] for name in data}
        return super().to_internal_value(values)

    def wire_name(self, name: str) -> str:
        """As it is written in the query string."""
        return name

    def _may_repeat(self, name: str) -> bool:
        return isinstance(self.fields[name], serializers.ListField)


class NoParametersQuery(StrictQuerySerializer):
    """Nothing to choose."""


class QuerySerializer(StrictQuerySerializer):
    """A query string with parameters in camelCase: the declared fields are renamed, not what is sent."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        renamed = {}
        for name, field in super().get_fields().items():
            wire_name = self.wire_name(name)
            if wire_name != name:
                field.source = name
            renamed[wire_name] = field
        return renamed

    def wire_name(self, name: str) -> str:
        return camelize(name)


@extend_schema_field({"type": "string", "pattern": f"^{OBJECT_ID.pattern}$"})
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


@extend_schema_field({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]})
class MomentParameter(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        try:
            return from_query(str(data))
        except ValueError:
            raise serializers.ValidationError("Not an ISO 8601 date or date-time") from None


class NamesParameter(serializers.ListField):
    """A parameter that may be repeated, each time with another of some names."""

    def to_internal_value(self, data: Any) -> list[str]:
        names: list[str] = super().to_internal_value(data)
        if len(set(names)) < len(names):
            raise serializers.ValidationError("One of them is given more than once")
        return names


@extend_schema_field({"type": "string", "maxLength": 64})
class ZoneParameter(serializers.CharField):
    """A time zone by the IANA's name."""

    def to_internal_value(self, data: Any) -> Any:
        zone = zone_named(str(data))
        if zone is None:
            raise serializers.ValidationError("Not a time zone, such as America/Toronto")
        return zone


def names_parameter(names: Any, most: int, *, help_text: str, **options: Any) -> NamesParameter:
    return NamesParameter(
        child=serializers.ChoiceField(choices=list(names)), max_length=most, help_text=help_text, **options
    )
