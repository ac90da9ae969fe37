"""/api/api-keys: administrators make, list and revoke keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from tests.accounts.keys import ALL_PERMISSIONS, KEYS, client_with, made, make_key
from tests.clients import ApiClient, logged_in, vendor_of
from tests.contract.components import assert_is
from tests.factories import make_user, missed_call_body
from tests.refusals import assert_every_body_is_checked, assert_fault, assert_only_a_member_may, assert_refused
from tether_calls.accounts.models import AccessRole, ApiKey, User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

INGEST = "/api/calls/ingest"


def test_it_makes_a_key_that_works_and_shows_it_once(api: ApiClient) -> None:
    body = made(api, permissions=["can_ingest_calls"])

    assert_is("NewApiKeyResponse", body)
    assert ApiClient(body["key"]).post(INGEST, missed_call_body()).status == 201
    listed = api.get(KEYS)
    assert_is("ApiKeysPageResponse", listed.body)
    assert listed.body["data"][0]["_id"] == body["apiKey"]["_id"]
    assert body["key"].encode() not in listed.content
    assert listed.body["data"][0]["maskedKey"] == f"tk_live_…{body['key'][-4:]}"


def test_it_has_the_attributes_that_were_asked_for(api: ApiClient, user: User) -> None:
    end = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    wanted = {"permissions": ["can_read_calls", "can_read_contacts"], "requestsPerMinute": 7, "dialsPerDay": 0}

    api_key = made(api, name="Partner", expiresAt=end.isoformat(), **wanted)["apiKey"]

    assert {name: api_key[name] for name in wanted} == wanted
    assert (api_key["name"], api_key["userId"], api_key["isDefault"]) == ("Partner", user.pk, False)
    assert datetime.fromisoformat(api_key["expiresAt"]) == end


def test_a_key_may_do_sixty_requests_a_minute_and_a_hundred_dials_a_day_unless_told_otherwise(api: ApiClient) -> None:
    api_key = made(api)["apiKey"]

    assert (api_key["requestsPerMinute"], api_key["dialsPerDay"]) == (60, 100)
    assert "expiresAt" not in api_key


def test_a_key_may_be_somebody_elses_of_the_organization(api: ApiClient, user: User) -> None:
    colleague = make_user(organization=user.organization)

    assert made(api, userId=colleague.pk)["apiKey"]["userId"] == colleague.pk


def test_nobody_gets_a_key_for_another_organizations_user(api: ApiClient, other_user: User) -> None:
    refused = [
        api.post(KEYS, {"name": "X", "permissions": ["can_read_calls"], "userId": user_id})
        for user_id in (other_user.pk, new_object_id())
    ]

    assert_fault(refused[0], "userId")
    assert refused[0].content == refused[1].content
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("name", None, "name"),
        ("name", "", "name"),
        ("name", 1, "name"),
        ("name", "x" * 101, "name"),
        ("permissions", None, "permissions"),
        ("permissions", [], "permissions"),
        ("permissions", "can_read_calls", "permissions"),
        ("permissions", ["can_fly"], "permissions.0"),
        ("permissions", [1], "permissions.0"),
        ("permissions", [["can_read_calls"]], "permissions.0"),
        ("expiresAt", "2020-01-01T00:00:00Z", "expiresAt"),
        ("expiresAt", "tomorrow", "expiresAt"),
        ("expiresAt", 1, "expiresAt"),
        ("requestsPerMinute", 0, "requestsPerMinute"),
        ("requestsPerMinute", "60", "requestsPerMinute"),
        ("requestsPerMinute", True, "requestsPerMinute"),
        ("requestsPerMinute", 10**12, "requestsPerMinute"),
        ("dialsPerDay", -1, "dialsPerDay"),
        ("dialsPerDay", 1.5, "dialsPerDay"),
        ("userId", "me", "userId"),
    ],
)
def test_a_wrong_field_is_named(api: ApiClient, field: str, value: Any, path: str) -> None:
    body = {"name": "Partner", "permissions": ["can_read_calls"], field: value}

    assert_fault(api.post(KEYS, body), path)


def test_every_body_is_checked(api: ApiClient) -> None:
    assert_every_body_is_checked(api, "POST", KEYS)


def test_it_lists_the_newest_first_a_page_at_a_time_with_their_state(api: ApiClient, user: User) -> None:
    revoked = make_key(user, "can_read_calls", revoked_at=datetime.now(UTC))
    expired = make_key(user, "can_read_calls", expires_at=datetime.now(UTC))
    active = make_key(user, *ALL_PERMISSIONS)

    page = api.get(KEYS, size=2).body

    assert [(item["_id"], item["state"]) for item in page["data"]] == [(active.pk, "active"), (expired.pk, "expired")]
    assert (page["total"], page["page"], page["size"]) == (3, 1, 2)
    assert [(item["_id"], item["state"]) for item in api.get(KEYS, size=2, page=2).body["data"]] == [
        (revoked.pk, "revoked")
    ]
    assert_fault(api.get(KEYS, sort="name"), "sort")


def test_a_revoked_key_is_refused_and_revoking_it_again_changes_nothing(api: ApiClient, user: User) -> None:
    api_key = make_key(user, "can_ingest_calls")
    assert client_with(api_key).post(INGEST, missed_call_body()).status == 201

    assert [api.delete(f"{KEYS}/{api_key.pk}").status for _ in range(2)] == [200, 200]

    assert client_with(api_key).post(INGEST, missed_call_body()).status == 401


@pytest.mark.parametrize("role", [AccessRole.DEPARTMENT_HEAD, AccessRole.SALES_REP])
def test_others_than_administrators_manage_no_keys(user: User, role: AccessRole) -> None:
    api_key = make_key(user, "can_read_calls")
    api = logged_in(make_user(organization=user.organization, access_role=role))

    answers = [
        api.get(KEYS),
        api.post(KEYS, {"name": "X", "permissions": ["can_read_calls"]}),
        api.post(f"{KEYS}/{api_key.pk}/rotate", {}),
        api.delete(f"{KEYS}/{api_key.pk}"),
    ]

    for answer in answers:
        assert_refused(answer, 403, "FORBIDDEN")
    assert ApiKey.objects.get().revoked_at is None


def test_a_superadmin_manages_keys(user: User) -> None:
    assert made(logged_in(make_user(organization=user.organization, access_role=AccessRole.SUPERADMIN)))


@pytest.mark.parametrize(("method", "path"), [("GET", KEYS), ("POST", KEYS)])
def test_neither_nobody_nor_a_key_manages_keys(user: User, method: str, path: str) -> None:
    all_permissions = client_with(make_key(user, *ALL_PERMISSIONS))

    assert_only_a_member_may([ApiClient(), vendor_of(user), all_permissions], method, path, {})


def test_another_organizations_key_is_unknown(api: ApiClient, other_user: User) -> None:
    foreign = make_key(other_user, "can_ingest_calls")

    for key_id in (foreign.pk, new_object_id()):
        assert_refused(api.delete(f"{KEYS}/{key_id}"), 404, "API_KEY_NOT_FOUND")
        assert_refused(api.post(f"{KEYS}/{key_id}/rotate", {}), 404, "API_KEY_NOT_FOUND")
    assert api.get(KEYS).body["data"] == []
    assert client_with(foreign).post(INGEST, missed_call_body()).status == 201


def test_what_each_request_costs(api: ApiClient, user: User) -> None:
    keys = [make_key(user, "can_read_calls") for _ in range(5)]

    def statements(method: str, path: str, data: bytes = b"{}") -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.request(method, path, data=data, content_type="application/json").status < 300
        control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        return sum(not query["sql"].startswith(control) for query in queries)

    # The user of the token is one of each.
    assert statements("GET", KEYS) == 3
    assert statements("POST", KEYS, b'{"name": "X", "permissions": ["can_read_calls"]}') == 3
    # The scheduled calls that its owner has asked for by it follow: one more. Each change is written down, with what
    # was there before and what is there then; of its webhooks is asked which they are.
    assert statements("POST", f"{KEYS}/{keys[0].pk}/rotate") == 10
    assert statements("DELETE", f"{KEYS}/{keys[1].pk}") == 6


@pytest.mark.parametrize(
    "fields",
    [
        dict.fromkeys(ALL_PERMISSIONS, False),
        {"requests_per_minute": 0},
        {"is_default": True, "can_read_calls": True},
        {"is_default": True, "expires_at": datetime(2099, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_the_database_refuses_a_key_that_makes_no_sense(user: User, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        ApiKey.objects.create(user=user, name="X", **fields)
