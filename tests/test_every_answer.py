"""What holds for the answers of the API, whatever was asked."""

from __future__ import annotations

import base64
import json

import pytest
from django.test import Client

from tests.clients import ApiClient
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/user/profile", "/api/user/api-key", "/api/calls/history", "/api/nowhere"])
def test_it_is_for_no_cache(path: str, api: ApiClient) -> None:
    assert api.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/calls/history", "/api/nowhere", "/media/recordings/x", "/"])
def test_an_unknown_host_is_refused(path: str) -> None:
    answer = Client().get(path, headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert json.loads(answer.content)["code"] == "BAD_REQUEST"
    assert answer["X-Request-ID"]


@pytest.mark.django_db(transaction=True)  # a test's own transaction would keep /readyz from writing
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_may_use_any_name(path: str) -> None:
    assert Client().get(path, headers={"Host": "10.0.0.7:8000"}).status_code == 200


def test_a_token_tells_nothing_of_the_password(user: User) -> None:
    payload = issue_tokens(user).access.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))

    assert claims.keys() == {"token_type", "exp", "iat", "jti", "userId", "session", "family"}


@pytest.mark.parametrize("body", [{"email": 1, "password": "x"}, {"email": "a@example.com", "password": 1}])
def test_a_number_is_no_text(body: dict[str, object]) -> None:
    assert ApiClient().post("/api/auth/login", body).status == 400


@pytest.mark.parametrize("number", ["123", "14165550199"])
def test_a_number_to_filter_by_begins_with_a_plus(number: str, api: ApiClient) -> None:
    assert api.get("/api/calls/history", fromNumber=number).status == 400
