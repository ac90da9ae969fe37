"""Several workers at once: no message is in two hands, and none stays in the hands of the dead."""

from __future__ import annotations

from collections import Counter

import pytest

from calls.models import DisabledReason, WebhookAttempt, WebhookMessage, WebhookState
from calls.services.webhooks_out.claim import Claimed, claim, lease_time
from calls.services.webhooks_out.fan_out import fan_out
from calls.services.webhooks_out.finish import Outcome, finish
from calls.services.webhooks_out.subscriptions import change_subscription, unsubscribe
from tests.at_once import at_once
from tests.calls.services.webhooks_out.receiving import (
    Clock,
    Receiver,
    ended_call,
    run,
    subscribed,
    switch,
    the_message,
)
from tests.factories import make_user
from tether_calls.accounts.models import User

URL = "https://crm.example.com/hook"


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user()


def test_workers_that_claim_at_once_never_get_the_same_message(user: User, clock: Clock) -> None:
    for number in range(4):
        subscribed(user, f"{URL}/{number}", "call.ended")
    for _ in range(5):
        ended_call(user)
    fan_out()

    def worker() -> list[str]:
        return [claimed.message_id for _ in range(5) for claimed in claim(now=clock(), limit=3)]

    taken = [message_id for ids in at_once([worker] * 6) for message_id in ids]

    assert Counter(taken).most_common(1)[0][1] == 1
    # Two of each subscription, and not more, for nothing of it is finished.
    assert len(taken) == 8


def test_workers_that_read_the_log_at_once_make_each_message_once(user: User) -> None:
    subscribed(user, URL, "call.ended")
    for _ in range(10):
        ended_call(user)

    at_once([fan_out] * 6)
    fan_out()

    assert WebhookMessage.objects.count() == 10


def test_several_workers_deliver_each_message_once(user: User, receiver: Receiver, clock: Clock) -> None:
    subscribed(user, receiver.url, "call.ended")
    for _ in range(12):
        ended_call(user)

    at_once([lambda: run(clock)] * 4)
    run(clock)

    assert len(receiver.ids) == 12
    assert len(set(receiver.ids)) == 12


def claimed_once(clock: Clock) -> Claimed:
    (claimed,) = claim(now=clock(), limit=1)
    return claimed


def test_what_a_killed_worker_had_in_hand_comes_back_with_the_same_id(
    user: User, receiver: Receiver, clock: Clock
) -> None:
    subscribed(user, receiver.url, "call.ended")
    ended_call(user)
    fan_out()
    lost = claimed_once(clock)

    assert run(clock).delivered == 0, "it may still be under way"
    clock.forward(seconds=lease_time().total_seconds() + 1)
    assert run(clock).delivered == 1

    assert receiver.ids == [lost.message_id]
    first, second = WebhookAttempt.objects.all()
    assert (first.status, first.error) == (None, "")
    assert second.status == 200


def test_who_comes_back_late_with_a_failure_changes_nothing(user: User, clock: Clock) -> None:
    subscribed(user, URL, "call.ended")
    ended_call(user)
    fan_out()
    slow = claimed_once(clock)
    clock.forward(seconds=lease_time().total_seconds() + 1)
    fast = claimed_once(clock)

    finish(ended=[(slow, Outcome(status=500))], now=clock())
    assert the_message().lease == fast.attempt_id
    finish(ended=[(fast, Outcome(status=200))], now=clock())
    finish(ended=[(slow, Outcome(status=500))], now=clock())
    assert the_message().state == WebhookState.DELIVERED


def test_who_comes_back_late_with_a_success_has_delivered(user: User, clock: Clock) -> None:
    subscribed(user, URL, "call.ended")
    ended_call(user)
    fan_out()
    slow = claimed_once(clock)
    clock.forward(seconds=lease_time().total_seconds() + 1)
    claimed_once(clock)

    finish(ended=[(slow, Outcome(status=200))], now=clock())

    assert the_message().state == WebhookState.DELIVERED


def test_an_outcome_of_what_was_deleted_meanwhile_is_dropped(user: User, clock: Clock) -> None:
    subscription = subscribed(user, URL, "call.ended").subscription
    ended_call(user)
    fan_out()
    claimed = claimed_once(clock)
    subscription.delete()

    finish(ended=[(claimed, Outcome(status=500))], now=clock())

    assert not WebhookAttempt.objects.exists()


@pytest.mark.parametrize("status", [410, 500])
def test_what_the_address_before_answers_is_not_held_against_the_new_one(
    status: int, user: User, receiver: Receiver, clock: Clock
) -> None:
    subscription = subscribed(user, URL, "call.ended").subscription
    ended_call(user)
    fan_out()
    under_way = claimed_once(clock)
    change_subscription(
        organization_id=user.home_id, subscription_id=subscription.pk, changes={"url": receiver.url}, by=user
    )

    finish(ended=[(under_way, Outcome(status=status))], now=clock())

    subscription.refresh_from_db()
    assert (subscription.is_active, subscription.failing_since) == (True, None)
    assert run(clock).delivered == 1
    assert receiver.ids == [under_way.message_id]


def test_a_webhook_that_was_disabled_meanwhile_keeps_its_reason(user: User, clock: Clock) -> None:
    subscription = subscribed(user, URL, "call.ended").subscription
    ended_call(user)
    fan_out()
    under_way = claimed_once(clock)
    switch(subscription, is_active=False, by=user)

    finish(ended=[(under_way, Outcome(status=410))], now=clock())

    subscription.refresh_from_db()
    assert subscription.disabled_reason == DisabledReason.BY_HAND


def test_a_subscription_is_deleted_while_workers_deliver(user: User, receiver: Receiver, clock: Clock) -> None:
    doomed = [subscribed(user, receiver.url, "call.ended").subscription for _ in range(3)]
    kept = subscribed(user, receiver.url, "call.ended").subscription
    for _ in range(6):
        ended_call(user)

    def delete() -> None:
        for subscription in doomed:
            unsubscribe(organization_id=user.home_id, subscription_id=subscription.pk, by=user)

    def deliver() -> None:
        run(clock)

    at_once([deliver, deliver, delete, deliver])
    run(clock)

    assert list(WebhookMessage.objects.values_list("state", "subscription")) == [("delivered", kept.pk)] * 6
    assert WebhookAttempt.objects.count() == 6
