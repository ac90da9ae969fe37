"""Partners for tests: clients with a key, and what their answers must be."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.accounts.keys import ALL_PERMISSIONS, client_with, make_key
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tether_calls.accounts.models import User

AGENTS = "/api/v1/agents"
CALLS = "/api/v1/calls"
CONTACTS = "/api/v1/contacts"

INVALID_KEY = {"error": "invalid_key", "message": "The API key is invalid or inactive"}


def partner_of(user: User, *permissions: str, **fields: Any) -> ApiClient:
    """A client with a key of the user, which was used a moment ago; all permissions unless some are named."""
    granted = permissions or ALL_PERMISSIONS
    return client_with(
        make_key(user, *granted, **{"requests_per_minute": 1_000, "last_used_at": timezone.now(), **fields})
    )


def assert_error(answer: Answer, status: int, word: str, *, is_of_now: bool = False) -> None:
    """`is_of_now`: it says from when on the same would be permitted."""
    assert (answer.status, answer.body["error"]) == (status, word), answer
    assert answer.body.keys() == {"error", "message"} | ({"next_allowed_at"} if is_of_now else set())
    assert_is("PartnerCallError" if is_of_now else "PartnerError", answer.body)


def statements(partner: ApiClient, path: str, **query: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert partner.get(path, **query).status == 200
    return len(queries)
