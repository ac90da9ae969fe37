"""The OpenAPI document: operation ids from method and path, structs as components."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from drf_spectacular.utils import Direction
from rest_framework import serializers

from tether_calls.common.bodies import Body
from tether_calls.common.fields import NOT_BLANK
from tether_calls.common.schema_answers import complete, headers
from tether_calls.common.wire import SnakeStruct, WireStruct, camelize

_REF = "#/components/schemas/{name}"
# A reference allows no null, whatever stands beside it: https://spec.openapis.org/oas/v3.0.3#data-types (nullable).
_NULL: dict[str, Any] = {"type": "object", "nullable": True, "enum": [None]}
_PARAMETER = re.compile(r"\{([a-z0-9_]+)\}")
# The partner API, which says snake_case throughout.
_SNAKE_CASE_BELOW = "/api/v1/"


class TetherSchema(AutoSchema):
    """`POST /api/calls/sdk/answer` is `post_calls_sdk_answer`."""

    def get_operation_id(self) -> str:
        path = _camelize_parameters(self.path).removeprefix("/api/")
        return f"{self.method.lower()}_{re.sub(r'[^A-Za-z0-9]+', '_', path).strip('_')}"

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """With the answers and headers that the framework gives, whatever the view does.

        Operations that the specification describes word for word are as their views describe them.
        """
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        # None is another word for "as the root says"; an empty list says that no token is needed.
        operation.setdefault("security", [])
        if getattr(self.view, "action", None) not in getattr(self.view, "as_specified", ()):
            complete(
                operation,
                own_headers=getattr(self.view, "answer_headers", ()),
                reads_any_type=any(parser.media_type == "*/*" for parser in self.view.parser_classes),
            )
        return operation

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Never: an answer is the document that the view names. A page of a list is one object."""
        return False

    def _map_serializer_field(self, field: Any, direction: Direction, bypass_extensions: bool = False) -> Any:
        """Text of a query that may not be blank: blanks alone are not text."""
        described = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if described.get("minLength") == 1 and isinstance(field, serializers.CharField):
            described.setdefault("pattern", NOT_BLANK)
        return described

    def _get_request_body(self, direction: Direction = "request") -> dict[str, Any] | None:
        """A body must be sent, unless its struct says that it may be left out."""
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body is None:
            return None
        request = force_instance(self.get_request_serializer())  # type: ignore[no-untyped-call]
        is_struct = isinstance(request, type) and issubclass(request, WireStruct)
        if isinstance(request, dict) or (is_struct and not getattr(request, "may_be_left_out", False)):
            body["required"] = True
        return body

    def _get_request_for_media_type(self, serializer: Any, direction: Direction = "request") -> tuple[Any, bool]:
        """A PATCH marks its body as one of parts; a struct loses the mark again, since those made of it have it too."""
        described: tuple[Any, bool] = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, type) and "partial" in vars(serializer):
            del serializer.partial  # type: ignore[attr-defined]
        return described

    def get_auth(self) -> list[dict[str, list[str]]]:
        """One of the view's `security_schemes` (SPECTACULAR_SETTINGS describes them), `bearerAuth` if it names none.

        `own_security` are schemes of the view's own, with what they are.
        """
        own: Mapping[str, Mapping[str, str]] = getattr(self.view, "own_security", {})
        for name, scheme in own.items():
            component = ResolvedComponent(name, ResolvedComponent.SECURITY_SCHEMA, dict(scheme), name)  # type: ignore[no-untyped-call]
            self.registry.register_on_missing(component)
        if own:
            return [{name: []} for name in own]
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
        for part in _structs_in(*(field.type for field in msgspec.structs.fields(struct))):
            auto_schema.resolve_serializer(part, direction)  # type: ignore[arg-type]  # see target_class
        described = components[self.target.__name__]
        component: dict[str, Any] = _as_openapi(described)
        if issubclass(struct, SnakeStruct | Body):
            _say_what_may_be_null(component, described)
        if issubclass(struct, Body):
            _say_what_is_assumed(component, described)
            _say_what_blanks_are(component, struct)
        for field in msgspec.structs.fields(struct):
            # msgspec sorts the choices; people wrote them in an order that says something.
            described = component["properties"][field.encode_name]
            described = described.get("items", described)
            if "enum" in described and (choices := _choices(field.type)):
                described["enum"] = [*choices, None] if described.get("nullable") else choices
        _say_more_beside_references(component)
        if struct.example:
            component["example"] = struct.example
        return component


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Last touch: path parameters in camelCase, like every other name on the wire but for partners."""
    # The operations that need a token say so themselves.
    result["security"] = []
    result["components"]["headers"] = headers()
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


def _structs_in(*annotations: Any) -> Iterator[type[WireStruct]]:
    """Those that annotations name, by what they are: another struct may have the name of one of them."""
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, WireStruct):
            yield annotation
        else:
            yield from _structs_in(*get_args(annotation))


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
            _allow_null(component["properties"][name])


def _allow_null(described: dict[str, Any]) -> None:
    if "$ref" in described:
        # Beside a $ref nothing else is read.
        described["anyOf"] = [{"$ref": described.pop("$ref")}, _NULL]
    elif "anyOf" in described:
        described["anyOf"][0] = {**described["anyOf"][0], "nullable": True}
    else:
        described["nullable"] = True
        if "enum" in described:
            described["enum"] = [*described["enum"], None]


def _say_more_beside_references(component: dict[str, Any]) -> None:
    """A description, say: beside a $ref nothing else is read."""
    for described in component["properties"].values():
        if "$ref" in described and len(described) > 1:
            described["allOf"] = [{"$ref": described.pop("$ref")}]


def _say_what_is_assumed(component: dict[str, Any], schema: dict[str, Any]) -> None:
    """Of fields of a body that are left out."""
    for name, said in schema["properties"].items():
        if said.get("default") is not None:
            component["properties"][name]["default"] = said["default"]


def _say_what_blanks_are(component: dict[str, Any], body: type[Body]) -> None:
    """In bodies in which null and blank text stand for a field that is left out.

    The specification's components tell neither this nor the form of a text.
    """
    if body.as_specified:
        for described in component["properties"].values():
            described.pop("minLength", None)
            described.pop("pattern", None)
        if body.at_least_one_of:
            component["anyOf"] = [{"required": [camelize(name)]} for name in body.at_least_one_of]
    elif body.blank_is_absent:
        for name, described in component["properties"].items():
            if name not in component.get("required", ()):
                described.pop("minLength", None)
                if described.get("pattern") == NOT_BLANK:
                    del described["pattern"]
                if "pattern" in described:
                    described["pattern"] = rf"^\s*$|{described['pattern']}"
                _allow_null(described)


def _choices(annotation: Any) -> list[Any]:
    """What a Literal, alone or in a union, allows."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return next((found for part in get_args(annotation) if (found := _choices(part))), [])


def _type_of(value: Any) -> str:
    return {bool: "boolean", int: "integer", str: "string"}[type(value)]
