"""/api/v1: who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from calls.partner import agents, calls, contacts
from calls.partner.base import PartnerViewSet, UnknownPathViewSet
from tests.accounts.keys import ALL_PERMISSIONS, client_with, make_key
from tests.calls.partner.partners import AGENTS, CALLS, CONTACTS, INVALID_KEY, assert_error, partner_of
from tests.clients import Answer, ApiClient, logged_in, vendor_of
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.services.api_keys import revoke_api_key, rotate_api_key
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

# Each read, and what a key must have for it.
READS = [
    (AGENTS, "can_read_agents"),
    (CONTACTS, "can_read_contacts"),
    (f"{CONTACTS}/{'0' * 24}", "can_read_contacts"),
    (CALLS, "can_read_calls"),
    (f"{CALLS}/{'0' * 24}", "can_read_calls"),
]


def get(path: str = AGENTS, query: str = "", **headers: str) -> Answer:
    """With headers whose names have a hyphen for each underscore."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(Client(raise_request_exception=False).get(f"{path}{query}", headers=named))


def assert_invalid_key(answer: Answer) -> None:
    assert (answer.status, answer.body) == (401, INVALID_KEY)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.fixture
def api_key(user: User) -> ApiKey:
    return make_key(user, *ALL_PERMISSIONS)


def test_a_key_is_taken_from_either_header(api_key: ApiKey) -> None:
    key = key_of(api_key)

    assert get(Authorization=f"Bearer {key}").status == 200
    assert get(X_API_Key=key).status == 200
    assert get(X_API_Key=key, Authorization="Basic dXNlcjpwYXNz").status == 200
    assert get(X_API_Key=key, Authorization=f"Bearer {key}").status == 200


def test_two_different_keys_are_refused(api_key: ApiKey, user: User) -> None:
    other = key_of(make_key(user, *ALL_PERMISSIONS))

    assert_invalid_key(get(X_API_Key=key_of(api_key), Authorization=f"Bearer {other}"))


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic dXNlcjpwYXNz"}], ids=str)
@pytest.mark.parametrize("path", [path for path, _ in READS] + ["/api/v1", "/api/v1/nowhere"])
def test_without_a_key_one_is_asked_for(path: str, headers: dict[str, str]) -> None:
    answer = get(path, **headers)

    assert_error(answer, 401, "authentication_required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["api_key", "key", "apiKey", "API-KEY", "access_token", "anything"])
def test_a_key_in_the_address_is_refused_whatever_is_in_the_headers(api_key: ApiKey, name: str) -> None:
    key = key_of(api_key)

    for headers in ({}, {"Authorization": f"Bearer {key}"}):
        answer = get(query=f"?{name}={key}", **headers)
        assert_error(answer, 401, "authentication_required")
        assert key not in answer.body["message"]


def _revoke(api_key: ApiKey) -> None:
    revoke_api_key(api_key=api_key)


def _expire(api_key: ApiKey) -> None:
    api_key.expires_at = timezone.now()
    api_key.save()


def _replace(api_key: ApiKey) -> None:
    rotate_api_key(api_key=api_key, overlap=timedelta())


def _delete(api_key: ApiKey) -> None:
    api_key.delete()


def _deactivate_user(api_key: ApiKey) -> None:
    User.objects.filter(pk=api_key.user_id).update(is_active=False)


def _leave_organization(api_key: ApiKey) -> None:
    User.objects.filter(pk=api_key.user_id).update(organization=None)


def _deactivate_organization(api_key: ApiKey) -> None:
    assert api_key.user.organization is not None
    api_key.user.organization.is_active = False
    api_key.user.organization.save()


@pytest.mark.parametrize(
    "ended_by",
    [_revoke, _expire, _replace, _delete, _deactivate_user, _leave_organization, _deactivate_organization],
    ids=lambda act: act.__name__.strip("_"),
)
def test_a_key_that_has_ended_is_refused(api_key: ApiKey, ended_by: Callable[[ApiKey], None]) -> None:
    client = client_with(api_key)
    assert client.get(AGENTS).status == 200

    ended_by(api_key)

    assert_invalid_key(client.get(AGENTS))


def test_a_replaced_key_works_during_the_overlap(api_key: ApiKey) -> None:
    new = rotate_api_key(api_key=api_key, overlap=timedelta(minutes=1))

    assert [client_with(key).get(AGENTS).status for key in (api_key, new)] == [200, 200]


@pytest.mark.parametrize("kind", range(8))
def test_a_key_that_is_garbage_is_refused(api_key: ApiKey, kind: int) -> None:
    key = key_of(api_key)
    garbage = [
        "",
        "tk_live_",
        key[:-1],
        f"{key}A",
        f"tk_live_{'0' * 24}{key[32:]}",
        f"{key} {key}",
        f"{key[:-1]}é",
        "tk_live_" + "0" * 5_000,
    ][kind]

    assert_invalid_key(get(Authorization=f"Bearer {garbage}"))
    assert_invalid_key(get(X_API_Key=garbage))


def test_a_jwt_is_refused_like_a_wrong_key(user: User) -> None:
    assert_invalid_key(logged_in(user).get(AGENTS))
    assert_invalid_key(get(X_API_Key=logged_in(user).token or ""))


def test_a_partner_key_is_refused_where_a_jwt_is_asked_for(partner: ApiClient) -> None:
    for path in ("/api/calls/history", "/api/contacts", "/api/prompts/user", "/api/user/profile", "/api/api-keys"):
        answer = partner.get(path)
        assert (answer.status, answer.body["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(("path", "permission"), READS)
def test_a_read_needs_its_permission_and_no_other(path: str, permission: str, user: User) -> None:
    others = [name for name in ALL_PERMISSIONS if name != permission]

    refused = partner_of(user, *others).get(path)

    assert_error(refused, 403, "permission_denied")
    assert permission in refused.body["message"]
    assert partner_of(user, permission).get(path).status in (200, 404)


def test_the_key_of_get_api_key_opens_nothing_here(user: User) -> None:
    for path, _ in READS:
        assert_error(vendor_of(user).get(path), 403, "permission_denied")


def test_the_permission_is_missed_before_the_query_is_looked_at(user: User) -> None:
    assert_error(partner_of(user, "can_read_calls").get(AGENTS, nonsense="1"), 403, "permission_denied")


def test_every_action_says_which_permission_it_needs() -> None:
    viewsets = [*PartnerViewSet.__subclasses__()]
    assert {agents.PartnerAgentsViewSet, calls.PartnerCallsViewSet, contacts.PartnerContactsViewSet} <= set(viewsets)
    served: dict[Any, set[str]] = {}
    resolver: Any = next(found for found in get_resolver().url_patterns if str(found.pattern) == "api/v1/")
    for pattern in resolver.url_patterns:
        served.setdefault(pattern.callback.cls, set()).update(pattern.callback.actions.values())

    for viewset, actions in served.items():
        assert viewset.required_permissions.keys() == actions
        assert viewset is UnknownPathViewSet or None not in viewset.required_permissions.values()


def test_its_use_is_noted(user: User) -> None:
    partner_of(user, last_used_at=None).get(AGENTS)

    assert ApiKey.objects.get().last_used_at is not None


def test_an_unknown_key_costs_no_more_than_one_statement(user: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        ApiClient("nonsense").get(AGENTS)
    with django_assert_num_queries(1):
        ApiClient(f"tk_live_{new_object_id()}_x").get(AGENTS)
