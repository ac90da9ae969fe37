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

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker

SEED = Path(__file__).parent / "seed-openapi.json"

_making = Lock()

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def _is_time_on_the_wire(value: object) -> bool:
    """ISO 8601 in UTC with milliseconds and Z, and nothing else that a date-time may be."""
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value) is not None


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
    """Of what the document says of a component; made once, for that takes longer than it takes to validate."""
    # OpenAPI 3.0 says what it says in words that JSON Schema still knows, but for "nullable".
    schema = {"$ref": f"#/components/schemas/{component}", "components": with_null(document()["components"])}
    return Draft202012Validator(schema, format_checker=FORMATS)


def with_null(schema: Any) -> Any:
    """OpenAPI 3.0's word for null in those of JSON Schema."""
    if isinstance(schema, list):
        return [with_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    said = {key: with_null(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [said, {"type": "null"}]} if schema.get("nullable") is True else said
