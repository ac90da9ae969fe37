"""/api/v1: every error is flat, whatever it is about."""

from __future__ import annotations

import gzip
import json
import logging
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from calls.partner import agents
from calls.partner.errors import partner_envelope, word_of
from tests.calls.partner.partners import AGENTS, CALLS, CONTACTS, assert_error
from tests.clients import Answer, ApiClient
from tests.waiting import PATIENCE
from tether_calls.common.errors import ERRORS, ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/nowhere", f"{CALLS}/1", f"{CONTACTS}/{'0' * 24}/x"])
def test_an_unknown_path_is_not_found_by_any_method(partner: ApiClient, path: str, method: str) -> None:
    assert_error(partner.request(method, path), 404, "not_found")


@pytest.mark.parametrize("path", ["/api/v10", "/api/v1x/calls"])
def test_paths_that_only_begin_alike_are_none_of_it(partner: ApiClient, path: str) -> None:
    assert partner.get(path).body["code"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", [AGENTS, CALLS, CONTACTS, f"{CALLS}/{'0' * 24}"])
def test_another_method_is_not_allowed(partner: ApiClient, path: str, method: str) -> None:
    answer = partner.request(method, path)

    assert_error(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_head_is_answered_like_get_without_the_body(partner: ApiClient) -> None:
    answer = partner.request("HEAD", AGENTS)

    assert (answer.status, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path", [f"{CALLS}/{new_object_id()}", f"{CONTACTS}/{new_object_id()}"], ids=["call", "contact"]
)
def test_an_unknown_id_is_not_found(partner: ApiClient, path: str) -> None:
    assert_error(partner.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (AGENTS, "x=1"),
        (CALLS, "agentId=1"),
        (CALLS, "agent_id=" + "x" * 101),
        (CALLS, "agent_id=%00"),
        (CALLS, "status=queued"),
        (CALLS, "status=completed&status=failed"),
        (CALLS, "type=internal"),
        (CALLS, "page=0"),
        (CALLS, "page=x"),
        (CALLS, "page=1_0"),
        (CALLS, "limit=0"),
        (CALLS, "limit=101"),
        (CALLS, "limit=-1"),
        (f"{CALLS}/{'0' * 24}", "include=transcript"),
        (CONTACTS, "size=10"),
        (CONTACTS, "limit=101"),
        (CONTACTS, "search=" + "x" * 101),
        (f"{CONTACTS}/{'0' * 24}", "page=1"),
    ],
)
def test_a_filter_that_is_unknown_or_malformed_is_refused(partner: ApiClient, path: str, query: str) -> None:
    answer = partner.request("GET", path, QUERY_STRING=query)

    assert_error(answer, 400, "invalid_request")
    assert query.partition("=")[0] in answer.body["message"]


@pytest.mark.parametrize("path", [CALLS, "/api/v1/webhooks"])
def test_a_compressed_body_is_refused(partner: ApiClient, path: str) -> None:
    body = gzip.compress(json.dumps({"phone_number": "+14165550199"}).encode())

    answer = partner.post(path, body, headers={"Content-Encoding": "gzip"})

    assert_error(answer, 415, "unsupported_media_type")
    assert "compressed" in answer.body["message"]


def test_an_unknown_host_is_told_in_the_same_form() -> None:
    assert_error(Answer(Client().get(AGENTS, headers={"Host": "evil.example"})), 400, "invalid_request")


def test_a_body_that_is_too_large_for_anything_is_told_in_the_same_form(live_url: str) -> None:
    too_large = {"Content-Length": "900000000", "Content-Type": "application/json"}

    with socket.create_connection(("127.0.0.1", urlsplit(live_url).port or 0), timeout=PATIENCE) as connection:
        lines = [
            "POST /api/v1/calls HTTP/1.1",
            "Host: 127.0.0.1",
            *(f"{name}: {too_large[name]}" for name in too_large),
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")

    assert b" 413 " in head.splitlines()[0]
    assert json.loads(body)["error"] == "payload_too_large"


def test_a_fault_of_ours_says_nothing_but_the_requests_id(
    partner: ApiClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(agents, "agents_with_usage", broken)
    with caplog.at_level(logging.ERROR):
        answer = partner.get(AGENTS)

    assert_error(answer, 500, "server_error")
    assert answer.headers["X-Request-ID"] in answer.body["message"]
    assert b"secret" not in answer.content
    assert "secret of the house" in caplog.text
    assert "RateLimit-Limit" in answer.headers


def test_each_code_has_a_word_in_snake_case_and_faults_of_ours_have_one() -> None:
    for code, spec in ERRORS.items():
        word = word_of(TetherError(code))
        assert (word == "server_error") == (spec.status >= 500)
        assert word == word.lower()
    assert json.loads(json.dumps(partner_envelope(TetherError(ErrorCode.UNSUPPORTED_MEDIA_TYPE)))) == {
        "error": "unsupported_media_type",
        "message": "The request body must be application/json",
    }
