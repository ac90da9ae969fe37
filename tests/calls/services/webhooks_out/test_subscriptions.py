"""Subscriptions: what may be subscribed to, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from calls.models import WebhookSubscription
from calls.selectors.webhooks_out.subscriptions import webhooks_of
from calls.services.webhooks_out import subscriptions as module
from calls.services.webhooks_out.subscriptions import send_again, unsubscribe
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
from tether_calls.common.errors import ErrorCode, TetherError

pytestmark = pytest.mark.django_db

URL = "https://crm.example.com/hook"


def refused(user: User, url: str, *events: str) -> TetherError:
    with pytest.raises(TetherError) as caught:
        module.subscribe(organization_id=user.home_id, name="CRM", url=url, subscribed_events=events, by=user)
    assert not WebhookSubscription.objects.exists()
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "",
        "crm.example.com",
        "ftp://crm.example.com/",
        "http://crm.example.com/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.1/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/latest",
        "https://2130706433/",
        "https://user:password@crm.example.com/",
        "https://crm.example.com:22/",
        "https://crm.example.com/" + "x" * 3000,
    ],
)
def test_an_address_that_is_no_public_https_one_is_refused(user: User, url: str) -> None:
    error = refused(user, url, "call.ended")
    assert error.code == ErrorCode.VALIDATION_ERROR
    assert [detail.path for detail in error.details] == ["url"]


def test_events_that_there_are_not_are_refused_by_name(user: User) -> None:
    error = refused(user, URL, "call.ended", "call.exploded")
    assert [detail.path for detail in error.details] == ["subscribed_events[1]"]
    assert [detail.path for detail in refused(user, URL).details] == ["subscribed_events"]


def test_there_is_a_limit_for_each_organization(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SUBSCRIPTIONS", 2)
    for _ in range(2):
        subscribed(user, URL)
    with pytest.raises(TetherError) as caught:
        subscribed(user, URL)
    assert caught.value.code == ErrorCode.TOO_MANY_WEBHOOKS
    subscribed(make_user(), URL)


def test_each_subscription_has_a_secret_of_its_own_that_the_table_does_not_show(user: User) -> None:
    first, second = subscribed(user, URL), subscribed(user, URL)
    assert first.secret.startswith("whsec_")
    assert first.secret != second.secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM calls_webhooksubscription")
        stored = "".join(row[0] for row in cursor.fetchall())
    assert first.secret not in stored
    assert WebhookSubscription.objects.get(pk=first.subscription.pk).secrets == {"signing": first.secret}


def test_an_organization_sees_its_own_without_reading_a_secret(
    user: User, other_user: User, django_assert_num_queries: Any
) -> None:
    older, newer = (subscribed(user, URL).subscription for _ in range(2))
    subscribed(other_user, URL)

    with django_assert_num_queries(1):
        found = webhooks_of(organization_id=user.home_id)

    assert found == [newer, older]
    assert "secrets" in found[0].get_deferred_fields()


def test_another_organizations_subscription_is_like_one_that_there_is_not(user: User, other_user: User) -> None:
    theirs = subscribed(other_user, URL).subscription
    for subscription_id in (theirs.pk, "f" * 24):
        with pytest.raises(TetherError) as caught:
            unsubscribe(organization_id=user.home_id, subscription_id=subscription_id, by=user)
        assert caught.value.code == ErrorCode.WEBHOOK_NOT_FOUND
    assert WebhookSubscription.objects.filter(pk=theirs.pk).exists()


def test_nothing_is_sent_again_to_a_disabled_subscription(user: User, receiver: Receiver, clock: Clock) -> None:
    subscription = subscribed(user, receiver.url).subscription
    ended_call(user)
    run(clock)
    switch(subscription, is_active=False, by=user)

    assert not send_again(message=the_message(), by=user)
    assert run(clock).delivered == 0
