"""What holds for every operation of the OpenAPI document; a test names all for which it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.contract.components import generated_document, seed_document

# What is asked by who is not logged in.
OPEN = (
    *(f"/api/auth/{name}" for name in ("login", "oidc", "refresh", "logout")),
    *("/api/auth/password-reset", "/api/auth/password-reset/confirm"),
)


class Operation(NamedTuple):
    name: str
    path: str
    described: dict[str, Any]

    @property
    def answers(self) -> dict[str, Any]:
        answers: dict[str, Any] = self.described["responses"]
        return answers

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.described


def operations() -> list[Operation]:
    return [
        Operation(f"{method} {path}", path, operation)
        for path, item in generated_document()["paths"].items()
        for method, operation in item.items()
    ]


def operations_of_ours() -> list[Operation]:
    """Of the specification's operations no more may be said than it says."""
    return [each for each in operations() if each.path not in seed_document()["paths"]]


def test_most_operations_are_ours() -> None:
    assert len(operations_of_ours()) > 50


def test_no_answer_is_a_bare_list() -> None:
    def is_in_form(operation: Operation) -> bool:
        contents = [content for answer in operation.answers.values() for content in answer["content"].values()]
        return bool(contents) and all(content["schema"].get("type") != "array" for content in contents)

    assert [each.name for each in operations() if not is_in_form(each)] == []


def test_a_body_may_be_broken_too_large_or_of_another_type() -> None:
    def expected(operation: Operation) -> set[str]:
        reads_any_type = operation.path.startswith("/api/webhook/")
        faults = {"413"} if reads_any_type else {"413", "415"}
        return faults if operation.has_body else set()

    ours = operations_of_ours()
    described = {each.name: each.answers.keys() & {"413", "415"} for each in ours}
    assert described == {each.name: expected(each) for each in ours}
    assert [each.name for each in ours if each.has_body and "400" not in each.answers] == []


def test_an_id_may_be_none() -> None:
    assert [each.name for each in operations_of_ours() if "{" in each.path and "404" not in each.answers] == []


def test_who_may_ask_is_said() -> None:
    schemes = generated_document()["components"]["securitySchemes"]
    needed = {
        each.name: {name for alternative in each.described["security"] for name in alternative} for each in operations()
    }
    assert {name: names - schemes.keys() for name, names in needed.items() if names - schemes.keys()} == {}
    assert {each.name for each in operations() if not needed[each.name]} == {
        each.name for each in operations() if each.path in OPEN
    }


def test_the_headers_of_answers_are_described() -> None:
    def expected(path: str, status: str) -> set[str]:
        names = {"X-Request-ID"} | {"401": {"WWW-Authenticate"}, "429": {"Retry-After"}}.get(status, set())
        return names | {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"} if _is_of_partners(path) else names

    missing = {
        f"{each.name} {status}": expected(each.path, status) - answer["headers"].keys()
        for each in operations_of_ours()
        for status, answer in each.answers.items()
    }
    assert {name: headers for name, headers in missing.items() if headers} == {}


def _is_of_partners(path: str) -> bool:
    return path.startswith("/api/v1/")


def test_its_tags_are_described() -> None:
    described = {tag["name"] for tag in generated_document()["tags"] if tag["description"]}
    tags = {each.name: each.described["tags"] for each in operations()}
    assert {name: given for name, given in tags.items() if not given or not set(given) <= described} == {}


def test_a_default_is_a_value_that_is_taken() -> None:
    texts = [
        (f"{each.name} {parameter['name']}", parameter["schema"])
        for each in operations()
        for parameter in each.described.get("parameters", ())
        if "default" in parameter["schema"] and parameter["schema"]["type"] == "string"
    ]
    assert [name for name, schema in texts if len(schema["default"]) < schema.get("minLength", 0)] == []


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
