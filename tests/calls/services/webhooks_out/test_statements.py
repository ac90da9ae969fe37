"""How many statements a run takes does not grow with the subscriptions that it serves."""

from __future__ import annotations

import pytest
from django.db import connection

from calls.models import WebhookMessage, WebhookState, WebhookSubscription
from calls.services.webhooks_out.claim import Turns, claim, with_work
from calls.services.webhooks_out.fan_out import fan_out
from calls.services.webhooks_out.finish import Outcome, finish
from calls.services.webhooks_out.slow import ANY_NUMBER, Slow
from tests.calls.services.webhooks_out.receiving import Clock, ended_call, subscribed
from tests.statements import statements_made
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

URL = "https://crm.example.com/hook"


def waiting(user: User, *, subscriptions: int) -> None:
    for number in range(subscriptions):
        subscribed(user, f"{URL}/{number}", "call.ended")
    for _ in range(2):
        ended_call(user)
    fan_out()


@pytest.mark.parametrize("subscriptions", [1, 8])
def test_claims_and_outcomes(subscriptions: int, user: User, clock: Clock) -> None:
    waiting(user, subscriptions=subscriptions)

    with statements_made() as claiming:
        claimed = claim(now=clock(), limit=16)
    with statements_made() as finishing:
        finish(ended=[(each, Outcome(status=200)) for each in claimed], now=clock())

    assert len(claimed) == 2 * subscriptions
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {WebhookState.DELIVERED}
    # SQLite has no union of the first few of each.
    separate = 0 if connection.features.supports_slicing_ordering_in_compound else subscriptions - 1
    assert len(claiming) == 9 + separate, claiming
    assert len(finishing) == 4, finishing


def test_who_has_work_is_not_asked_where_it_is_known(user: User, clock: Clock) -> None:
    waiting(user, subscriptions=2)
    first, second = with_work(now=clock(), limit=10, slow=ANY_NUMBER)
    assert list(with_work(now=clock(), limit=1, slow=ANY_NUMBER)) == [first]

    with statements_made() as claiming:
        claimed = claim(now=clock(), limit=16, among=[second])

    assert {each.subscription_id for each in claimed} == {second}
    assert len(claiming) == 8, claiming
    assert claim(now=clock(), limit=16, among=[]) == []


def test_what_is_over_the_limit_is_served_first_the_next_time(user: User, clock: Clock) -> None:
    waiting(user, subscriptions=4)

    first = [each.subscription_id for each in claim(now=clock(), limit=3)]
    clock.forward(seconds=1)
    second = [each.subscription_id for each in claim(now=clock(), limit=16)]

    # Two of one, one of another, whose second comes after those of the subscriptions that had none.
    assert sorted(map(first.count, set(first))) == [1, 2]
    assert len(second) == 5
    assert second[-1] == first[2]


def test_slow_receivers_take_turns_in_the_room_that_all_of_them_have(user: User, clock: Clock) -> None:
    waiting(user, subscriptions=3)
    slow = Slow(set(with_work(now=clock(), limit=3, slow=ANY_NUMBER)), room=1)
    served = []

    for _ in range(3):
        (claimed,) = claim(now=clock(), limit=16, slow=slow)
        finish(ended=[(claimed, Outcome(status=200))], now=clock())
        served.append(claimed.subscription_id)
        clock.forward(seconds=1)

    assert set(served) == slow.subscription_ids


def test_quick_receivers_are_found_behind_slow_ones_that_there_is_no_room_for(user: User, clock: Clock) -> None:
    waiting(user, subscriptions=5)
    first, second, third, quick, failing = with_work(now=clock(), limit=5, slow=ANY_NUMBER)
    WebhookSubscription.objects.filter(pk=failing).update(failing_since=clock())
    turns = Turns()
    turns.look(now=clock(), slow=Slow({first, second, third}, room=1))

    assert turns.next(2, room=0) == [quick]
    assert turns.next(4, room=1) == [first, second, quick]
    assert turns.next(4, room=1) == [third, failing, quick]


def test_secrets_that_no_key_opens_keep_no_other_subscription_from_its_messages(user: User, clock: Clock) -> None:
    waiting(user, subscriptions=3)
    broken = WebhookSubscription.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE calls_webhooksubscription SET secrets = 'nonsense' WHERE id = %s", [broken.pk])

    claimed = claim(now=clock(), limit=16)

    assert len(claimed) == 6
    assert {each.subscription_id for each in claimed if not each.secrets} == {broken.pk}
