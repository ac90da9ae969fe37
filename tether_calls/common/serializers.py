"""camelCase on the wire, snake_case in Python, for DRF serializers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ValidationError


def camelize(name: str) -> str:
    if name.startswith("_"):  # `_id` is the same everywhere
        return name
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


class CamelCaseMixin(serializers.Serializer[Any]):
    """Renames the declared fields, not the data: free-form JSON inside a field keeps its keys.

    A hook `validate_<snake_name>` is found under the field's name in Python.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        renamed = {}
        for name, field in super().get_fields().items():
            wire_name = camelize(name)
            if wire_name != name:
                if getattr(field, "source", None) is None:
                    field.source = name
                hook = getattr(self, f"validate_{name}", None)
                if hook is not None:
                    setattr(self, f"validate_{wire_name}", hook)
            renamed[wire_name] = field
        return renamed


class RequestSerializer(CamelCaseMixin):
    """A body from a client: must be an object; unknown fields are ignored."""

    # Where a body needs one of several fields, whichever it is: their names in Python.
    at_least_one_of: ClassVar[tuple[str, ...]] = ()

    def validate(self, attrs: Any) -> Any:
        wanted = self.at_least_one_of
        if wanted and not any(name in attrs for name in wanted):
            *others, last = map(camelize, wanted)
            raise ValidationError(f"{', '.join(others)} or {last} is required")
        return attrs


class ForgivingRequestSerializer(RequestSerializer):
    """Takes null and blank text for a field that was not given, as frontends send them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if not _is_blank(value)}
        return super().to_internal_value(data)


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


class StrictQuerySerializer(serializers.Serializer[Any]):
    """A query string: unknown and repeated parameters are refused; ignoring them would answer another question."""

    def to_internal_value(self, data: Any) -> Any:
        faults = {
            name: ["Unknown parameter"] if name not in self.fields else ["Given more than once"]
            for name in data
            if name not in self.fields or len(data.getlist(name)) > 1
        }
        if faults:
            raise ValidationError(faults)
        return super().to_internal_value({name: data[name] for name in data})


class QuerySerializer(StrictQuerySerializer, CamelCaseMixin):
    """A query string with parameters in camelCase."""
