"""Frontends at other origins: those that are named may use the API, the browser stops the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from pytest_django import Settings

from tests.accounts.keys import ALL_PERMISSIONS, client_with, make_key
from tests.accounts.sessions import LOGIN, PROFILE
from tests.clients import Answer, ApiClient
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

APP = "https://app.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture(autouse=True)
def _one_frontend(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]


def preflight(path: str, origin: str, method: str) -> Answer:
    return ApiClient().request(
        "OPTIONS",
        path,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD=method,
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization, content-type",
    )


@pytest.mark.parametrize(("path", "method"), [(PROFILE, "GET"), (LOGIN, "POST"), ("/api/calls/history?limit=1", "GET")])
def test_a_frontend_may_ask_without_a_token_whether_it_may(path: str, method: str) -> None:
    answer = preflight(path, APP, method)

    assert (answer.status, answer.headers[ALLOWED]) == (200, APP)
    assert method in answer.headers["access-control-allow-methods"]
    assert {"authorization", "content-type"} <= set(answer.headers["access-control-allow-headers"].split(", "))


# What a browser shows to every page, and what concerns it alone: https://fetch.spec.whatwg.org/#http-responses
SHOWN = {"Cache-Control", "Content-Language", "Content-Length", "Content-Type", "Expires", "Last-Modified", "Pragma"}
FOR_THE_BROWSER = {
    *("Vary", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy"),
    "Content-Security-Policy",
}


@pytest.mark.parametrize(
    ("path", "method"),
    [("/api/v1/calls", "POST"), ("/api/calls/history", "GET"), ("/media/recordings/x", "GET")],
)
@pytest.mark.parametrize(
    "header",
    [
        *("Authorization", "X-API-Key", "Idempotency-Key", "Content-Type", "Range"),
        *("If-Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since"),
    ],
)
def test_a_frontend_may_send_every_header_that_is_read(path: str, method: str, header: str) -> None:
    answer = preflight(path, APP, method)

    assert header.lower() in answer.headers["access-control-allow-headers"].split(", ")


def test_a_frontend_may_read_every_header_that_is_sent(
    user: User, api: ApiClient, settings: Settings, tmp_path: Path
) -> None:
    partner = client_with(make_key(user, *ALL_PERMISSIONS))
    options = {"location": tmp_path, "base_url": "/media/recordings/"}
    settings.STORAGES = {"recordings": {"BACKEND": "calls.storage.LocalRecordings", "OPTIONS": options}}
    recordings = storages["recordings"]
    recording = recordings.url(recordings.save("a/2026-05-15/b.mp3", ContentFile(b"sound")))
    answers = [
        api.request("GET", PROFILE, HTTP_ORIGIN=APP),
        api.request("DELETE", PROFILE, HTTP_ORIGIN=APP),
        ApiClient().request("GET", PROFILE, HTTP_ORIGIN=APP),
        partner.request("GET", "/api/v1/calls", HTTP_ORIGIN=APP),
        api.request("GET", recording, HTTP_ORIGIN=APP),
        api.request("GET", recording, HTTP_ORIGIN=APP, HTTP_RANGE="bytes=0-1"),
    ]

    sent = {name for answer in answers for name in answer.headers if not name.lower().startswith("access-control-")}
    assert {"RateLimit-Remaining", "ETag", "Content-Range", "Allow", "WWW-Authenticate"} <= sent
    for answer in answers:
        exposed = set(answer.headers["access-control-expose-headers"].split(", "))
        assert sent - SHOWN - FOR_THE_BROWSER <= exposed
        assert {"Retry-After", "Idempotent-Replayed"} <= exposed


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null"]
)
def test_a_page_at_another_origin_is_not_told_that_it_may(origin: str, api: ApiClient) -> None:
    assert ALLOWED not in preflight(PROFILE, origin, "GET").headers
    assert ALLOWED not in api.request("GET", PROFILE, HTTP_ORIGIN=origin).headers


def test_a_frontend_may_read_the_answer_and_its_request_id(api: ApiClient) -> None:
    answer = api.request("GET", PROFILE, HTTP_ORIGIN=APP)

    assert (answer.status, answer.headers[ALLOWED]) == (200, APP)
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", [PROFILE, "/api/nothing", "/media/recordings/x"])
def test_a_frontend_may_read_errors_too(path: str) -> None:
    answer = ApiClient().request("GET", path, HTTP_ORIGIN=APP)

    assert (answer.status in (401, 404), answer.headers[ALLOWED]) == (True, APP)


def test_no_cookies_are_taken_from_other_origins(api: ApiClient) -> None:
    assert "access-control-allow-credentials" not in api.request("GET", PROFILE, HTTP_ORIGIN=APP).headers


def test_the_admin_is_for_no_other_origin() -> None:
    assert ALLOWED not in ApiClient().request("GET", "/admin/login/", HTTP_ORIGIN=APP).headers
