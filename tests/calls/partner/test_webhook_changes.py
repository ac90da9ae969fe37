"""/api/v1/webhooks/{id}: changed, its secret replaced, tested."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from calls.models import DisabledReason, WebhookMessage, WebhookState, WebhookSubscription
from tests.calls.partner.partners import assert_error, partner_of
from tests.calls.partner.test_webhooks import WEBHOOKS, body
from tests.calls.services.webhooks_out.receiving import HOOK, OK, Clock, Receiver, ended_call, run, verified
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.http_targets import SeenRequest, TargetServer, answer
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with TargetServer({HOOK: OK, "/other": OK}) as server:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [server.host]
        yield Receiver(server)


@pytest.fixture
def made(partner: ApiClient, receiver: Receiver) -> dict[str, Any]:
    """A webhook, with its secret."""
    webhook: dict[str, Any] = partner.post(WEBHOOKS, body(url=receiver.url)).body
    return webhook


def path_of(webhook: dict[str, Any], action: str = "") -> str:
    return f"{WEBHOOKS}/{webhook['id']}{action}"


def rotate(partner: ApiClient, webhook: dict[str, Any], **sent: Any) -> Answer:
    return partner.post(path_of(webhook, "/rotate"), sent)


def verifies(secret: str, request: SeenRequest, *, signature: str | None = None) -> bool:
    """Whether a receiver with this secret believes the request; with one of its signatures alone, if it is given."""
    headers = {**request.headers, **({"webhook-signature": signature} if signature else {})}
    try:
        Webhook(secret).verify(request.body, headers)
    except WebhookVerificationError:
        return False
    return True


# ---- Changes -------------------------------------------------------------------------------------------------------


def test_what_is_given_changes_and_the_rest_stays(partner: ApiClient, made: dict[str, Any]) -> None:
    answered = partner.patch(path_of(made), {"name": "Other", "subscribed_events": ["call.failed", "call.ended"]})

    assert answered.status == 200, answered
    assert_is("PartnerWebhook", answered.body)
    unchanged = {name: value for name, value in made.items() if name != "secret"}
    assert answered.body == {**unchanged, "name": "Other", "subscribed_events": ["call.ended", "call.failed"]}
    assert partner.get(WEBHOOKS).body["webhooks"] == [answered.body]


def test_nothing_given_changes_nothing(partner: ApiClient, made: dict[str, Any]) -> None:
    before = list(WebhookSubscription.objects.values())

    assert partner.patch(path_of(made), {}).status == 200
    assert list(WebhookSubscription.objects.values()) == before


def test_messages_go_to_the_new_address_those_that_wait_too(
    partner: ApiClient, made: dict[str, Any], user: User, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers(answer(b"", status=500))
    ended_call(user)
    run(clock)
    assert WebhookSubscription.objects.get().failing_since is not None

    partner.patch(path_of(made), {"url": receiver.server.url("/other")})
    assert WebhookSubscription.objects.get().failing_since is None
    clock.forward(hours=1)
    ended_call(user)
    assert run(clock).delivered == 2

    assert [request.path for request in receiver.requests] == [HOOK, "/other", "/other"]


def test_one_is_disabled_and_enabled_again(
    partner: ApiClient, made: dict[str, Any], user: User, receiver: Receiver, clock: Clock
) -> None:
    disabled = partner.patch(path_of(made), {"enabled": False}).body
    assert (disabled["is_active"], disabled["disabled_reason"]) == (False, "by_hand")
    assert disabled["disabled_at"] is not None
    ended_call(user)
    assert run(clock).delivered == 0

    enabled = partner.patch(path_of(made), {"enabled": True}).body
    assert (enabled["is_active"], enabled["disabled_at"], enabled["disabled_reason"]) == (True, None, None)
    ended_call(user)
    assert run(clock).delivered == 1


def test_what_is_so_already_stays_as_it_is(partner: ApiClient, made: dict[str, Any]) -> None:
    WebhookSubscription.objects.update(is_active=False, disabled_reason=DisabledReason.GONE)

    assert partner.patch(path_of(made), {"enabled": False}).body["disabled_reason"] == "gone"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": None},
        {"url": "http://crm.example.com/"},
        {"url": "https://10.0.0.1/"},
        {"url": "https://169.254.169.254/latest"},
        {"subscribed_events": []},
        {"subscribed_events": ["webhook.test"]},
        {"enabled": "yes"},
        {"enabled": None},
    ],
    ids=str,
)
def test_what_is_wrong_is_refused_and_named(partner: ApiClient, made: dict[str, Any], fields: dict[str, Any]) -> None:
    before = list(WebhookSubscription.objects.values())

    refused = partner.patch(path_of(made), fields)

    assert_error(refused, 400, "invalid_request")
    (name,) = fields
    assert refused.body["message"].startswith((f"{name}: ", f"{name}.0: "))
    assert list(WebhookSubscription.objects.values()) == before


# ---- The secret ----------------------------------------------------------------------------------------------------


def test_both_secrets_sign_during_the_overlap_and_the_new_one_after_it(
    partner: ApiClient, made: dict[str, Any], user: User, receiver: Receiver, clock: Clock
) -> None:
    rotated = rotate(partner, made, overlap_hours=2)

    assert rotated.status == 200, rotated
    assert_is("PartnerWebhookMade", rotated.body)
    old, new = made["secret"], rotated.body["secret"]
    assert old != new
    until = datetime.fromisoformat(rotated.body["previous_secret_until"])
    assert timedelta(hours=1.9) < until - datetime.now(UTC) <= timedelta(hours=2)
    ended_call(user)
    run(clock)
    (during,) = receiver.requests
    signatures = during.headers["webhook-signature"].split(" ")
    assert [verifies(secret, during) for secret in (old, new)] == [True, True]
    assert [verifies(new, during, signature=signature) for signature in signatures] == [True, False]
    assert [verifies(old, during, signature=signature) for signature in signatures] == [False, True]

    # As a receiver sees it whose clock goes with ours.
    WebhookSubscription.objects.update(previous_secret_until=timezone.now())
    ended_call(user)
    run(clock)

    after = receiver.requests[1]
    assert [verifies(secret, after) for secret in (old, new)] == [False, True]
    assert " " not in after.headers["webhook-signature"]


def test_without_an_overlap_the_old_secret_ends_at_once(
    partner: ApiClient, made: dict[str, Any], user: User, receiver: Receiver, clock: Clock
) -> None:
    rotated = rotate(partner, made, overlap_hours=0).body

    ended_call(user)
    run(clock)

    (request,) = receiver.requests
    assert rotated["previous_secret_until"] is None
    assert [verifies(secret, request) for secret in (made["secret"], rotated["secret"])] == [False, True]


def test_a_day_is_the_overlap_where_none_is_named(partner: ApiClient, made: dict[str, Any]) -> None:
    rotated = partner.post(path_of(made, "/rotate"))

    until = datetime.fromisoformat(rotated.body["previous_secret_until"])
    assert timedelta(hours=23.9) < until - datetime.now(UTC) <= timedelta(hours=24)


def test_a_secret_that_a_receiver_may_still_have_is_not_dropped_by_a_second_rotation(
    partner: ApiClient, made: dict[str, Any]
) -> None:
    rotate(partner, made, overlap_hours=1)
    before = list(WebhookSubscription.objects.values())

    assert_error(rotate(partner, made, overlap_hours=1), 409, "webhook_rotated")

    assert list(WebhookSubscription.objects.values()) == before


def test_a_secret_that_has_leaked_is_replaced_at_any_time(
    partner: ApiClient, made: dict[str, Any], user: User, receiver: Receiver, clock: Clock
) -> None:
    leaked = rotate(partner, made, overlap_hours=1).body["secret"]

    new = rotate(partner, made, overlap_hours=0).body["secret"]

    ended_call(user)
    run(clock)
    (request,) = receiver.requests
    assert [verifies(secret, request) for secret in (made["secret"], leaked, new)] == [False, False, True]


def test_a_secret_is_replaced_again_after_the_overlap(partner: ApiClient, made: dict[str, Any]) -> None:
    first = rotate(partner, made, overlap_hours=1).body
    WebhookSubscription.objects.update(previous_secret_until=timezone.now())

    assert rotate(partner, made, overlap_hours=1).status == 200

    assert WebhookSubscription.objects.get().secrets["previous"] == first["secret"]


def test_a_secret_that_no_key_opens_is_replaced_all_the_same(
    partner: ApiClient, made: dict[str, Any], user: User, receiver: Receiver, clock: Clock, settings: Any
) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    rotated = rotate(partner, made, overlap_hours=1).body

    assert rotated["previous_secret_until"] is None
    ended_call(user)
    run(clock)
    assert verified(rotated["secret"], receiver.requests[0])["event_type"] == "call.ended"


@pytest.mark.parametrize("hours", [-1, 721, "24", 1.5, True, None], ids=repr)
def test_an_overlap_is_a_number_of_hours_up_to_thirty_days(
    partner: ApiClient, made: dict[str, Any], hours: Any
) -> None:
    refused = rotate(partner, made, overlap_hours=hours)

    assert_error(refused, 400, "invalid_request")
    assert refused.body["message"].startswith("overlap_hours: ")


# ---- A test --------------------------------------------------------------------------------------------------------


def test_a_test_comes_signed_and_is_kept_with_its_attempt(
    partner: ApiClient, made: dict[str, Any], receiver: Receiver, clock: Clock
) -> None:
    answered = partner.post(path_of(made, "/test"))

    assert answered.status == 202, answered
    assert_is("PartnerTestResponse", answered.body)
    assert run(clock).delivered == 1
    (request,) = receiver.requests
    told = verified(made["secret"], request)
    assert_is("WebhookTestMessage", told)
    assert told["event_type"] == "webhook.test"
    assert request.headers["webhook-id"] == answered.body["message_id"]
    message = WebhookMessage.objects.get(pk=answered.body["message_id"])
    assert message.state == WebhookState.DELIVERED
    assert [attempt.status for attempt in message.attempt_log.all()] == [200]


def test_a_test_that_fails_is_not_repeated(
    partner: ApiClient, made: dict[str, Any], receiver: Receiver, clock: Clock
) -> None:
    receiver.answers(answer(b"no", status=500))
    partner.post(path_of(made, "/test"))

    assert run(clock).failed == 1

    clock.forward(days=1)
    assert run(clock).failed == 0
    assert WebhookMessage.objects.get().state == WebhookState.DEAD


def test_a_test_goes_no_further_than_other_messages(partner: ApiClient, made: dict[str, Any], clock: Clock) -> None:
    # As if the name had led to a public address when the webhook was made.
    WebhookSubscription.objects.update(url="https://127.0.0.1/hook")
    partner.post(path_of(made, "/test"))

    assert run(clock).failed == 1

    assert "not on the public internet" in WebhookMessage.objects.get().attempt_log.get().error


def test_tests_do_not_pile_up(partner: ApiClient, made: dict[str, Any], receiver: Receiver, clock: Clock) -> None:
    first, second = (partner.post(path_of(made, "/test")).body for _ in range(2))
    assert first == second
    run(clock)

    third = partner.post(path_of(made, "/test")).body

    assert third != first
    run(clock)
    assert receiver.ids == [first["message_id"], third["message_id"]]


def test_a_disabled_webhook_is_not_tested(partner: ApiClient, made: dict[str, Any]) -> None:
    partner.patch(path_of(made), {"enabled": False})

    assert_error(partner.post(path_of(made, "/test")), 409, "webhook_disabled")
    assert not WebhookMessage.objects.exists()


def test_a_test_keeps_no_message_of_a_call_waiting(
    partner: ApiClient, made: dict[str, Any], user: User, receiver: Receiver, clock: Clock
) -> None:
    for _ in range(2):
        ended_call(user)
    partner.post(path_of(made, "/test"))

    assert run(clock).delivered == 3
    assert sorted(receiver.heard) == ["call.ended", "call.ended", "webhook.test"]


# ---- Whose it is ---------------------------------------------------------------------------------------------------


def test_it_says_which_key_it_is_of(partner: ApiClient, made: dict[str, Any], user: User) -> None:
    own = user.api_keys.get().pk
    assert made["api_key_id"] == own
    other_key = partner_of(user)

    assert other_key.patch(path_of(made), {"enabled": False}).body["api_key_id"] == own
    changed = other_key.patch(path_of(made), {"name": "Theirs"}).body

    assert changed["api_key_id"] == user.api_keys.exclude(pk=own).get().pk
