"""The generated OpenAPI document says what the seed's says."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from tests.contract.components import generated_document, seed_document, validator
from tether_calls.common.wire import WireStruct

# Of the seed, by name; whoever builds one takes it off the list.
NOT_YET_BUILT: set[str] = set()
# Properties that we add to components of the seed, which allows it.
OURS = {
    "CallDocument": {"answeredBy", "endReason", "endFault", "analysis", "tags", "disposition", "isStarred", "optOut"}
    | {"recordingConsent", "recordingPause", "contentErasedAt"}
    | {"transferredFrom", "promptVersionId"},
    "UserDocument": {"isAvailable"},
    "CallsIngestErrorResponse": {"code"},
    "CallsErrorResponse": {"nextAllowedAt"},
    "CallsInitiateOutboundAiCallRequest": {"schedule", "purpose", "consent"},
    "CallsIngestExternalCallRequest": {"answeredBy", "disposition", "endReason", "tags"} | {"recordingConsent"},
}

# Answers that are ours, by path: to requests that the specification does not have.
OUR_ANSWERS = {"/api/calls/ai/outbound": {"202", "409"}}

_PROSE = {"description", "example", "summary", "title"}

PATHS = sorted(seed_document()["paths"].keys() - NOT_YET_BUILT)
COMPONENTS = sorted(seed_document()["components"]["schemas"].keys() - NOT_YET_BUILT)


def _without_prose(schema: Any, *, names: bool = False) -> Any:
    """What a program reads of it; `names`: the keys are names of properties, of which one may be called summary."""
    if isinstance(schema, list):
        return [_without_prose(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = schema if names else {key: value for key, value in schema.items() if key not in _PROSE}
    stripped = {key: _without_prose(value, names=key == "properties") for key, value in kept.items()}
    if isinstance(stripped.get("required"), list):
        stripped["required"] = sorted(stripped["required"])
    return stripped


def _component(name: str) -> dict[str, Any]:
    component: dict[str, Any] = _without_prose(generated_document()["components"]["schemas"][name])
    for added in OURS.get(name, ()):
        del component["properties"][added]
        assert added not in component.get("required", ())
    return component


def test_the_document_is_valid_and_made_without_a_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_the_document_is_the_same_when_it_is_made_again() -> None:
    again = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    assert list(differing(json.loads(json.dumps(again)), generated_document())) == []


def test_another_struct_of_the_same_name_is_not_taken_for_the_one_that_an_answer_names() -> None:
    document = generated_document()
    # Held until the end: what names it is gone from the process otherwise.
    other = msgspec.defstruct("ProviderConfigDocument", [("other", str)], bases=(WireStruct,))
    again = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    assert list(differing(json.loads(json.dumps(again)), document)) == []
    assert other in WireStruct.__subclasses__()


def differing(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """Where, and what stands there."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from differing(one[name], other[name], f"{at}/{name}")
    elif one != other:
        yield f"{at}: {one} and {other}"


def test_the_document_is_of_the_seeds_version_of_openapi() -> None:
    assert generated_document()["openapi"] == seed_document()["openapi"]


def test_bearer_auth_is_described_as_in_the_seed() -> None:
    ours, seed = (document["components"]["securitySchemes"] for document in (generated_document(), seed_document()))
    assert ours["bearerAuth"] == seed["bearerAuth"]


def test_what_partners_call_takes_a_key_in_either_header_and_no_jwt() -> None:
    document = generated_document()
    of_partners = [item for path, item in document["paths"].items() if path.startswith("/api/v1/")]
    assert of_partners
    for item in of_partners:
        for operation in item.values():
            assert operation["security"] == [{"partnerKey": []}, {"partnerKeyHeader": []}]
    schemes = document["components"]["securitySchemes"]
    assert schemes["partnerKey"]["bearerFormat"] != "JWT"
    assert (schemes["partnerKeyHeader"]["in"], schemes["partnerKeyHeader"]["name"]) == ("header", "X-API-Key")


@pytest.mark.parametrize("path", PATHS)
def test_a_path_has_its_methods_ids_tags_bodies_answers_and_security_from_the_seed(path: str) -> None:
    ours, seed = (_without_prose(document["paths"][path]) for document in (generated_document(), seed_document()))
    for added in OUR_ANSWERS.get(path, ()):
        del ours["post"]["responses"][added]
    assert ours == seed


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_is_the_seeds_in_types_enums_required_and_openness(name: str) -> None:
    assert _component(name) == _without_prose(seed_document()["components"]["schemas"][name])


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_seeds_own_example_is_valid_against_our_component(name: str) -> None:
    assert validator(generated_document, name).is_valid(seed_document()["components"]["schemas"][name]["example"])


def test_nothing_on_the_list_of_what_is_not_built_has_been_built() -> None:
    ours = generated_document()
    assert NOT_YET_BUILT.isdisjoint(ours["paths"].keys() | ours["components"]["schemas"].keys())


def test_the_list_of_what_is_not_built_names_only_what_the_seed_asks_for() -> None:
    seed = seed_document()
    assert seed["paths"].keys() | seed["components"]["schemas"].keys() >= NOT_YET_BUILT


def test_every_operation_has_an_id_of_its_own_made_of_method_and_path() -> None:
    ids = {}
    for path, item in generated_document()["paths"].items():
        for method, operation in item.items():
            name = path.removeprefix("/api/").replace("{", "").replace("}", "").replace("/", "_").replace("-", "_")
            ids[operation["operationId"]] = f"{method}_{name}"
    assert list(ids) == list(ids.values())
    assert len(ids) == sum(len(item) for item in generated_document()["paths"].values())
