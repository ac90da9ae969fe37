"""The OpenAPI document: operation ids from method and path, structs as components."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import Direction

from tether_calls.common.bodies import Body
from tether_calls.common.wire import SnakeStruct, WireStruct, camelize

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{([a-z0-9_]+)\}")
# The partner API, which says snake_case throughout.
_SNAKE_CASE_BELOW = "/api/v1/"


class TetherSchema(AutoSchema):
    """`POST /api/calls/sdk/answer` is `post_calls_sdk_answer`."""

    def get_operation_id(self) -> str:
        path = _camelize_parameters(self.path).removeprefix("/api/")
        return f"{self.method.lower()}_{re.sub(r'[^A-Za-z0-9]+', '_', path).strip('_')}"

    def _get_request_body(self, direction: Direction = "request") -> dict[str, Any] | None:
        """A body must be sent, unless its struct says that it may be left out."""
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body is None:
            return None
        request = force_instance(self.get_request_serializer())  # type: ignore[no-untyped-call]
        is_struct = isinstance(request, type) and issubclass(request, WireStruct)
        if is_struct and not getattr(request, "may_be_left_out", False):
            body["required"] = True
        return body

    def get_auth(self) -> list[dict[str, list[str]]]:
        """One of the view's `security_schemes` (SPECTACULAR_SETTINGS describes them), `bearerAuth` if it names none."""
        schemes = getattr(self.view, "security_schemes", ("bearerAuth",))
        return [{name: []} for name in schemes] if self.view.authentication_classes else []


class StructComponent(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describes a msgspec struct by what msgspec itself checks and writes."""

    target_class = WireStruct
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        struct = self.target.in_full() if issubclass(self.target, Body) else self.target
        _, components = msgspec.json.schema_components([struct], ref_template=_REF)
        for name in components.keys() - {self.target.__name__}:
            auto_schema.resolve_serializer(_struct_named(name), direction)  # type: ignore[arg-type]  # see target_class
        described = components[self.target.__name__]
        component: dict[str, Any] = _as_openapi(described)
        if issubclass(struct, SnakeStruct | Body):
            _say_what_may_be_null(component, described)
        if issubclass(struct, Body):
            _say_what_is_assumed(component, described)
            if struct.at_least_one_of:
                component["anyOf"] = [{"required": [camelize(name)]} for name in struct.at_least_one_of]
        for field in msgspec.structs.fields(struct):
            # msgspec sorts the choices; people wrote them in an order that says something.
            described = component["properties"][field.encode_name]
            described = described.get("items", described)
            if "enum" in described and (choices := _choices(field.type)):
                described["enum"] = choices
        return component


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Last touch: path parameters in camelCase, like every other name on the wire but for partners."""
    result["paths"] = {_camelize_parameters(path): item for path, item in result["paths"].items()}
    for path, item in result["paths"].items():
        if path.startswith(_SNAKE_CASE_BELOW):
            continue
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["name"] = camelize(parameter["name"])
    return result


def _camelize_parameters(path: str) -> str:
    if path.startswith(_SNAKE_CASE_BELOW):
        return path
    return _PARAMETER.sub(lambda match: "{" + camelize(match[1]) + "}", path)


def _struct_named(name: str) -> type[WireStruct]:
    waiting = list(WireStruct.__subclasses__())
    while waiting:
        struct = waiting.pop()
        if struct.__name__ == name:
            return struct
        waiting.extend(struct.__subclasses__())
    raise LookupError(name)


def _as_openapi(schema: Any) -> Any:
    """JSON Schema 2020-12, as msgspec writes it, in the words of OpenAPI 3.0."""
    if isinstance(schema, list):
        return [_as_openapi(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {key: _as_openapi(value) for key, value in schema.items() if key not in ("title", "default")}
    if "const" in converted:
        converted["enum"] = [converted.pop("const")]
    if "enum" in converted and "type" not in converted:
        converted["type"] = _type_of(converted["enum"][0])
    if "anyOf" in converted:
        kinds = [kind for kind in converted.pop("anyOf") if kind != {"type": "null"}]
        converted |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if converted.get("type") == "object":
        if "properties" in schema:
            converted["properties"] = {name: _as_openapi(value) for name, value in schema["properties"].items()}
        converted.setdefault("additionalProperties", True)
        if not converted.get("required"):
            converted.pop("required", None)
    return converted


def _say_what_may_be_null(component: dict[str, Any], schema: dict[str, Any]) -> None:
    """In the words of OpenAPI 3.0, for documents that send null; others leave out what is not there."""
    for name, said in schema["properties"].items():
        if {"type": "null"} in said.get("anyOf", ()):
            described = component["properties"][name]
            # Beside a $ref nothing else is read.
            reference = described.pop("$ref", None)
            described |= {"allOf": [{"$ref": reference}]} if reference else {}
            described["nullable"] = True


def _say_what_is_assumed(component: dict[str, Any], schema: dict[str, Any]) -> None:
    """Of fields of a body that are left out."""
    for name, said in schema["properties"].items():
        if said.get("default") is not None:
            component["properties"][name]["default"] = said["default"]


def _choices(annotation: Any) -> list[Any]:
    """What a Literal, alone or in a union, allows."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return next((found for part in get_args(annotation) if (found := _choices(part))), [])


def _type_of(value: Any) -> str:
    return {bool: "boolean", int: "integer", str: "string"}[type(value)]
