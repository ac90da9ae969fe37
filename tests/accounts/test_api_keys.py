"""GET /api/user/api-key and POST /api/user/api-key/regenerate; what a key opens is tested with ingest."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection

from tests.accounts.sessions import API_KEY, REGENERATE
from tests.at_once import at_once
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_user, missed_call_body
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.services.api_keys import revoke_api_key

pytestmark = pytest.mark.django_db

KEY = re.compile(r"tk_live_[0-9a-f]{24}_[A-Za-z0-9_-]{43}")


def key_of(answer: Answer) -> str:
    assert answer.status == 200, answer
    key: str = answer.body["data"]["apiKey"]
    return key


def ingest_status(key: str) -> int:
    return ApiClient(key).post("/api/calls/ingest", missed_call_body()).status


def test_a_key_is_made_when_it_is_first_asked_for(api: ApiClient, user: User) -> None:
    assert not ApiKey.objects.exists()

    answer = api.get(API_KEY)

    assert_is("ApiKeyResponse", answer.body)
    assert answer.body == {"success": True, "data": {"apiKey": key_of(answer)}}
    assert KEY.fullmatch(key_of(answer))
    assert ApiKey.objects.get().user == user


def test_a_key_is_the_same_afterwards(api: ApiClient) -> None:
    assert key_of(api.get(API_KEY)) == key_of(api.get(API_KEY))
    assert ApiKey.objects.count() == 1


def test_every_user_has_a_key_of_their_own(api: ApiClient, user: User) -> None:
    colleague = logged_in(make_user(organization=user.organization))

    assert key_of(api.get(API_KEY)) != key_of(colleague.get(API_KEY))


def test_a_key_opens_ingest(api: ApiClient) -> None:
    assert ingest_status(key_of(api.get(API_KEY))) == 201


def test_a_regenerated_key_has_the_same_shape_and_a_message(api: ApiClient) -> None:
    answer = api.post(REGENERATE)

    assert_is("ApiKeyResponse", answer.body)
    assert answer.body == {
        "success": True,
        "data": {"apiKey": key_of(answer)},
        "message": "API key regenerated; the previous key no longer works",
    }


def test_a_regenerated_key_voids_the_one_before_at_once(api: ApiClient) -> None:
    before = key_of(api.get(API_KEY))

    after = key_of(api.post(REGENERATE))

    assert (ingest_status(before), ingest_status(after)) == (401, 201)


def test_a_regenerated_key_is_the_one_that_is_shown(api: ApiClient) -> None:
    api.get(API_KEY)

    assert key_of(api.post(REGENERATE)) == key_of(api.get(API_KEY))


def test_regenerating_a_key_that_nobody_had_makes_one(api: ApiClient) -> None:
    assert ingest_status(key_of(api.post(REGENERATE))) == 201


def test_regenerating_leaves_the_keys_of_others_alone(api: ApiClient, other_api: ApiClient) -> None:
    others = key_of(other_api.get(API_KEY))

    api.post(REGENERATE)

    assert key_of(other_api.get(API_KEY)) == others
    assert ingest_status(others) == 201


def test_a_revoked_key_is_followed_by_a_new_one(api: ApiClient, user: User) -> None:
    before = key_of(api.get(API_KEY))
    revoke_api_key(api_key=ApiKey.objects.get(user=user))

    after = key_of(api.get(API_KEY))

    assert (ingest_status(before), ingest_status(after)) == (401, 201)


def test_a_key_is_not_in_the_database(api: ApiClient) -> None:
    key = key_of(api.get(API_KEY))

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_apikey")
        stored = [str(value) for row in cursor.fetchall() for value in row]

    assert not any(value in key for value in stored if len(value) > 24)


def test_a_key_outlives_a_change_of_the_secret_that_names_the_old_one(api: ApiClient, settings: Any) -> None:
    key = key_of(api.get(API_KEY))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new secret " * 5

    assert ingest_status(key) == 201


def test_a_key_ends_with_the_secret_that_it_was_signed_with(api: ApiClient, settings: Any) -> None:
    key = key_of(api.get(API_KEY))
    settings.SECRET_KEY = "a new secret " * 5

    assert ingest_status(key) == 401


@pytest.mark.django_db(transaction=True)
def test_a_key_first_asked_for_by_several_at_once_is_one_key() -> None:
    clients = [logged_in(user) for user in [make_user()] * 4]

    keys = at_once([lambda client=client: key_of(client.get(API_KEY)) for client in clients])  # type: ignore[misc]

    assert len(set(keys)) == 1
    assert ApiKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_keys_regenerated_at_once_the_last_one_works() -> None:
    user = make_user()
    client = logged_in(user)
    client.get(API_KEY)

    keys = at_once([lambda: key_of(logged_in(user).post(REGENERATE))] * 3)

    shown = key_of(client.get(API_KEY))
    assert shown in keys
    assert [ingest_status(key) for key in sorted(set(keys), key=shown.__eq__)] == [401] * (len(set(keys)) - 1) + [201]
