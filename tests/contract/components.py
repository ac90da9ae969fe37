"""Answers against the contract: the seed's components, and our own document's.

assert_is("CallsIngestCreatedResponse", answer.body)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from drf_spectacular.generators import SchemaGenerator
from jsonschema_rs import Draft202012Validator, Registry

SEED = Path(__file__).parent / "seed-openapi.json"

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

_making = Lock()


def _is_time_on_the_wire(text: str) -> bool:
    """ISO 8601 in UTC with milliseconds and Z, and nothing else that a date-time may be."""
    return _TIME.fullmatch(text) is not None


@cache
def seed_document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SEED.read_text())
    return document


def generated_document() -> dict[str, Any]:
    """What GET /api/schema answers, made in this process; making it is not safe in two threads at once."""
    with _making:
        return _made()


@cache
def _made() -> dict[str, Any]:
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    # Through JSON, so that it is compared as clients read it.
    plain: dict[str, Any] = json.loads(json.dumps(document))
    return plain


def assert_is(component: str, body: Any) -> None:
    """Fail unless `body` is what the component says, in our document and, where it is one of the seed's, in that.

    Properties that our document does not name are refused even where others would have to tolerate them.
    """
    ours = generated_document()["components"]["schemas"]
    assert component in ours, f"{component} is not in the generated document"
    for document in (generated_document, seed_document):
        if component in document()["components"]["schemas"]:
            validator(document, component).validate(body)
    undocumented = set(body) - set(ours[component]["properties"])
    assert not undocumented, f"{component} does not name {sorted(undocumented)}"


@cache
def validator(document: Callable[[], dict[str, Any]], component: str) -> Draft202012Validator:
    """Of what the document says of a component."""
    return validator_at(_registry(document), "components", "schemas", component)


@cache
def _registry(document: Callable[[], dict[str, Any]]) -> Registry:
    return registry_of(with_null(document()))


def registry_of(document: dict[str, Any]) -> Registry:
    """The document, read once for all the validators of its parts."""
    return Registry([("urn:document", document)])


def validator_at(registry: Registry, *place: str) -> Draft202012Validator:
    """Of the schema at a place in the document."""
    pointer = "/".join(quote(step.replace("~", "~0").replace("/", "~1")) for step in place)
    return Draft202012Validator(
        {"$ref": f"urn:document#/{pointer}"},
        registry=registry,
        validate_formats=True,
        formats={"date-time": _is_time_on_the_wire},
    )


def with_null(schema: Any) -> Any:
    """OpenAPI 3.0's word for null in that of JSON Schema, which still knows all others that are said."""
    if isinstance(schema, list):
        return [with_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    said = {key: with_null(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [said, {"type": "null"}]} if schema.get("nullable") is True else said
