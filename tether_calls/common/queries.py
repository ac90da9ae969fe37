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
from tether_calls.common.wire import camelize


class StrictQuerySerializer(serializers.Serializer[Any]):
    """A query string with parameters in snake_case."""

    def to_internal_value(self, data: Any) -> Any:
        faults = {
            name: ["Unknown parameter"] if name not in self.fields else ["Given more than once"]
            for name in data
            if name not in self.fields or len(data.getlist(name)) > 1
        }
        if faults:
            raise ValidationError(faults)
        return super().to_internal_value({name: data[name] for name in data})


class QuerySerializer(StrictQuerySerializer):
    """A query string with parameters in camelCase: the declared fields are renamed, not what is sent."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        renamed = {}
        for name, field in super().get_fields().items():
            wire_name = camelize(name)
            if wire_name != name:
                field.source = name
            renamed[wire_name] = field
        return renamed


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
