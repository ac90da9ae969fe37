"""What every endpoint has in common: paths, methods, request ids, and answers to what nobody foresaw."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from tests.accounts.sessions import LOGIN, PROFILE
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import PASSWORD, make_call
from tether_calls.accounts.models import User
from tether_calls.common.object_id import is_object_id

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/nothing", "/api/", "/api", "/api/calls/ABCDEFABCDEFABCDEFABCDEF", "/nothing"])
def test_an_unknown_path_is_404_in_json(path: str) -> None:
    answer = ApiClient().get(path)

    assert (answer.status, answer.body) == (404, {"success": False, "error": "Not found", "code": "NOT_FOUND"})
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("slashes", ["/", "//"])
def test_a_trailing_slash_is_served_without_a_redirect(slashes: str, user: User) -> None:
    answer = ApiClient().post(LOGIN + slashes, {"email": user.email, "password": PASSWORD})

    assert answer.status == 200


def test_a_trailing_slash_keeps_the_query(api: ApiClient, user: User) -> None:
    make_call(user)
    make_call(user)

    assert len(api.get("/api/calls/history/", limit="1").body["calls"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", LOGIN, {"POST", "OPTIONS"}),
        ("PUT", LOGIN, {"POST", "OPTIONS"}),
        ("TRACE", LOGIN, {"POST", "OPTIONS"}),
        ("PROPFIND", LOGIN, {"POST", "OPTIONS"}),
        ("POST", PROFILE, {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/api/calls/history", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_405_and_told_what_is_allowed(
    method: str, path: str, allowed: set[str], api: ApiClient
) -> None:
    answer = api.request(method, path)

    assert (answer.status, answer.body["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert_is("CallsErrorResponse", answer.body)
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_head_is_get_without_the_body(api: ApiClient) -> None:
    whole = api.get(PROFILE)

    head = api.request("HEAD", PROFILE)

    assert (head.status, head.content) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"] == str(len(whole.content))


def test_options_names_the_methods(api: ApiClient) -> None:
    answer = api.request("OPTIONS", PROFILE)

    assert answer.status == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_options_of_what_needs_a_token_needs_a_token() -> None:
    assert ApiClient().request("OPTIONS", PROFILE).status == 401


@pytest.mark.parametrize("path", [PROFILE, LOGIN, "/api/nothing", "/api/calls/history?x=1", "/healthz"])
def test_every_answer_has_a_request_id(path: str, api: ApiClient) -> None:
    assert is_object_id(api.get(path).headers["X-Request-ID"])


def test_every_request_has_an_id_of_its_own(api: ApiClient) -> None:
    assert api.get(PROFILE).headers["X-Request-ID"] != api.get(PROFILE).headers["X-Request-ID"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "application/json;v=2", ""])
def test_whatever_accept_asks_for_the_answer_is_json(accept: str, api: ApiClient) -> None:
    answer = api.request("GET", PROFILE, HTTP_ACCEPT=accept)

    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")


def test_a_parameter_named_format_does_not_change_the_form(api: ApiClient) -> None:
    assert api.get(PROFILE, format="xml").headers["Content-Type"] == "application/json"


def test_answers_may_not_be_sniffed_or_framed(api: ApiClient) -> None:
    headers = api.get(PROFILE).headers

    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")


@pytest.mark.parametrize("path", [PROFILE, "/api/nothing", "/api/calls/history"])
def test_answers_are_nothing_for_anybodys_cache(path: str, api: ApiClient) -> None:
    assert api.get(path).headers["Cache-Control"] == "no-store"


@pytest.fixture
def api_of_broken_service(api: ApiClient) -> ApiClient:
    """Logged in to a service whose tables of calls are gone, until the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        for table in ("calls_call", "calls_callrollup"):
            cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
    return api


@pytest.mark.parametrize("path", ["/api/calls/history", "/api/calls/statistics", f"/api/calls/{'a' * 24}"])
def test_a_failure_of_ours_is_500_without_internals(path: str, api_of_broken_service: ApiClient) -> None:
    answer = api_of_broken_service.get(path)

    assert answer.status == 500
    assert_is("CallsErrorResponse", answer.body)
    assert answer.body == {
        "success": False,
        "error": f"Internal server error (request {answer.headers['X-Request-ID']})",
        "code": "INTERNAL_ERROR",
    }


def test_a_failure_of_ours_is_in_the_log_with_its_reason(api_of_broken_service: ApiClient, caplog: Any) -> None:
    api_of_broken_service.get("/api/calls/history")

    failures = [record for record in caplog.records if record.name == "tether_calls.common.exception_handler"]
    assert len(failures) == 1
    assert "calls_call" in str(failures[0].exc_info)
