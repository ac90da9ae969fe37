"""Requests that are refused, whatever they are about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is

DEEP = b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}"
# Bodies that are none, for any endpoint that wants an object; status, code.
NO_BODIES: list[tuple[bytes, int, str]] = [
    (b"{", 400, "MALFORMED_JSON"),
    (b'{"x": NaN}', 400, "MALFORMED_JSON"),
    (b'{"x": "\xff"}', 400, "MALFORMED_JSON"),
    (DEEP, 400, "MALFORMED_JSON"),
    (b'{"x":' + b"[" * 100 + b"]" * 100 + b"}", 400, "VALIDATION_ERROR"),
    (b'{"x": "\\u0000"}', 400, "VALIDATION_ERROR"),
    (b"[]", 400, "VALIDATION_ERROR"),
    (b"null", 400, "VALIDATION_ERROR"),
    (b'"text"', 400, "VALIDATION_ERROR"),
    (b'{"x": "' + b"a" * 1_100_000 + b'"}', 413, "PAYLOAD_TOO_LARGE"),
]
# JSON values that are no text.
NO_TEXTS: tuple[Any, ...] = (1, 1.5, True, None, [], {}, ["x"], {"x": "y"})


def assert_refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.body["code"]) == (status, code), answer
    assert_is("CallsErrorResponse", answer.body)


def assert_fault(answer: Answer, *paths: str) -> None:
    """The request is refused because of these fields."""
    assert_refused(answer, 400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in answer.body["error"]["details"]] == list(paths)


def assert_every_body_is_checked(api: ApiClient, method: str, path: str) -> None:
    """What is no JSON object, or too much of one, is refused with the code that says so."""
    for body, status, code in NO_BODIES:
        assert_refused(api.request(method, path, data=body, content_type="application/json"), status, code)
    form = api.request(method, path, data=b"{}", content_type="text/plain")
    assert_refused(form, 415, "UNSUPPORTED_MEDIA_TYPE")


def assert_only_a_member_may(clients: Iterable[ApiClient], method: str, path: str, body: Any = None) -> None:
    data = b"" if body is None else json.dumps(body).encode()
    for client in clients:
        answer = client.request(method, path, data=data, content_type="application/json")
        assert_refused(answer, 401, "UNAUTHORIZED")
