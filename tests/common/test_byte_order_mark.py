"""A byte order mark in front of JSON, as some systems write it, changes no answer of any endpoint."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any

import pytest

from tests.accounts.keys import ALL_PERMISSIONS, client_with, make_key
from tests.clients import ApiClient
from tests.factories import PASSWORD, UNKNOWN_ID, ingest_body
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_call_is_ingested(vendor: ApiClient) -> None:
    body = json.dumps(ingest_body()).encode()

    assert vendor.post("/api/calls/ingest", BOM_UTF8 + body).status == 201


def test_a_user_logs_in(user: User) -> None:
    body = json.dumps({"email": user.email, "password": PASSWORD}).encode()

    assert ApiClient().post("/api/auth/login", BOM_UTF8 + body).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/contact", {"firstName": "Müller", "phoneNumber": "+14165550199"}),
        ("/api/calls/sdk/answer", {"callId": UNKNOWN_ID}),
    ],
)
def test_every_reader_of_json_answers_the_same(api: ApiClient, path: str, body: Any) -> None:
    text = json.dumps(body, ensure_ascii=False).encode()

    marked = api.post(path, BOM_UTF8 + text)

    assert marked.status < 300, marked
    assert b"MALFORMED" not in marked.content


def test_a_partner_dials_nobody_by_a_number_that_is_none(user: User) -> None:
    partner = client_with(make_key(user, *ALL_PERMISSIONS))

    answer = partner.post("/api/v1/calls", BOM_UTF8 + b'{"phone_number": "x", "agent_id": "y"}')

    assert answer.body["error"] == "invalid_phone_number"


@pytest.mark.parametrize("body", [BOM_UTF8, BOM_UTF8 * 2 + b"{}", BOM_UTF8[:2] + b"{}", "{}".encode("utf-16")])
@pytest.mark.parametrize("path", ["/api/calls/ingest", "/api/auth/login"])
def test_a_mark_alone_two_marks_and_another_encoding_are_no_json(vendor: ApiClient, path: str, body: bytes) -> None:
    answer = vendor.post(path, body)

    assert (answer.status, answer.body["code"]) == (400, "MALFORMED_JSON")
