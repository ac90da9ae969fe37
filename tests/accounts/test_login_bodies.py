"""What a JSON body may be, on login as on every endpoint that reads one into a struct."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.accounts.sessions import LOGIN
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.factories import PASSWORD
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


def post(body: Any, content_type: str = "application/json") -> Answer:
    return ApiClient().post(LOGIN, body, content_type=content_type)


def credentials(user: User) -> bytes:
    return json.dumps({"email": user.email, "password": PASSWORD}).encode()


def assert_invalid(answer: Answer, *paths: str) -> None:
    assert answer.status == 400, answer
    assert_is("CallsErrorResponse", answer.body)
    assert answer.body["code"] == answer.body["error"]["code"] == "VALIDATION_ERROR"
    assert [detail["path"] for detail in answer.body["error"]["details"]] == list(paths)
    assert all(detail["message"] for detail in answer.body["error"]["details"])


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"}",
        b"email=x",
        b'{"email": "x"} {}',
        b"{'email': 'x'}",
        b'{"email": NaN}',
        b'{"email": "\\ud800"}',
        b'{"email": "\xff"}',
        b'{"email": "\x00"}',
        b"\xef\xbb\xbf",
        b"[" * 100_000,
        b'{"email":' * 50_000,
    ],
    ids=lambda body: str(body[:20]),
)
def test_what_is_no_json_is_refused_as_malformed(body: bytes) -> None:
    answer = post(body)

    assert (answer.status, answer.body["code"]) == (400, "MALFORMED_JSON")
    assert_is("CallsErrorResponse", answer.body)


@pytest.mark.parametrize("body", [b"[]", b"[1]", b"5", b'"text"', b"null", b"true", b"0"])
def test_a_body_that_is_no_object_is_refused_with_details(body: bytes) -> None:
    assert_invalid(post(body), "")


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_every_missing_field_is_named(body: bytes) -> None:
    assert_invalid(post(body), "email", "password")


@pytest.mark.parametrize("wrong", [None, True, 5, 1.5, [], ["x"], {}, {"$ne": ""}, ""])
def test_a_field_of_the_wrong_type_is_named(wrong: Any) -> None:
    assert_invalid(post({"email": wrong, "password": "x"}), "email")


def test_fields_are_named_as_on_the_wire() -> None:
    assert_invalid(ApiClient().post("/api/auth/refresh", {"refreshToken": True}), "refreshToken")


@pytest.mark.parametrize(("field", "length"), [("email", 255), ("password", 1025)])
def test_a_field_that_is_too_long_is_named(field: str, length: int) -> None:
    assert_invalid(post({"email": "x", "password": "x", field: "x" * length}), field)


@pytest.mark.parametrize("number", ["1" * 5_000, "1e400", "1" + "0" * 30, "-0.0", "1e308"])
def test_a_number_of_any_size_where_text_belongs_is_refused(number: str) -> None:
    assert post(f'{{"email": {number}, "password": "x"}}'.encode()).status == 400


@pytest.mark.parametrize(
    "body", [b'{"email": "a\\u0000b", "password": "x"}', b'{"email": "x", "pass\\u0000word": "x"}']
)
def test_a_nul_character_is_refused(body: bytes) -> None:
    answer = post(body)

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


def test_deep_nesting_in_a_field_that_nobody_reads_is_refused() -> None:
    body = b'{"email": "x", "password": "x", "more": ' + b"[" * 60 + b"]" * 60 + b"}"

    assert post(body).status == 400


def test_unknown_fields_are_ignored(user: User) -> None:
    assert post({"email": user.email, "password": PASSWORD, "remember": {"me": [True]}}).status == 200


def test_a_body_at_the_limit_is_read(user: User) -> None:
    body = credentials(user)

    assert post(body + b" " * (1024 * 1024 - len(body))).status == 200


def test_a_body_over_the_limit_is_413(user: User) -> None:
    body = credentials(user)

    answer = post(body + b" " * (1024 * 1024 - len(body) + 1))

    assert (answer.status, answer.body["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert_is("CallsErrorResponse", answer.body)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "json",
        "",
    ],
)
def test_a_body_that_does_not_call_itself_json_is_415(content_type: str, user: User) -> None:
    answer = post(credentials(user), content_type)

    assert (answer.status, answer.body["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert_is("CallsErrorResponse", answer.body)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;"])
def test_json_may_be_announced_with_a_charset_and_in_any_case(content_type: str, user: User) -> None:
    assert post(credentials(user), content_type).status == 200


def test_the_same_field_twice_counts_the_last_time(user: User) -> None:
    body = b'{"email": "nobody@example.com", ' + credentials(user)[1:]

    assert post(body).status == 200
