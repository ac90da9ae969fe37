"""POST /api/calls/ingest: bodies that are no JSON object at all, and hostile ones. Never a 5xx, never a trace."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from calls.models import Call
from tests.calls.api.ingesting import INGEST, ingest, nothing_kept, refused, row_counts
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import ingest_body, missed_call_body
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

FIELDS = tuple(ingest_body(metadata={}, callerName=""))
DEEP = 20_000


def with_raw(name: str, json_text: bytes) -> bytes:
    """A body in which one field is this text, which json.dumps() might not write."""
    body = json.dumps(ingest_body(**{name: "RAW"})).encode()
    return body.replace(b'"RAW"', json_text)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{not json}",
        b"{'direction': 'inbound'}",
        b'{"direction": "inbound",}',
        b"\xef\xbb\xbf{",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b"\x00",
        b"\xff\xfe{\x00}\x00",
        b"direction=inbound&status=busy",
        b"   ",
        b"tru",
    ],
)
def test_a_body_that_is_not_json_is_refused(vendor: ApiClient, body: bytes) -> None:
    assert refused(vendor, body) == "The request body is not valid JSON"


def test_something_behind_a_call_is_refused(vendor: ApiClient) -> None:
    assert refused(vendor, json.dumps(ingest_body()).encode() + b"}") == "The request body is not valid JSON"


def test_an_empty_body_is_refused(vendor: ApiClient) -> None:
    assert refused(vendor, b"") == "The request body is empty"


@pytest.mark.parametrize("body", [b"[]", b"5", b"1.5", b'"text"', b"null", b"true", b'[{"direction": "inbound"}]'])
def test_json_that_is_not_an_object_is_refused(vendor: ApiClient, body: bytes) -> None:
    assert refused(vendor, body).startswith("Invalid request: Expected `object`")


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"0x1F", b"01", b"+1", b".5", b"1e"])
@pytest.mark.parametrize("around", [("duration", b"%b"), ("metadata", b'{"n": %b}')], ids=["duration", "metadata"])
def test_a_number_that_json_does_not_have_is_refused(
    vendor: ApiClient, around: tuple[str, bytes], value: bytes
) -> None:
    name, place = around

    assert refused(vendor, with_raw(name, place % value)) == "The request body is not valid JSON"


@pytest.mark.parametrize("value", [b"1e400", b"1" + b"0" * 400, b"1" + b"0" * 5_000])
def test_a_number_too_large_to_hold_is_refused(vendor: ApiClient, value: bytes) -> None:
    assert refused(vendor, with_raw("duration", value)).startswith("Invalid field duration: ")


@pytest.mark.parametrize("value", [b'{"n": 1e400}', b'{"n": 1' + b"0" * 5_000 + b"}", b'{"n": [-1e999]}'])
def test_a_number_too_large_to_hold_is_refused_in_the_metadata(vendor: ApiClient, value: bytes) -> None:
    assert refused(vendor, with_raw("metadata", value)).startswith("Invalid field metadata")


@pytest.mark.parametrize("name", ["summary", "agentName", "callerName", "externalCallId"])
def test_a_nul_character_in_a_text_is_refused(vendor: ApiClient, name: str) -> None:
    assert "NUL" in refused(vendor, ingest_body(**{name: "before\0after"}))


@pytest.mark.parametrize("name", ["direction", "status", "fromNumber", "toNumber", "callStartTime", "recording"])
def test_a_nul_character_elsewhere_is_refused(vendor: ApiClient, name: str) -> None:
    value = ingest_body()[name]

    refused(vendor, ingest_body(**{name: f"{value[:5]}\0{value[5:]}"}))


@pytest.mark.parametrize(
    "metadata",
    [{"key": "\0"}, {"\0": "value"}, {"a": [{"b": ["\0"]}]}, {"a": {"b\0": 1}}, {"a": "\\u0000\0"}],
    ids=repr,
)
def test_a_nul_character_in_the_metadata_is_refused(vendor: ApiClient, metadata: dict[str, Any]) -> None:
    assert "NUL" in refused(vendor, ingest_body(metadata=metadata))


def test_a_nul_character_in_a_turn_is_refused(vendor: ApiClient) -> None:
    assert "NUL" in refused(vendor, ingest_body(transcript=[{"role": "agent", "message": "Hel\0lo."}]))


def test_a_text_that_only_speaks_of_nul_is_kept(vendor: ApiClient) -> None:
    assert ingest(vendor, ingest_body(summary=r"They said \u0000.")).status == 201
    assert Call.objects.get().ai_summary == r"They said \u0000."


def test_a_nul_character_in_a_field_that_is_ignored_does_no_harm(vendor: ApiClient) -> None:
    assert ingest(vendor, ingest_body(vendorField="\0")).status == 201


@pytest.mark.parametrize("surrogate", [rb"\ud800", rb"\udfff", rb"\ud800\ud800", rb"x\udc00y", rb"\ud83d"])
@pytest.mark.parametrize("name", ["summary", "agentName", "recording", "direction"])
def test_half_a_character_is_refused(vendor: ApiClient, name: str, surrogate: bytes) -> None:
    refused(vendor, with_raw(name, b'"' + surrogate + b'"'))


@pytest.mark.parametrize("value", [rb'{"key": "\ud800"}', rb'{"\ud800": 1}', b'{"key": "\xff"}', b'{"\xc3": 1}'])
def test_half_a_character_in_the_metadata_is_refused(vendor: ApiClient, value: bytes) -> None:
    assert refused(vendor, with_raw("metadata", value)) == "The request body is not valid JSON"


@pytest.mark.parametrize("wrong", [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80"])
@pytest.mark.parametrize("name", ["summary", "callerName", "recording", "direction", "fromNumber"])
def test_text_that_is_not_utf8_is_refused(vendor: ApiClient, name: str, wrong: bytes) -> None:
    refused(vendor, with_raw(name, b'"' + wrong + b'"'))


def test_characters_beyond_the_basic_plane_are_kept(vendor: ApiClient) -> None:
    assert ingest(vendor, with_raw("summary", rb'"\ud83d\ude00"')).status == 201
    assert Call.objects.get().ai_summary == "\U0001f600"


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
@pytest.mark.parametrize("name", ["metadata", "vendorField", "recording", "transcript", "summary"])
def test_a_field_that_nests_very_deeply_is_refused(
    vendor: ApiClient, name: str, opening: bytes, closing: bytes
) -> None:
    refused(vendor, with_raw(name, opening * DEEP + b"1" + closing * DEEP))


@pytest.mark.parametrize("body", [b"[" * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP])
def test_a_body_that_nests_very_deeply_is_refused(vendor: ApiClient, body: bytes) -> None:
    refused(vendor, body)


@pytest.mark.parametrize("name", ["direction", "status"])
def test_a_long_value_is_not_said_back_at_length(vendor: ApiClient, name: str) -> None:
    assert len(refused(vendor, ingest_body(**{name: "x" * 1_000_000}))) < 300


def test_a_long_unknown_name_is_not_said_back_at_length(vendor: ApiClient) -> None:
    turn = {"role": "agent", "message": "Hello.", "x" * 1_000_000: 1}

    assert len(refused(vendor, ingest_body(transcript=[turn]))) < 300


def test_of_a_name_given_twice_the_last_value_counts(vendor: ApiClient) -> None:
    body = json.dumps(missed_call_body()).encode()

    assert ingest(vendor, body[:-1] + b', "status": "busy"}').status == 201
    assert Call.objects.get().status == "busy"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "audio/mpeg",
        "application/json5",
        "text/json",
        "",
    ],
)
def test_a_content_type_other_than_json_is_415(vendor: ApiClient, content_type: str) -> None:
    body = json.dumps(ingest_body()).encode()

    sentence = refused(vendor, body, status=415, content_type=content_type)

    assert sentence == "The request body must be application/json"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "identity, gzip"])
@pytest.mark.parametrize("path", [INGEST, f"{INGEST}/batch", "/api/calls/live"])
def test_a_compressed_body_is_415(vendor: ApiClient, path: str, encoding: str) -> None:
    body = gzip.compress(json.dumps(ingest_body()).encode())

    with nothing_kept():
        answer = vendor.post(path, body, headers={"Content-Encoding": encoding})

    assert (answer.status, answer.body["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert "compressed" in answer.body["error"]


@pytest.mark.parametrize("encoding", ["", "identity", "utf-8", "aws-chunked"])
def test_an_encoding_that_encodes_nothing_is_ignored(vendor: ApiClient, encoding: str) -> None:
    assert ingest(vendor, missed_call_body(), headers={"Content-Encoding": encoding}).status == 201


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_method_other_than_post_is_405(vendor: ApiClient, method: str) -> None:
    answer = vendor.request(method, INGEST)

    assert answer.status == 405
    assert_is("CallsIngestErrorResponse", answer.body)
    assert answer.headers["Allow"] == "POST, OPTIONS"


def test_whatever_accept_asks_for_the_answer_is_json(vendor: ApiClient) -> None:
    answer = vendor.request(
        "POST", INGEST, data=json.dumps(missed_call_body()), content_type="application/json", HTTP_ACCEPT="text/html"
    )

    assert (answer.status, answer.headers["Content-Type"]) == (201, "application/json")


any_text = st.text(st.characters(exclude_categories=()), max_size=20)  # surrogates and NUL among them
any_number = st.integers() | st.floats() | st.sampled_from([2**64, -(2**63) - 1, 10**309, 1e308, -0.0])
any_json = st.recursive(
    st.none() | st.booleans() | any_number | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=st.dictionaries(st.sampled_from(FIELDS) | any_text, any_json, min_size=1, max_size=3))
@example(changes={"metadata": {"": 10**4_000}})
def test_any_json_in_any_field_is_kept_whole_or_refused_whole(
    vendor: ApiClient, api: ApiClient, user: User, changes: dict[str, Any]
) -> None:
    before = row_counts()

    answer = ingest(vendor, {**ingest_body(), **changes})

    if answer.status == 201:
        assert api.get(f"/api/calls/{answer.body['callId']}").status == 200
        assert api.get("/api/calls/history").status == 200
    else:
        assert answer.status in (200, 400, 413), answer
        assert row_counts() == before
