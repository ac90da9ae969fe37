"""Every answer says what a browser may load and run because of it; what is no page, nothing at all."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
from django.test import Client, override_settings

from tests.admin_site import admin_of, make_superuser
from tests.clients import ApiClient
from tests.factories import make_call, make_user
from tether_calls.common.content_security import NOTHING
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.whole_body import Refusal, TooLarge

pytestmark = pytest.mark.django_db

HEADER = "Content-Security-Policy"
# What a page of ours may do with what strangers wrote.
NEVER = ("'unsafe-inline'", "*", "http:", "https:", "data:", "blob:")


def directives(answer: Any) -> dict[str, list[str]]:
    found = (directive.split() for directive in answer.headers[HEADER].split(";"))
    return {name: sources for name, *sources in found}


def assert_strict(answer: Any) -> dict[str, list[str]]:
    """Scripts come from here and from nowhere else, and the page has none of its own; returns the policy."""
    policy = directives(answer)
    assert not set(policy["script-src"]) & set(NEVER)
    assert policy["default-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    page = answer.content.decode()
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
        assert "src=" in attributes or "application/json" in attributes, content
        assert not re.search(r'src="(?!/)', attributes)
    assert not re.search(r"<[^>]*\son[a-z]+=", page), "handlers in attributes are inline scripts"
    assert "javascript:" not in page
    return policy


def test_every_page_that_the_admin_links_to_is_strict() -> None:
    make_call(make_user())
    client = admin_of(make_superuser())
    seen, waiting = {"/admin/"}, ["/admin/"]
    while waiting:
        # A file that cannot be made yet leads back to where that is said.
        answer = client.get(waiting.pop(), follow=True)
        assert answer.status_code == 200
        assert_strict(answer)
        linked = set(re.findall(r'href="(/admin/[^"#?]*)"', answer.content.decode())) - seen
        linked -= {"/admin/logout/"}
        seen |= linked
        waiting += linked

    assert {"/admin/calls/call/", "/admin/accounts/user/add/", "/admin/password_change/"} <= seen


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/nowhere/", "/admin"])
def test_so_is_what_the_admin_shows_to_strangers(path: str) -> None:
    answer = Client().get(path)

    assert answer.headers["Content-Type"].startswith("text/html")
    assert_strict(answer)


def test_recordings_are_played_from_the_storage() -> None:
    bucket = {"R2_BUCKET": "calls", "R2_ENDPOINT_URL": "https://0123.r2.cloudflarestorage.com/"}
    with override_settings(**bucket):
        policy = assert_strict(Client().get("/admin/login/"))

    assert policy["media-src"] == ["'self'", "https://0123.r2.cloudflarestorage.com"]
    with override_settings(R2_BUCKET=""):
        assert assert_strict(Client().get("/admin/login/"))["media-src"] == ["'self'"]


def test_the_page_of_the_document_has_its_script_beside_it() -> None:
    answer = Client().get("/api/docs")

    assert assert_strict(answer)["script-src"] == ["'self'"]
    (script,) = re.findall(r'src="(/api/docs[^"]*)"', answer.content.decode())
    beside = Client().get(script)
    assert beside.headers["Content-Type"].startswith("application/javascript")
    assert b"/api/schema" in beside.content
    assert b'"validatorUrl": null' in beside.content


@pytest.mark.parametrize(
    "path", ["/healthz", "/api/nowhere", "/api/schema", "/api/calls/history", "/", "/static/nowhere.css"]
)
def test_what_is_no_page_allows_nothing(path: str) -> None:
    assert Client().get(path).headers[HEADER] == NOTHING


def test_nor_does_a_file_or_an_answer_to_an_unknown_host() -> None:
    with closing(Client().get("/static/tether/copy.js")) as answer:
        assert answer.headers[HEADER] == NOTHING
    assert Client().get("/", headers={"Host": "evil.example"}).headers[HEADER] == NOTHING
    assert ApiClient().post("/api/auth/login", {}).headers[HEADER] == NOTHING


@pytest.mark.parametrize(
    "refusal", [TooLarge("/api/calls/ingest", limit=1), Refusal("/api/v1", TetherError(ErrorCode.REQUEST_TIMEOUT))]
)
def test_nor_does_what_is_answered_before_django(refusal: Refusal) -> None:
    assert refusal.headers[HEADER] == NOTHING
