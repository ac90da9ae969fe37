"""API keys for tests, and requests to manage them."""

from __future__ import annotations

from typing import Any

from tests.clients import Answer, ApiClient
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import ApiKey, KeyPermission, User

KEYS = "/api/api-keys"
ALL_PERMISSIONS = tuple(KeyPermission.values)


def make_key(user: User, *permissions: str, **fields: Any) -> ApiKey:
    """A key with these permissions and no others."""
    granted = {name: name in permissions for name in ALL_PERMISSIONS}
    return ApiKey.objects.create(**{"user": user, "name": "Partner", **granted, **fields})


def client_with(api_key: ApiKey) -> ApiClient:
    return ApiClient(key_of(api_key))


def made(api: ApiClient, **fields: Any) -> dict[str, Any]:
    """The answer to making a key."""
    answer = api.post(KEYS, {"name": "Partner", "permissions": ["can_read_calls"], **fields})
    assert answer.status == 201, answer
    body: dict[str, Any] = answer.body
    return body


def rotate(api: ApiClient, key_id: str, **body: Any) -> Answer:
    return api.post(f"{KEYS}/{key_id}/rotate", body)
