"""How many webhooks a subscription has under way: more while its receiver answers well, never all senders."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from calls.models import WebhookMessage, WebhookState, WebhookSubscription
from calls.services.webhooks_out import pace, slow
from calls.services.webhooks_out.claim import AT_A_TIME, Claimed
from calls.services.webhooks_out.finish import Outcome
from calls.services.webhooks_out.pace import QUICK_MS, Pace
from tests.calls.services.webhooks_out.receiving import OK, Clock, Receiver, ended_call, run, subscribed
from tests.factories import make_user
from tests.http_targets import counted, stall_until
from tests.waiting import wait_until
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

QUICK = Outcome(status=200, duration_ms=QUICK_MS - 1)
ENDED = "call.ended"


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def any_answer_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine too."""
    monkeypatch.setattr(pace, "QUICK_MS", 3_600_000)


def attempt(subscription_id: str) -> Claimed:
    return Claimed(
        organization_id="organization",
        attempt_id="attempt",
        lease="attempt",
        message_id="message",
        subscription_id=subscription_id,
        url="https://example.com/hook",
        secrets=(),
        body=b"{}",
    )


def answers(run_of: Pace, subscription_id: str, outcome: Outcome, *, times: int = 1) -> None:
    for _ in range(times):
        run_of.begins(attempt(subscription_id))
        run_of.ended(attempt(subscription_id), outcome)


def test_each_quick_answer_earns_one_more_until_half_of_the_senders_are_earned() -> None:
    one = Pace(senders=16)

    answers(one, "a", QUICK, times=3)
    assert one.more == {"a": 3}
    answers(one, "a", QUICK, times=20)
    assert one.more == {"a": 8}
    answers(one, "b", QUICK)
    assert one.more == {"a": 8}, "of all subscriptions together"


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(status=200, duration_ms=QUICK_MS),
        Outcome(status=500, duration_ms=1),
        Outcome(error="The connection was refused", duration_ms=1),
    ],
)
def test_any_other_answer_takes_all_of_it_away(outcome: Outcome) -> None:
    one = Pace(senders=16)
    answers(one, "a", QUICK, times=3)
    answers(one, "b", QUICK)

    answers(one, "a", outcome)

    assert one.more == {"b": 1}


def test_what_a_subscription_has_no_use_for_others_may_earn() -> None:
    one = Pace(senders=4)
    answers(one, "a", QUICK, times=2)
    one.begins(attempt("b"))

    one.forget_idle()
    one.ended(attempt("b"), QUICK)

    assert one.more == {"b": 1}
    assert one.under_way == 0


def test_a_receiver_that_answers_well_gets_several_at_a_time(
    user: User, receiver: Receiver, clock: Clock, any_answer_is_quick: None
) -> None:
    """After a few answers it stalls until more are with it than a subscription has at first."""
    more_are_here = Event()

    def come(count: int) -> None:
        if count == 8:
            receiver.answers(counted(OK, then=wait_for_more))

    def wait_for_more(count: int) -> None:
        if count > AT_A_TIME + 1:
            more_are_here.set()
        more_are_here.wait()

    receiver.answers(counted(OK, then=come))
    subscribed(user, receiver.url, ENDED)
    for _ in range(30):
        ended_call(user)

    assert run(clock).delivered == 30


def test_when_quick_receivers_stall_others_hear_everything(
    user: User,
    receiver: Receiver,
    other_receiver: Receiver,
    clock: Clock,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.TETHER_WEBHOOK_SENDERS = 8
    over = Event()
    receiver.answers(counted(OK, then=lambda count: receiver.answers(stall_until(over)) if count == 10 else None))
    subscribed(user, receiver.url, ENDED)
    another = make_user()
    other_receiver.answers(counted(OK, then=lambda count: over.set() if count == 10 else None))
    subscribed(another, other_receiver.url, ENDED)
    for _ in range(40):
        ended_call(user)
    for _ in range(10):
        ended_call(another)

    run(clock)

    assert len(other_receiver.requests) == 10
    assert WebhookMessage.objects.filter(state=WebhookState.DELIVERED).count() >= 20


@pytest.mark.parametrize("outcome", [Outcome(status=200, duration_ms=QUICK_MS), Outcome(status=500, duration_ms=1)])
def test_who_was_slow_shares_half_of_the_senders_until_a_quick_answer(outcome: Outcome) -> None:
    """It is remembered by the process: a run begins anew every minute."""
    late, quick = new_object_id(), new_object_id()
    answers(Pace(senders=16), late, outcome)
    one = Pace(senders=16)
    for _ in range(5):
        one.begins(attempt(late))
    one.begins(attempt(quick))

    assert late in one.slow.subscription_ids
    assert quick not in one.slow.subscription_ids
    assert one.slow.room == 3

    one.ended(attempt(late), QUICK)
    assert late not in one.slow.subscription_ids
    assert one.slow.room == 8


def test_who_fails_is_slow_also_for_a_process_that_does_not_know_it() -> None:
    failing = new_object_id()
    one = Pace(senders=16)
    one.begins(replace(attempt(failing), is_failing=True))

    assert failing in one.slow.subscription_ids
    assert one.slow.room == 7


def test_of_the_slow_no_more_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "_MOST_REMEMBERED", 2)
    receivers = slow.SlowReceivers()
    for each in ("a", "b", "a", "c"):
        receivers.add(each)

    assert receivers.ids() == {"a", "c"}


def test_the_webhooks_of_an_organization_that_all_stall_leave_senders_to_another(
    user: User, receiver: Receiver, other_receiver: Receiver, clock: Clock, settings: Any
) -> None:
    """They stall until the other one has heard everything."""
    settings.TETHER_WEBHOOK_SENDERS = 4
    over = Event()
    stalled_by_then: list[int] = []

    def heard(count: int) -> None:
        if count == 10:
            wait_until(lambda: len(receiver.requests) >= 2, what="the ones that stall")
            stalled_by_then.append(len(receiver.requests))
            over.set()

    receiver.answers(stall_until(over))
    for _ in range(8):
        subscribed(user, receiver.url, ENDED)
    # They have failed before.
    WebhookSubscription.objects.update(failing_since=clock())
    another = make_user()
    other_receiver.answers(counted(OK, then=heard))
    subscribed(another, other_receiver.url, ENDED)
    ended_call(user)
    for _ in range(10):
        ended_call(another)

    run(clock)

    assert len(other_receiver.requests) == 10
    assert stalled_by_then == [2]
    assert len(receiver.requests) == 8
