"""POST /api/calls/ingest: who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.accounts.keys import ALL_PERMISSIONS, client_with, make_key
from tests.calls.api.ingesting import INGEST, ingest, ingested, nothing_kept
from tests.clients import ApiClient, logged_in, vendor_of
from tests.contract.components import assert_is
from tests.factories import make_user, missed_call_body
from tests.unhurried import as_shipped
from tether_calls.accounts import authentication
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.services.api_keys import regenerate_default_api_key, revoke_api_key

pytestmark = pytest.mark.django_db

REFUSAL = {"success": False, "error": "Missing or invalid API key", "code": "UNAUTHORIZED"}


def key_row(user: User) -> ApiKey:
    return ApiKey.objects.get_or_create(user=user, is_default=True, defaults={"name": "Default"})[0]


def assert_refused(client: ApiClient) -> None:
    with nothing_kept():
        answer = ingest(client, missed_call_body())
    assert (answer.status, answer.body) == (401, REFUSAL)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def _revoke(user: User) -> None:
    revoke_api_key(api_key=key_row(user))


def _regenerate(user: User) -> None:
    regenerate_default_api_key(user=user)


def _expire(user: User) -> None:
    # The user's own key never expires; any other key may.
    ApiKey.objects.filter(user=user).update(is_default=False, expires_at=timezone.now())


def _delete_key(user: User) -> None:
    key_row(user).delete()


def _deactivate_user(user: User) -> None:
    user.is_active = False
    user.save()


def _deactivate_organization(user: User) -> None:
    assert user.organization is not None
    user.organization.is_active = False
    user.organization.save()


def _leave_organization(user: User) -> None:
    user.organization = None
    user.save()


@pytest.mark.parametrize(
    "ended_by",
    [_revoke, _regenerate, _expire, _delete_key, _deactivate_user, _deactivate_organization, _leave_organization],
    ids=lambda act: act.__name__.strip("_"),
)
def test_a_key_that_has_ended_is_refused(vendor: ApiClient, user: User, ended_by: Callable[[User], None]) -> None:
    ingested(vendor, missed_call_body())

    ended_by(user)

    assert_refused(vendor)


def test_a_regenerated_key_works(vendor: ApiClient, user: User) -> None:
    assert ingest(ApiClient(regenerate_default_api_key(user=user)), missed_call_body()).status == 201


def test_a_key_that_expires_later_works(user: User) -> None:
    api_key = make_key(user, "can_ingest_calls", expires_at=timezone.now() + timedelta(minutes=1))

    assert ingest(client_with(api_key), missed_call_body()).status == 201


def test_a_key_that_may_everything_else_is_refused(user: User) -> None:
    others = [name for name in ALL_PERMISSIONS if name != "can_ingest_calls"]

    assert_refused(client_with(make_key(user, *others)))


def test_the_users_own_key_may_ingest_calls_alone(api: ApiClient) -> None:
    api.get("/api/user/api-key")

    assert ApiKey.objects.get().permissions == ["can_ingest_calls"]


def test_a_jwt_is_refused(user: User) -> None:
    assert_refused(logged_in(user))


def test_an_api_key_is_refused_where_a_jwt_is_asked_for(vendor: ApiClient) -> None:
    for path in ("/api/calls/history", "/api/calls/statistics", f"/api/calls/{'0' * 24}", "/api/user/profile"):
        answer = vendor.get(path)
        assert answer.status == 401
        assert_is("CallsErrorResponse", answer.body)


def _garbage(key: str) -> dict[str, str]:
    return {
        "no key at all": "",
        "a space": " ",
        "another scheme's word": "tk_live_",
        "an id without a signature": key[:32],
        "an id and a separator": key[:33],
        "another separator": f"{key[:32]}-{key[33:]}",
        "a signature cut short": key[:-1],
        "a signature with a letter more": f"{key}A",
        "a signature with a letter changed": key[:-3] + ("A" if key[-3] != "A" else "B") + key[-2:],
        "an id in capitals": key[:8] + key[8:32].upper() + key[32:],
        "another id": f"tk_live_{'0' * 24}{key[32:]}",
        "another prefix": f"tk_test_{key[8:]}",
        "no prefix": key[8:],
        "something in front": f"x{key}",
        "the key twice": f"{key} {key}",
        "a colon instead": key.replace("_", ":"),
        "NUL inside": f"{key[:20]}\0{key[21:]}",
        "letters beyond ASCII": f"{key[:-1]}é",
        "very long": "tk_live_" + "0" * 5_000,
    }


@pytest.mark.parametrize("kind", _garbage("tk_live_" + "0" * 24 + "_" + "s" * 43))
def test_a_key_that_is_garbage_is_refused(user: User, kind: str) -> None:
    token = _garbage(key_of(key_row(user)))[kind]

    assert_refused(ApiClient(token) if token else ApiClient())


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Bearer:", "", "tk_live_"])
def test_a_key_behind_another_scheme_is_refused(user: User, scheme: str) -> None:
    authorization = f"{scheme} {key_of(key_row(user))}"

    response = Client().post(
        INGEST, missed_call_body(), content_type="application/json", headers={"Authorization": authorization}
    )

    assert (response.status_code, response.json()) == (401, REFUSAL)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
def test_the_scheme_may_be_spelled_in_any_case(user: User, scheme: str) -> None:
    authorization = f"{scheme} {key_of(key_row(user))}"

    response = Client().post(
        INGEST, missed_call_body(), content_type="application/json", headers={"Authorization": authorization}
    )

    assert response.status_code == 201


@pytest.mark.parametrize("place", [{"QUERY_STRING": "apiKey={key}"}, {"HTTP_X_API_KEY": "{key}"}])
def test_a_key_elsewhere_than_in_the_authorization_header_is_refused(user: User, place: dict[str, str]) -> None:
    extra: dict[str, Any] = {name: value.format(key=key_of(key_row(user))) for name, value in place.items()}

    response = Client().post(INGEST, missed_call_body(), content_type="application/json", **extra)

    assert (response.status_code, response.json()) == (401, REFUSAL)


def test_who_may_not_is_told_before_what_is_wrong_with_the_body() -> None:
    answer = ingest(ApiClient(), b"{not json", content_type="text/plain")

    assert (answer.status, answer.body) == (401, REFUSAL)


@pytest.mark.parametrize("role", ["SUPERADMIN", "ADMIN", "DEPARTMENT_HEAD", "SALES_REP"])
def test_keys_of_every_role_may(role: str) -> None:
    assert ingest(vendor_of(make_user(access_role=role)), missed_call_body()).status == 201


def test_the_first_use_of_a_key_is_noted(vendor: ApiClient, user: User) -> None:
    before = timezone.now()
    ingested(vendor, missed_call_body())

    last_used_at = key_row(user).last_used_at
    assert last_used_at is not None
    assert before <= last_used_at <= timezone.now()


def test_a_minute_is_how_exactly_the_use_of_a_key_is_noted() -> None:
    assert as_shipped["tether_calls.accounts.authentication.LAST_USED_PRECISION"] == timedelta(minutes=1)


def test_another_use_within_that_time_is_not_noted(vendor: ApiClient, user: User) -> None:
    noted = timezone.now() - authentication.LAST_USED_PRECISION / 2
    ApiKey.objects.filter(user=user).update(last_used_at=noted)

    ingested(vendor, missed_call_body())

    assert key_row(user).last_used_at == noted


def test_a_use_after_that_time_is_noted(vendor: ApiClient, user: User) -> None:
    noted = timezone.now() - authentication.LAST_USED_PRECISION - timedelta(seconds=1)
    ApiKey.objects.filter(user=user).update(last_used_at=noted)

    ingested(vendor, missed_call_body())

    last_used_at = key_row(user).last_used_at
    assert last_used_at is not None
    assert last_used_at > noted
