"""/api/v1/webhooks: made, listed, deleted; the secret is told once."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from calls.models import WebhookMessage, WebhookSubscription
from calls.services.webhooks_out.subscriptions import MAX_SUBSCRIPTIONS
from tests.accounts.keys import ALL_PERMISSIONS
from tests.admin_site import make_webhook
from tests.at_once import at_once
from tests.calls.partner.partners import assert_error, partner_of, statements
from tests.calls.services.webhooks_out.receiving import Clock, ended_call, run, verified
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.factories import make_user
from tests.http_targets import TargetServer, answer
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

WEBHOOKS = "/api/v1/webhooks"


def body(**fields: Any) -> dict[str, Any]:
    given = {"name": "CRM", "url": "https://crm.example.com/hook", "subscribed_events": ["call.ended"], **fields}
    return {name: value for name, value in given.items() if value is not ...}


def test_a_new_webhook_tells_its_secret_once(partner: ApiClient, user: User) -> None:
    made = partner.post(WEBHOOKS, body())

    assert made.status == 201, made
    assert_is("PartnerWebhookMade", made.body)
    subscription = WebhookSubscription.objects.get()
    assert made.body["secret"] == subscription.secrets["signing"]
    assert subscription.created_by == user
    listed = partner.get(WEBHOOKS)
    assert_is("PartnerWebhooksResponse", listed.body)
    assert listed.body == {"webhooks": [{name: value for name, value in made.body.items() if name != "secret"}]}


def test_it_is_told_of_calls_from_then_on(partner: ApiClient, user: User, settings: Any) -> None:
    with TargetServer({"/hook": answer(b"")}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        secret = partner.post(WEBHOOKS, body(url=target.url("/hook"))).body["secret"]
        call = ended_call(user)
        run(Clock())
        (request,) = target.requests

    told = verified(secret, request)
    assert told["call"]["id"] == call.pk
    # The same document as the list has it.
    assert told["call"] == partner.get("/api/v1/calls").body["calls"][0]


def test_a_deleted_one_is_gone(partner: ApiClient) -> None:
    made = partner.post(WEBHOOKS, body()).body
    done = partner.delete(f"{WEBHOOKS}/{made['id']}")
    assert (done.status, done.body) == (200, {"success": True})
    assert partner.get(WEBHOOKS).body == {"webhooks": []}
    assert_error(partner.delete(f"{WEBHOOKS}/{made['id']}"), 404, "not_found")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ...},
        {"name": ""},
        {"name": 5},
        {"name": "x" * 101},
        {"url": ...},
        {"url": "http://crm.example.com/"},
        {"url": "https://10.0.0.1/"},
        {"url": ["https://crm.example.com/"]},
        {"subscribed_events": ...},
        {"subscribed_events": []},
        {"subscribed_events": "call.ended"},
        {"subscribed_events": ["call.exploded"]},
        {"subscribed_events": ["call.ended"] * 21},
        {"subscribed_events": [{}]},
    ],
    ids=str,
)
def test_what_is_wrong_is_refused_and_named(partner: ApiClient, fields: dict[str, Any]) -> None:
    refused = partner.post(WEBHOOKS, body(**fields))
    assert_error(refused, 400, "invalid_request")
    (name,) = fields
    assert refused.body["message"].startswith((f"{name}: ", f"{name}.0: "))
    assert not WebhookSubscription.objects.exists()


@pytest.mark.parametrize("content", [b"[]", b"5", b'"x"', b"null"])
def test_json_that_is_no_object_is_refused(partner: ApiClient, content: bytes) -> None:
    assert_error(partner.post(WEBHOOKS, content), 400, "invalid_request")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_what_is_no_json_is_refused(partner: ApiClient, content: bytes) -> None:
    answered = partner.post(WEBHOOKS, content)
    assert answered.status == 400


def test_there_is_a_limit(partner: ApiClient, user: User) -> None:
    assert user.organization is not None
    for _ in range(MAX_SUBSCRIPTIONS):
        make_webhook(user.organization)
    assert_error(partner.post(WEBHOOKS, body()), 409, "too_many_webhooks")


@pytest.mark.django_db(transaction=True)
def test_there_is_a_limit_for_those_who_come_at_once_too() -> None:
    user = make_user()
    assert user.organization is not None
    for _ in range(MAX_SUBSCRIPTIONS - 1):
        make_webhook(user.organization)
    partner = partner_of(user, "can_read_calls", "can_manage_webhooks")

    statuses = [answered.status for answered in at_once([partial(partner.post, WEBHOOKS, body())] * 8)]

    assert sorted(statuses) == [201] + [409] * 7
    assert WebhookSubscription.objects.count() == MAX_SUBSCRIPTIONS


# Every write, and a body that it takes.
WRITES: list[tuple[str, str, Any]] = [
    ("POST", WEBHOOKS, body()),
    ("PATCH", f"{WEBHOOKS}/{{id}}", {"name": "Other"}),
    ("POST", f"{WEBHOOKS}/{{id}}/rotate", {}),
    ("POST", f"{WEBHOOKS}/{{id}}/test", None),
    ("DELETE", f"{WEBHOOKS}/{{id}}", None),
]


def write(partner: ApiClient, method: str, path: str, sent: Any, webhook_id: str) -> Answer:
    data = b"" if sent is None else json.dumps(sent).encode()
    return partner.request(method, path.format(id=webhook_id), data=data, content_type="application/json")


def test_a_key_that_may_not_read_calls_hears_of_none(user: User) -> None:
    reads_not = partner_of(user, *[name for name in ALL_PERMISSIONS if name != "can_read_calls"])
    made = partner_of(user).post(WEBHOOKS, body()).body

    refused = [
        reads_not.get(WEBHOOKS),
        reads_not.post(WEBHOOKS, body()),
        reads_not.patch(f"{WEBHOOKS}/{made['id']}", {"url": "https://mallory.example.com/"}),
        reads_not.patch(f"{WEBHOOKS}/{made['id']}", {"enabled": True}),
    ]

    for answered in refused:
        assert_error(answered, 403, "permission_denied")
        assert "can_read_calls" in answered.body["message"]
    # It may end what tells of calls.
    assert reads_not.patch(f"{WEBHOOKS}/{made['id']}", {"enabled": False}).status == 200
    assert reads_not.delete(f"{WEBHOOKS}/{made['id']}").status == 200


@pytest.mark.parametrize(("method", "path", "sent"), WRITES, ids=[f"{method} {path}" for method, path, _ in WRITES])
def test_a_key_that_only_reads_writes_nothing(
    method: str, path: str, sent: Any, user: User, partner: ApiClient
) -> None:
    reads = partner_of(user, *[name for name in ALL_PERMISSIONS if name != "can_manage_webhooks"])
    made = partner.post(WEBHOOKS, body()).body
    before = list(WebhookSubscription.objects.values())

    refused = write(reads, method, path, sent, made["id"])

    assert_error(refused, 403, "permission_denied")
    assert "can_manage_webhooks" in refused.body["message"]
    assert list(WebhookSubscription.objects.values()) == before
    assert not WebhookMessage.objects.exists()
    assert write(partner, method, path, sent, made["id"]).status < 300


def test_a_list_costs_two_statements(partner: ApiClient, user: User) -> None:
    """Key; webhooks."""
    assert user.organization is not None
    for _ in range(3):
        make_webhook(user.organization)
    assert statements(partner, WEBHOOKS) == 2
