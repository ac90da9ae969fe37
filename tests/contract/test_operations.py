"""What holds for every operation of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.components import generated_document, seed_document

# What is asked by who is not logged in.
OPEN = (
    *(f"/api/auth/{name}" for name in ("login", "oidc", "refresh", "logout")),
    *("/api/auth/password-reset", "/api/auth/password-reset/confirm"),
)


def _operations() -> Iterator[Any]:
    for path, item in generated_document()["paths"].items():
        for method, operation in item.items():
            yield pytest.param(path, method, operation, id=f"{method} {path}")


OPERATIONS = list(_operations())
# Of the specification's operations no more may be said than it says.
OURS = [each for each in OPERATIONS if each.values[0] not in seed_document()["paths"]]
of_ours = pytest.mark.parametrize(("path", "method", "operation"), OURS)
of_all = pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)


def test_most_operations_are_ours() -> None:
    assert len(OURS) > 50


@of_all
def test_no_answer_is_a_bare_list(path: str, method: str, operation: dict[str, Any]) -> None:
    schemas = [
        content["schema"] for answer in operation["responses"].values() for content in answer["content"].values()
    ]
    assert schemas
    assert [schema for schema in schemas if schema.get("type") == "array"] == []


@of_ours
def test_a_body_may_be_broken_too_large_or_of_another_type(path: str, method: str, operation: dict[str, Any]) -> None:
    described = operation["responses"].keys() & {"413", "415"}
    reads_any_type = path.startswith("/api/webhook/")
    expected = {"413"} if reads_any_type else {"413", "415"}
    assert described == (expected if "requestBody" in operation else set())
    assert "400" in operation["responses"] or "requestBody" not in operation


@of_ours
def test_an_id_may_be_none(path: str, method: str, operation: dict[str, Any]) -> None:
    assert "404" in operation["responses"] or "{" not in path


@of_all
def test_who_may_ask_is_said(path: str, method: str, operation: dict[str, Any]) -> None:
    schemes = generated_document()["components"]["securitySchemes"]
    needed = {name for alternative in operation["security"] for name in alternative}
    assert needed <= schemes.keys()
    assert bool(needed) != (path in OPEN)


@of_ours
def test_the_headers_of_answers_are_described(path: str, method: str, operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        expected = {"X-Request-ID"} | {"401": {"WWW-Authenticate"}, "429": {"Retry-After"}}.get(status, set())
        if path.startswith("/api/v1/"):
            expected |= {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
        assert expected <= answer["headers"].keys(), status


@of_all
def test_its_tags_are_described(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["tags"]
    assert set(operation["tags"]) <= {tag["name"] for tag in generated_document()["tags"] if tag["description"]}


@of_all
def test_a_default_is_a_value_that_is_taken(path: str, method: str, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        if "default" in schema and schema["type"] == "string":
            assert len(schema["default"]) >= schema.get("minLength", 0)


def test_null_is_allowed_only_beside_a_type() -> None:
    def faults(schema: Any, at: str) -> Iterator[str]:
        if isinstance(schema, list):
            for index, item in enumerate(schema):
                yield from faults(item, f"{at}/{index}")
        elif isinstance(schema, dict):
            if schema.get("nullable") is True and ("type" not in schema or "allOf" in schema):
                yield at
            if schema.get("nullable") is True and None not in schema.get("enum", [None]):
                yield at
            for key, value in schema.items():
                yield from faults(value, f"{at}/{key}")

    assert list(faults(generated_document()["components"]["schemas"], "")) == []
