"""Rotation: a new key in place of an old one, which works for an overlap yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from tests.accounts.keys import KEYS, client_with, make_key, rotate
from tests.at_once import at_once
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import missed_call_body
from tests.refusals import assert_every_body_is_checked, assert_fault, assert_refused
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db


def works(client: ApiClient) -> bool:
    return client.post("/api/calls/ingest", missed_call_body()).status == 201


def test_both_keys_work_during_the_overlap_and_only_the_new_one_after_it(
    api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_key(user, "can_ingest_calls")

    answer = rotate(api, old.pk, overlapSeconds=3600)

    assert answer.status == 201
    assert_is("NewApiKeyResponse", answer.body)
    new = ApiClient(answer.body["key"])
    assert works(client_with(old))
    assert works(new)
    later = timezone.now() + timedelta(seconds=3601)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert not works(client_with(old))
    assert works(new)


@pytest.mark.parametrize("body", [{}, {"overlapSeconds": 0}])
def test_without_an_overlap_the_old_key_is_refused_at_once(api: ApiClient, user: User, body: dict[str, Any]) -> None:
    old = make_key(user, "can_ingest_calls")

    answer = rotate(api, old.pk, **body)

    assert not works(client_with(old))
    assert works(ApiClient(answer.body["key"]))


def test_the_new_key_has_the_old_ones_attributes(api: ApiClient, user: User) -> None:
    end = datetime(2099, 1, 1, tzinfo=UTC)
    limits = {"requests_per_minute": 7, "dials_per_day": 3}
    old = make_key(user, "can_read_calls", "can_read_agents", name="CRM", expires_at=end, **limits)

    document = rotate(api, old.pk, overlapSeconds=60).body["apiKey"]

    new = ApiKey.objects.get(pk=document["_id"])
    assert (new.name, new.user_id, new.permissions) == ("CRM", user.pk, ["can_read_calls", "can_read_agents"])
    assert (new.requests_per_minute, new.dials_per_day, new.expires_at) == (7, 3, end)
    assert (new.last_used_at, new.revoked_at) == (None, None)
    assert key_of(new) != key_of(old)
    assert api.get(KEYS).body["data"][1]["replacedBy"] == new.pk


def test_an_overlap_makes_no_key_live_longer(api: ApiClient, user: User) -> None:
    end = timezone.now() + timedelta(minutes=1)
    old = make_key(user, "can_read_calls", expires_at=end)

    rotate(api, old.pk, overlapSeconds=3600)

    old.refresh_from_db()
    assert old.expires_at == end


def test_the_users_own_key_is_rotated_as_well(api: ApiClient, user: User) -> None:
    own = api.get("/api/user/api-key").body["data"]["apiKey"]

    new = rotate(api, ApiKey.objects.get().pk, overlapSeconds=60).body["key"]

    assert api.get("/api/user/api-key").body["data"]["apiKey"] == new
    assert works(ApiClient(own))


@pytest.mark.parametrize(
    "fields", [{"revoked_at": datetime.now(UTC)}, {"expires_at": datetime.now(UTC)}], ids=["revoked", "expired"]
)
def test_a_key_that_has_ended_is_not_rotated(api: ApiClient, user: User, fields: dict[str, Any]) -> None:
    old = make_key(user, "can_read_calls", **fields)

    assert_refused(rotate(api, old.pk, overlapSeconds=60), 409, "API_KEY_ENDED")
    assert ApiKey.objects.count() == 1


def test_a_key_is_rotated_once(api: ApiClient, user: User) -> None:
    old = make_key(user, "can_read_calls")
    rotate(api, old.pk, overlapSeconds=60)

    assert_refused(rotate(api, old.pk, overlapSeconds=60), 409, "API_KEY_ENDED")
    assert ApiKey.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_rotations_at_once_one_wins(api: ApiClient, user: User) -> None:
    old = make_key(user, "can_read_calls")

    answers = at_once([partial(rotate, api, old.pk, overlapSeconds=60)] * 6)

    assert sorted(answer.status for answer in answers) == [201] + [409] * 5
    assert ApiKey.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_rotations_of_the_users_own_key_at_once_one_wins(api: ApiClient) -> None:
    api.get("/api/user/api-key")
    own = ApiKey.objects.get()

    answers = at_once([partial(rotate, api, own.pk)] * 6)

    assert sorted(answer.status for answer in answers) == [201] + [409] * 5
    assert ApiKey.objects.get(is_default=True).pk != own.pk


@pytest.mark.parametrize("overlap", [-1, 30 * 86400 + 1, "60", 1.5, True, None])
def test_an_overlap_is_a_number_of_seconds_up_to_thirty_days(api: ApiClient, user: User, overlap: Any) -> None:
    assert_fault(rotate(api, make_key(user, "can_read_calls").pk, overlapSeconds=overlap), "overlapSeconds")


def test_every_body_is_checked(api: ApiClient, user: User) -> None:
    assert_every_body_is_checked(api, "POST", f"{KEYS}/{make_key(user, 'can_read_calls').pk}/rotate")
