"""Webhooks in the admin: made, looked after, sent again; their secret is shown once."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from calls.models import DisabledReason, WebhookMessage, WebhookState, WebhookSubscription
from calls.services.webhooks_out.subscriptions import MAX_SUBSCRIPTIONS
from tests.accounts.keys import make_key
from tests.admin_site import (
    add_to,
    admin_of,
    found,
    list_of,
    make_event,
    make_superuser,
    make_webhook,
    make_webhook_message,
    page_of,
    statements_of,
    text_of,
)
from tests.factories import make_call, make_user
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.accounts.services.api_keys import revoke_api_key

URL = "https://crm.example.com/hook"


@pytest.fixture
def message(user: User, home: Organization) -> WebhookMessage:
    call = make_call(user)
    return make_webhook_message(make_webhook(home), call, make_event(call))


def form(**fields: Any) -> dict[str, Any]:
    return {"name": "CRM", "url": URL, "subscribed_events": ["call.ended", "call.summary"], **fields}


def act(client: Client, action: str, *rows: Any) -> Any:
    return client.post(
        list_of(type(rows[0])), {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True
    )


# ---- Subscriptions -------------------------------------------------------------------------------------------------


def test_a_new_webhook_shows_its_secret_once(staff: Client, home: Organization) -> None:
    answer = staff.post(add_to(WebhookSubscription), form())

    subscription = WebhookSubscription.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(subscription))
    assert subscription.organization == home
    assert subscription.subscribed_events == ["call.ended", "call.summary"]
    secret = subscription.secrets["signing"]
    assert secret not in str(answer.cookies)
    assert secret in staff.get(page_of(subscription)).content.decode()
    for path in (page_of(subscription), list_of(WebhookSubscription), page_of(subscription, "history")):
        assert secret not in staff.get(path).content.decode()
    assert not [entry for entry in LogEntry.objects.all() if secret in entry.change_message]


def test_a_superuser_makes_one_for_an_organization(home: Organization) -> None:
    answer = admin_of(make_superuser()).post(add_to(WebhookSubscription), form(organization=home.pk))
    assert answer.status_code == 302
    assert WebhookSubscription.objects.get().organization == home


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "http://crm.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"subscribed_events": []}, "subscribed_events"),
        ({"subscribed_events": ["call.exploded"]}, "subscribed_events"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_said_and_not_saved(staff: Client, fields: dict[str, Any], field: str) -> None:
    answer = staff.post(add_to(WebhookSubscription), form(**fields))
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not WebhookSubscription.objects.exists()


def test_too_many_are_refused_with_words(staff: Client, home: Organization) -> None:
    for _ in range(MAX_SUBSCRIPTIONS):
        make_webhook(home)
    answer = staff.post(add_to(WebhookSubscription), form(), follow=True)
    assert "as many webhooks as it may have" in text_of(answer)
    assert WebhookSubscription.objects.count() == MAX_SUBSCRIPTIONS


def test_a_change_keeps_the_secret(staff: Client, home: Organization) -> None:
    subscription = make_webhook(home)
    before = dict(subscription.secrets)

    answer = staff.post(page_of(subscription), form(url=f"{URL}/2", subscribed_events=["call.failed"]))

    assert answer.status_code == 302
    subscription.refresh_from_db()
    assert (subscription.url, subscription.subscribed_events) == (f"{URL}/2", ["call.failed"])
    assert subscription.secrets == before


def test_a_disabled_one_says_why_and_is_enabled_again(staff: Client, home: Organization) -> None:
    subscription = make_webhook(
        home, is_active=False, disabled_at=timezone.now(), disabled_reason=DisabledReason.FAILING
    )
    assert "Nothing but failures for a day" in text_of(staff.get(page_of(subscription)))

    act(staff, "enable_selected", subscription)
    assert WebhookSubscription.objects.get().is_active
    assert WebhookSubscription.objects.get().disabled_reason == ""
    act(staff, "disable_selected", subscription)
    assert WebhookSubscription.objects.get().disabled_reason == DisabledReason.BY_HAND


def test_one_whose_key_is_gone_is_shown_and_changed_all_the_same(
    staff: Client, home: Organization, settings: Any
) -> None:
    subscription = make_webhook(home)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert subscription in found(staff, WebhookSubscription)
    assert "None of ENCRYPTION_KEYS opens it" in text_of(staff.get(page_of(subscription)))
    assert staff.post(page_of(subscription), form(name="Other")).status_code == 302


def test_one_is_deleted_with_what_was_sent_to_it(staff: Client, message: WebhookMessage) -> None:
    assert staff.post(page_of(message.subscription, "delete"), {"post": "yes"}).status_code == 302
    assert not WebhookMessage.objects.exists()


def test_another_organizations_are_out_of_reach(staff: Client, other_user: User) -> None:
    assert other_user.organization is not None
    theirs = make_webhook(other_user.organization)
    act(staff, "disable_selected", theirs)
    assert WebhookSubscription.objects.get().is_active


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD])
def test_webhooks_are_for_administrators_to_make_and_change(role: AccessRole, home: Organization) -> None:
    subscription = make_webhook(home)
    client = admin_of(make_user(organization=home, is_staff=True, access_role=role))

    assert client.get(page_of(subscription)).status_code == 200
    assert client.post(add_to(WebhookSubscription), form()).status_code == 403
    assert client.post(page_of(subscription), form(url=f"{URL}/2")).status_code == 403
    assert client.post(page_of(subscription, "delete"), {"post": "yes"}).status_code == 403
    for action in ("disable_selected", "take_over_selected", "test_selected", "replace_secret"):
        act(client, action, subscription)

    assert [(row.url, row.is_active) for row in WebhookSubscription.objects.all()] == [(subscription.url, True)]
    assert not WebhookMessage.objects.exists()


def test_one_of_an_api_key_says_so_and_is_taken_over(staff: Client, user: User, home: Organization) -> None:
    api_key = make_key(user, "can_manage_webhooks", name="Key of the CRM")
    subscription, other = make_webhook(home, api_key=api_key), make_webhook(home, api_key=api_key)
    assert "Key of the CRM" in text_of(staff.get(page_of(subscription)))

    act(staff, "take_over_selected", subscription)
    revoke_api_key(api_key=api_key)

    subscription.refresh_from_db()
    other.refresh_from_db()
    assert (subscription.is_active, subscription.api_key) == (True, None)
    assert (other.is_active, other.disabled_reason) == (False, DisabledReason.KEY_REVOKED)
    assert "was revoked" in text_of(staff.get(page_of(other)))


@pytest.mark.parametrize("by", ["form", "enabling"])
def test_whoever_changes_one_takes_it_over(by: str, staff: Client, user: User, home: Organization) -> None:
    subscription = make_webhook(home, api_key=make_key(user, "can_manage_webhooks"), is_active=by == "form")

    if by == "form":
        staff.post(page_of(subscription), form())
    else:
        act(staff, "enable_selected", subscription)

    subscription.refresh_from_db()
    assert (subscription.is_active, subscription.api_key) == (True, None)


def test_disabling_one_leaves_it_to_its_key(staff: Client, user: User, home: Organization) -> None:
    subscription = make_webhook(home, api_key=make_key(user, "can_manage_webhooks"))

    act(staff, "disable_selected", subscription)

    subscription.refresh_from_db()
    assert (subscription.is_active, subscription.api_key is None) == (False, False)


def test_a_test_is_sent_to_those_that_are_enabled(staff: Client, home: Organization) -> None:
    enabled, disabled = make_webhook(home), make_webhook(home, name="Off", is_active=False)

    answer = act(staff, "test_selected", enabled, disabled)

    assert "“Off”: The webhook is disabled" in text_of(answer)
    message = WebhookMessage.objects.get()
    assert (message.subscription, message.event_type, message.call_id) == (enabled, "webhook.test", None)
    assert "Test" in text_of(staff.get(list_of(WebhookMessage)))
    assert "webhook.test" in text_of(staff.get(page_of(message)))


def test_a_secret_is_replaced_and_shown_once(staff: Client, home: Organization) -> None:
    subscription = make_webhook(home)
    before = subscription.secrets["signing"]

    shown = act(staff, "replace_secret", subscription)

    subscription = WebhookSubscription.objects.get()
    secret = subscription.secrets["signing"]
    assert subscription.secrets["previous"] == before != secret
    assert secret in shown.content.decode()
    assert secret not in staff.get(page_of(subscription)).content.decode()
    assert not [entry for entry in LogEntry.objects.all() if secret in entry.change_message]
    assert "was replaced a while ago" in text_of(act(staff, "replace_secret", subscription))


def test_one_secret_is_replaced_at_a_time(staff: Client, home: Organization) -> None:
    chosen = [make_webhook(home) for _ in range(2)]

    assert "Choose one" in text_of(act(staff, "replace_secret", *chosen))
    assert {row.previous_secret_until for row in WebhookSubscription.objects.all()} == {None}


# ---- Messages ------------------------------------------------------------------------------------------------------


def test_a_message_shows_its_attempts_with_what_was_answered_escaped(staff: Client, message: WebhookMessage) -> None:
    message.attempt_log.update(response="<script>alert(1)</script>")
    page = staff.get(page_of(message))
    assert b"<script>alert" not in page.content
    text = text_of(page)
    assert "500" in text
    assert "12 ms" in text
    assert '"event_type": "call.ended"' in text


def test_messages_are_found_by_call_state_and_type(staff: Client, message: WebhookMessage) -> None:
    assert found(staff, WebhookMessage, q=message.call_id) == [message]
    assert found(staff, WebhookMessage, q=message.pk) == [message]
    assert found(staff, WebhookMessage, q="call") == []
    assert found(staff, WebhookMessage, state__exact="delivered") == [message]
    assert found(staff, WebhookMessage, state__exact="dead") == []
    assert found(staff, WebhookMessage, subscription__id__exact=message.subscription_id) == [message]


def test_a_message_is_sent_again(staff: Client, message: WebhookMessage) -> None:
    act(staff, "send_selected_again", message)
    message.refresh_from_db()
    assert message.state == WebhookState.PENDING


def test_a_message_of_a_disabled_webhook_is_not(staff: Client, message: WebhookMessage) -> None:
    WebhookSubscription.objects.update(is_active=False)
    assert "the webhook is disabled" in text_of(act(staff, "send_selected_again", message))
    message.refresh_from_db()
    assert message.state == WebhookState.DELIVERED


def test_the_list_reads_as_much_for_many_as_for_one(staff: Client, user: User, message: WebhookMessage) -> None:
    staff.get(list_of(WebhookMessage))
    one = len(statements_of(staff, list_of(WebhookMessage)))
    for _ in range(5):
        call = make_call(user)
        make_webhook_message(message.subscription, call, make_event(call))
    assert len(statements_of(staff, list_of(WebhookMessage))) == one


def test_nobody_writes_messages(staff: Client, message: WebhookMessage) -> None:
    assert staff.get(add_to(WebhookMessage)).status_code == 403
    assert staff.post(page_of(message), {"state": "dead"}).status_code == 403
    assert staff.post(page_of(message, "delete"), {"post": "yes"}).status_code == 403
