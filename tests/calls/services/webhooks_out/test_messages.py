"""Webhooks as a receiver gets them: signed, once, again when it fails, and not for ever."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
from cryptography.fernet import Fernet
from standardwebhooks import Webhook, WebhookVerificationError

from calls.models import DisabledReason, WebhookAttempt, WebhookMessage, WebhookState, WebhookSubscription
from calls.services.webhooks_out.claim import AT_A_TIME, claim
from calls.services.webhooks_out.fan_out import fan_out
from calls.services.webhooks_out.finish import PAUSES
from calls.services.webhooks_out.subscriptions import send_again
from tests.calls.services.webhooks_out.receiving import (
    HOOK,
    OK,
    Clock,
    Receiver,
    ended_call,
    happens,
    run,
    subscribed,
    switch,
    the_message,
    the_subscription,
    verified,
)
from tests.factories import make_call, make_user
from tests.http_targets import TargetServer, answer, chunks, counted, drip, raw, redirect, stall, stall_until
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

ENDED = "call.ended"
BROKEN = answer(b"out of order", status=500)


# ---- What arrives --------------------------------------------------------------------------------------------------


def test_a_receiver_verifies_what_it_gets_with_the_reference_library(
    user: User, receiver: Receiver, clock: Clock
) -> None:
    secret = subscribed(user, receiver.url, ENDED).secret
    call = ended_call(user, agent_name="Alex", duration=154, ai_summary="Confirmed.")

    run(clock)

    (request,) = receiver.requests
    body = verified(secret, request)
    assert body["event_type"] == ENDED
    assert body["call"] == {
        "id": call.pk,
        "agent_id": None,
        "agent_name": "Alex",
        "status": "completed",
        "type": "outbound",
        "phone_number": "+14165550199",
        "started_at": body["call"]["started_at"],
        "ended_at": None,
        "duration_seconds": 154,
        "answered_by": None,
        "end_reason": None,
        "end_fault": None,
        "tags": [],
        "disposition": None,
        "is_starred": False,
        "opt_out": None,
        "recording_consent": None,
        "summary": "Confirmed.",
        "recording_url": None,
        "contact": None,
    }
    assert body["timestamp"].endswith("Z")
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"


def test_another_secret_or_another_body_is_not_verified(user: User, receiver: Receiver, clock: Clock) -> None:
    secret = subscribed(user, receiver.url, ENDED).secret
    other = subscribed(user, receiver.server.url("/other"), ENDED).secret
    ended_call(user)
    run(clock)
    request = next(request for request in receiver.requests if request.path == HOOK)

    with pytest.raises(WebhookVerificationError):
        verified(other, request)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(request.body + b" ", request.headers)


def test_a_message_is_sent_once(user: User, receiver: Receiver, clock: Clock) -> None:
    subscribed(user, receiver.url, ENDED)
    ended_call(user)

    assert run(clock).delivered == 1
    clock.forward(days=2)
    assert run(clock).delivered == 0

    assert len(receiver.requests) == 1
    message = the_message()
    assert (message.state, message.attempts) == (WebhookState.DELIVERED, 1)
    attempt = WebhookAttempt.objects.get()
    assert (attempt.status, attempt.response, attempt.error) == (200, "thanks", "")
    assert attempt.duration_ms is not None


@pytest.mark.parametrize(
    "told",
    [answer(b"", status=204), chunks(b"o", b"k"), answer(b"x" * 100_000), raw(b"HTTP/1.1 200 OK\r\n\r\n\xff\x00")],
)
def test_any_status_of_success_is_good_whatever_comes_with_it(
    user: User, receiver: Receiver, clock: Clock, told: Any
) -> None:
    receiver.answers(told)
    subscribed(user, receiver.url, ENDED)
    ended_call(user)

    assert run(clock).delivered == 1
    assert len(WebhookAttempt.objects.get().response) <= 500


# ---- Faults --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 429, 500, 503])
def test_any_other_status_is_tried_again_with_the_same_id(
    user: User, receiver: Receiver, clock: Clock, status: int
) -> None:
    receiver.answers(answer(b"no", status=status))
    subscribed(user, receiver.url, ENDED)
    ended_call(user)
    assert run(clock).failed == 1

    receiver.answers(OK)
    assert run(clock).delivered == 0, "it is not due yet"
    clock.forward(seconds=PAUSES[0] * 1.3)
    assert run(clock).delivered == 1

    assert len(set(receiver.ids)) == 1
    assert [attempt.status for attempt in WebhookAttempt.objects.all()] == [status, 200]


def test_each_attempt_is_signed_with_its_own_time(user: User, receiver: Receiver, clock: Clock) -> None:
    receiver.answers(BROKEN)
    secret = subscribed(user, receiver.url, ENDED).secret
    ended_call(user)
    run(clock)
    clock.forward(seconds=60)
    run(clock)

    first, second = receiver.requests
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 60
    assert verified(secret, first) == verified(secret, second)


def test_a_private_target_is_not_asked(user: User, receiver: Receiver, clock: Clock, settings: Any) -> None:
    subscribed(user, receiver.url, ENDED)
    settings.TETHER_FETCH_EXEMPT_HOSTS = []
    ended_call(user)

    assert run(clock).failed == 1

    assert receiver.requests == []
    assert "not on the public internet" in WebhookAttempt.objects.get().error


def test_a_redirect_to_a_private_address_is_not_followed(user: User, receiver: Receiver, clock: Clock) -> None:
    with TargetServer({HOOK: OK}) as private:
        receiver.answers(redirect(private.url(HOOK), status=307))
        subscribed(user, receiver.url, ENDED)
        ended_call(user)

        assert run(clock).failed == 1

        assert private.requests == []
    assert WebhookAttempt.objects.get().status == 307


@pytest.mark.parametrize("told", [stall(), drip(b"HTTP/1.1 200 OK\r\n", seconds=0.2, start=b"")])
def test_a_receiver_that_stalls_is_left_and_asked_again(
    user: User, receiver: Receiver, clock: Clock, settings: Any, told: Any
) -> None:
    settings.TETHER_WEBHOOK_SECONDS = 0.5
    receiver.answers(told)
    subscribed(user, receiver.url, ENDED)
    ended_call(user)

    assert run(clock).failed == 1

    assert WebhookAttempt.objects.get().error == "The server took too long."
    assert the_message().state == WebhookState.PENDING


def test_nobody_listening_is_a_failure_like_others(user: User, receiver: Receiver, clock: Clock) -> None:
    subscribed(user, receiver.url, ENDED)
    receiver.server.__exit__(None, None, None)
    ended_call(user)

    assert run(clock).failed == 1
    assert WebhookAttempt.objects.get().error == "The connection to the server failed."


def test_a_receiver_that_is_gone_is_disabled_at_once(user: User, receiver: Receiver, clock: Clock) -> None:
    receiver.answers(answer(b"", status=410))
    subscribed(user, receiver.url, ENDED)
    ended_call(user)

    run(clock)

    subscription = the_subscription()
    assert (subscription.is_active, subscription.disabled_reason) == (False, DisabledReason.GONE)
    assert the_message().state == WebhookState.DEAD
    ended_call(user)
    clock.forward(days=1)
    run(clock)
    assert len(receiver.requests) == 1


def test_a_day_of_500_is_the_end_of_the_message_and_of_the_subscription(
    user: User, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers(BROKEN)
    subscribed(user, receiver.url, ENDED)
    ended_call(user)
    begun = clock()
    run(clock)

    while the_message().state == WebhookState.PENDING:
        clock.until(the_message().next_attempt_at)
        run(clock)

    assert timedelta(hours=18) < clock() - begun <= timedelta(hours=24, minutes=1)
    attempts = list(WebhookAttempt.objects.all())
    pauses = [later.started_at - earlier.started_at for earlier, later in pairwise(attempts)]
    assert len(attempts) >= 12
    assert pauses[-1] > 100 * pauses[0]
    assert the_message().state == WebhookState.DEAD
    assert the_subscription().is_active, "one message is no verdict over the receiver, until a day is over"

    clock.forward(hours=7)
    ended_call(user)
    run(clock)
    subscription = the_subscription()
    assert (subscription.is_active, subscription.disabled_reason) == (False, DisabledReason.FAILING)


def test_one_success_begins_the_day_anew(user: User, receiver: Receiver, clock: Clock) -> None:
    receiver.answers(BROKEN)
    subscribed(user, receiver.url, ENDED)
    ended_call(user)
    run(clock)
    assert the_subscription().failing_since is not None

    receiver.answers(OK)
    clock.forward(hours=23)
    run(clock)
    assert the_subscription().failing_since is None

    receiver.answers(BROKEN)
    clock.forward(hours=2)
    ended_call(user)
    run(clock)
    assert the_subscription().is_active


def test_an_enabled_subscription_gets_what_was_left_pending(user: User, receiver: Receiver, clock: Clock) -> None:
    subscribed(user, receiver.url, ENDED)
    receiver.answers(answer(b"", status=410))
    ended_call(user)
    run(clock)
    WebhookMessage.objects.update(state=WebhookState.PENDING)
    clock.forward(days=3)
    receiver.answers(OK)
    assert run(clock).delivered == 0

    switch(the_subscription(), is_active=True, by=user)

    assert run(clock).delivered == 1


def test_what_is_sent_again_has_the_same_id(user: User, receiver: Receiver, clock: Clock) -> None:
    subscribed(user, receiver.url, ENDED)
    ended_call(user)
    run(clock)

    assert send_again(message=the_message(), by=user)
    assert run(clock).delivered == 1

    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


def test_a_secret_that_no_key_opens_is_ours_to_mend_and_does_not_disable(
    user: User, receiver: Receiver, clock: Clock, settings: Any
) -> None:
    subscribed(user, receiver.url, ENDED)
    ended_call(user)
    keys = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert run(clock).failed == 1

    assert receiver.requests == []
    settings.ENCRYPTION_KEYS = keys
    assert the_subscription().failing_since is None
    clock.forward(minutes=1)
    assert run(clock).delivered == 1


# ---- Order, and turns ----------------------------------------------------------------------------------------------


def test_a_later_event_of_a_call_waits_for_the_earlier_one(user: User, receiver: Receiver, clock: Clock) -> None:
    receiver.answers(BROKEN)
    subscribed(user, receiver.url)
    call = make_call(user)
    happens(call, "call_initiated", "call_ended")
    other = ended_call(user)
    run(clock)
    waiting = [body["call"]["id"] for body in receiver.bodies if body["event_type"] == "call.ended"]
    assert waiting == [other.pk], "the end of the first call is not sent before its beginning"

    receiver.answers(OK)
    clock.forward(minutes=1)
    run(clock)

    of_call = [body["event_type"] for body in receiver.bodies if body["call"]["id"] == call.pk]
    assert of_call == ["call.started", "call.started", "call.ended"]


def test_what_was_given_up_keeps_nothing_back(user: User, receiver: Receiver, clock: Clock) -> None:
    subscribed(user, receiver.url)
    call = make_call(user)
    happens(call, "call_initiated", "call_ended")
    receiver.answers(BROKEN)
    run(clock)
    WebhookMessage.objects.filter(event_type="call.started").update(state=WebhookState.DEAD)
    receiver.answers(OK)
    clock.forward(minutes=1)

    run(clock)

    assert receiver.heard[-1] == "call.ended"


def test_a_receiver_that_stalls_does_not_keep_others_waiting(
    user: User, receiver: Receiver, other_receiver: Receiver, clock: Clock, settings: Any
) -> None:
    """It stalls until the other one has heard everything, which otherwise would be never."""
    settings.TETHER_WEBHOOK_SENDERS = 3
    over = Event()
    sent_by_then: list[int] = []

    def heard(count: int) -> None:
        if count == 10:
            sent_by_then.append(len(receiver.requests))
            over.set()

    receiver.answers(stall_until(over))
    other_receiver.answers(counted(OK, then=heard))
    subscribed(user, receiver.url, ENDED)
    subscribed(user, other_receiver.url, ENDED)
    for _ in range(10):
        ended_call(user)

    run(clock)

    assert len(other_receiver.requests) == 10
    assert sent_by_then[0] <= AT_A_TIME


def test_a_failing_receiver_is_sent_one_message_at_a_time(user: User, receiver: Receiver, clock: Clock) -> None:
    subscribed(user, receiver.url, ENDED)
    for _ in range(3):
        ended_call(user)
    fan_out()
    assert len(claim(now=clock(), limit=10)) == AT_A_TIME
    WebhookMessage.objects.update(lease=None, leased_until=None)
    WebhookSubscription.objects.update(failing_since=clock())
    assert len(claim(now=clock(), limit=10)) == 1


def test_subscriptions_of_another_organization_hear_nothing(
    user: User, receiver: Receiver, other_receiver: Receiver, clock: Clock
) -> None:
    subscribed(user, receiver.url, ENDED)
    subscribed(make_user(), other_receiver.url, ENDED)
    ended_call(user)

    run(clock)

    assert (len(receiver.requests), len(other_receiver.requests)) == (1, 0)
