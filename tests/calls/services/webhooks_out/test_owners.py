"""A webhook ends with the API key that made it or changed it last, and goes on with the key in its place."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from importlib import import_module

import pytest
from django.apps import apps

from calls.models import DisabledReason, WebhookSubscription
from calls.services.webhooks_out.subscriptions import change_subscription, subscribe, take_over
from tests.accounts.keys import KEYS, make_key
from tests.at_once import at_once
from tests.calls.services.webhooks_out.receiving import Clock, Receiver, ended_call, run, subscribed
from tests.clients import ApiClient
from tests.factories import make_user
from tether_calls.accounts.models import AccessRole, ApiKey, User
from tether_calls.accounts.services.api_keys import revoke_api_key, rotate_api_key
from tether_calls.common.errors import ErrorCode, TetherError

pytestmark = pytest.mark.django_db

URL = "https://crm.example.com/hook"
MANAGES = ("can_read_calls", "can_read_messages", "can_manage_webhooks")


def made_by(by: User | ApiKey, *, url: str = URL) -> WebhookSubscription:
    user = by if isinstance(by, User) else by.user
    made = subscribe(organization_id=user.home_id, name="CRM", url=url, subscribed_events=["call.ended"], by=by)
    return made.subscription


def renamed(subscription: WebhookSubscription, *, by: User | ApiKey) -> None:
    change_subscription(
        organization_id=subscription.organization_id, subscription_id=subscription.pk, changes={"name": "New"}, by=by
    )


def are_active(*subscriptions: WebhookSubscription) -> list[bool]:
    by_id = WebhookSubscription.objects.in_bulk([subscription.pk for subscription in subscriptions])
    return [by_id[subscription.pk].is_active for subscription in subscriptions]


def test_a_revoked_key_ends_its_webhooks_and_no_others(
    api: ApiClient, user: User, receiver: Receiver, clock: Clock
) -> None:
    api_key, other_key = make_key(user, *MANAGES), make_key(user, *MANAGES)
    own, others, users = made_by(api_key, url=receiver.url), made_by(other_key), subscribed(user, URL).subscription

    assert api.delete(f"{KEYS}/{api_key.pk}").status == 200

    assert are_active(own, others, users) == [False, True, True]
    own.refresh_from_db()
    assert own.disabled_reason == DisabledReason.KEY_REVOKED
    assert own.disabled_at is not None
    ended_call(user)
    run(clock)
    assert receiver.requests == []


def test_revoking_a_key_again_disables_nothing_that_was_enabled_since(user: User) -> None:
    api_key = make_key(user, *MANAGES)
    own = made_by(api_key)
    revoke_api_key(api_key=api_key)
    WebhookSubscription.objects.update(is_active=True)

    revoke_api_key(api_key=api_key)

    assert are_active(own) == [True]


def test_one_that_was_disabled_before_says_why_it_was(user: User) -> None:
    api_key = make_key(user, *MANAGES)
    own = made_by(api_key)
    WebhookSubscription.objects.update(is_active=False, disabled_reason=DisabledReason.GONE)

    revoke_api_key(api_key=api_key)

    own.refresh_from_db()
    assert own.disabled_reason == DisabledReason.GONE


def test_a_webhook_that_a_user_has_taken_over_goes_on(user: User) -> None:
    api_key = make_key(user, *MANAGES)
    taken, changed, left = made_by(api_key), made_by(api_key), made_by(api_key)
    take_over(organization_id=user.home_id, subscription_id=taken.pk, by=user)
    renamed(changed, by=user)

    revoke_api_key(api_key=api_key)

    assert are_active(taken, changed, left) == [True, True, False]


def test_what_a_key_changes_ends_with_that_key_whoever_made_it(user: User) -> None:
    api_key, leaked = make_key(user, *MANAGES), make_key(user, *MANAGES)
    of_key, of_user = made_by(api_key), subscribed(user, URL).subscription
    for subscription in (of_key, of_user):
        renamed(subscription, by=leaked)

    revoke_api_key(api_key=api_key)
    assert are_active(of_key, of_user) == [True, True]
    revoke_api_key(api_key=leaked)

    assert are_active(of_key, of_user) == [False, False]


@pytest.mark.parametrize("overlap", [timedelta(), timedelta(hours=1)], ids=str)
def test_a_replaced_key_hands_its_webhooks_on(overlap: timedelta, user: User, receiver: Receiver, clock: Clock) -> None:
    old = make_key(user, *MANAGES)
    own = made_by(old, url=receiver.url)

    new = rotate_api_key(api_key=old, overlap=overlap)
    revoke_api_key(api_key=old)

    assert are_active(own) == [True]
    ended_call(user)
    assert run(clock).delivered == 1
    revoke_api_key(api_key=new)
    assert are_active(own) == [False]


def test_what_the_old_key_makes_during_the_overlap_ends_with_it(user: User) -> None:
    old = make_key(user, *MANAGES)
    rotate_api_key(api_key=old, overlap=timedelta(hours=1))
    late = made_by(ApiKey.objects.get(pk=old.pk))

    revoke_api_key(api_key=old)

    assert are_active(late) == [False]


def test_a_key_that_expires_ends_its_webhooks_and_no_others(
    user: User, receiver: Receiver, other_receiver: Receiver, clock: Clock
) -> None:
    short, longer = (make_key(user, *MANAGES, expires_at=clock() + timedelta(hours=hours)) for hours in (1, 3))
    own, others = made_by(short, url=receiver.url), made_by(longer, url=other_receiver.url)
    users = subscribed(user, other_receiver.url, "call.ended").subscription
    ended_call(user)
    clock.forward(hours=2)

    run(clock)

    assert are_active(own, others, users) == [False, True, True]
    own.refresh_from_db()
    assert own.disabled_reason == DisabledReason.KEY_REVOKED
    assert "expired" in own.get_disabled_reason_display()
    assert (len(receiver.requests), len(other_receiver.requests)) == (0, 2)


def test_so_does_what_a_replaced_key_has_made_when_its_overlap_is_over(user: User, clock: Clock) -> None:
    old = make_key(user, *MANAGES)
    handed_over = made_by(old)
    rotate_api_key(api_key=old, overlap=timedelta(hours=1))
    late = made_by(ApiKey.objects.get(pk=old.pk))

    run(clock)
    assert are_active(handed_over, late) == [True, True]
    clock.forward(hours=2)
    run(clock)

    assert are_active(handed_over, late) == [True, False]


def test_a_key_that_is_revoked_meanwhile_makes_and_changes_nothing(user: User) -> None:
    api_key = make_key(user, *MANAGES)
    others = subscribed(user, URL).subscription
    revoke_api_key(api_key=ApiKey.objects.get(pk=api_key.pk))

    for act in (partial(made_by, api_key), partial(renamed, others, by=api_key)):
        with pytest.raises(TetherError) as caught:
            act()
        assert caught.value.code == ErrorCode.UNAUTHORIZED

    assert [subscription.name for subscription in WebhookSubscription.objects.all()] == ["CRM"]


@pytest.mark.django_db(transaction=True)
def test_no_webhook_that_is_made_while_its_key_is_revoked_stays_active() -> None:
    user = make_user()

    def make(api_key: ApiKey) -> None:
        with suppress(TetherError):
            made_by(api_key)

    def revoke(api_key: ApiKey) -> None:
        revoke_api_key(api_key=api_key)

    for _ in range(5):  # they meet in the middle of it now and then
        api_key = make_key(user, *MANAGES)
        at_once([partial(make, api_key), partial(revoke, api_key), partial(make, api_key)])
        assert not WebhookSubscription.objects.filter(api_key=api_key, is_active=True).exists()


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD])
def test_users_below_administrators_manage_none(role: AccessRole, user: User) -> None:
    subscription = subscribed(user, URL).subscription
    colleague = make_user(organization=user.organization, access_role=role)

    for act in (
        partial(made_by, colleague),
        partial(renamed, subscription, by=colleague),
        partial(take_over, organization_id=user.home_id, subscription_id=subscription.pk, by=colleague),
    ):
        with pytest.raises(TetherError) as caught:
            act()
        assert caught.value.code == ErrorCode.FORBIDDEN


def test_an_upgrade_lets_keys_go_on_whose_user_has_webhooks(user: User, other_user: User) -> None:
    """Making one took `can_read_calls`; which key has made it was not known."""
    subscribed(user, URL)
    goes_on, reads_agents, elsewhere = (
        make_key(user, "can_read_calls"),
        make_key(user, "can_read_agents"),
        make_key(other_user, "can_read_calls", "can_initiate_calls"),
    )

    import_module("calls.migrations.0014_keys_with_webhooks").permit(apps, None)

    permitted = ApiKey.objects.in_bulk([key.pk for key in (goes_on, reads_agents, elsewhere)])
    assert [permitted[key.pk].can_manage_webhooks for key in (goes_on, reads_agents, elsewhere)] == [True, False, False]


def test_another_organizations_webhook_is_not_taken_over(user: User, other_user: User) -> None:
    api_key = make_key(other_user, *MANAGES)
    theirs = made_by(api_key)

    take_over(organization_id=user.home_id, subscription_id=theirs.pk, by=user)

    theirs.refresh_from_db()
    assert theirs.api_key == api_key
