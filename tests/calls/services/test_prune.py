"""Pruning: what is past its time goes, by the batch; everything else stays."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from calls.models import Call, Delivery, WebhookAttempt, WebhookMessage
from calls.services import prune as module
from calls.services.prune import prune
from tests.admin_site import make_event, make_webhook, make_webhook_message
from tests.factories import make_call
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


def days_ago(days: float) -> str:
    """An id that was made then."""
    return new_object_id(timezone.now() - timedelta(days=days))


def pruned() -> str:
    output = io.StringIO()
    call_command("prune", stdout=output)
    return output.getvalue()


def test_events_are_kept_for_as_long_as_the_setting_says(user: User, settings: Any) -> None:
    settings.TETHER_EVENT_LOG_DAYS = 10
    call = make_call(user)
    make_event(call, id=days_ago(10.1))
    young = make_event(call, id=days_ago(9.9))

    prune()

    assert list(EventLog.objects.all()) == [young]
    assert Call.objects.filter(pk=call.pk).exists()


def test_deliveries_are_kept_for_as_long_as_the_setting_says(user: User, settings: Any) -> None:
    settings.TETHER_DELIVERY_DAYS = 10
    fields = {"provider": "sinch", "verdict": "valid", "body": b"{}", "organization": user.organization}
    Delivery.objects.create(id=days_ago(11), **fields)
    young = Delivery.objects.create(id=days_ago(9), **fields)
    prune()
    assert list(Delivery.objects.all()) == [young]


def test_webhooks_go_with_their_attempts(user: User, settings: Any) -> None:
    settings.TETHER_WEBHOOK_LOG_DAYS = 10
    assert user.organization is not None
    call = make_call(user)
    webhook = make_webhook(user.organization)
    make_webhook_message(webhook, call, make_event(call), id=days_ago(11))
    young = make_webhook_message(webhook, call, make_event(call), id=days_ago(9))

    prune()

    assert list(WebhookMessage.objects.all()) == [young]
    assert {attempt.message_id for attempt in WebhookAttempt.objects.all()} == {young.pk}


def test_expired_tokens_and_sessions_go(user: User) -> None:
    now = timezone.now()
    expired, valid = (
        OutstandingToken.objects.create(
            user=user, jti=jti, token="", created_at=now, expires_at=now + timedelta(hours=hours)
        )
        for jti, hours in (("old", -1), ("new", 1))
    )
    for token in (expired, valid):
        BlacklistedToken.objects.create(token=token)
    for key, hours in (("old", -1), ("new", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=hours))

    prune()

    assert [token.jti for token in OutstandingToken.objects.all()] == ["new"]
    assert BlacklistedToken.objects.count() == 1
    assert [session.session_key for session in Session.objects.all()] == ["new"]


def test_rows_are_deleted_by_the_batch(
    user: User, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(module, "BATCH", 4)
    call = make_call(user)
    for _ in range(10):
        make_event(call, id=days_ago(100))

    # One statement finds a batch, one deletes it, in a transaction of its own; each table is asked once more.
    with django_assert_max_num_queries(3 * 4 + 1 + 5):
        prune()

    assert not EventLog.objects.exists()


def test_the_job_stops_when_its_time_is_over(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(module, "RUN_SECONDS", -1.0)
    call = make_call(user)
    for _ in range(10):
        make_event(call, id=days_ago(100))
    prune()
    assert EventLog.objects.exists()


def test_the_command_says_what_it_did_and_deletes_nothing_twice(user: User) -> None:
    make_event(make_call(user), id=days_ago(100))

    assert pruned().splitlines() == [
        "Deleted 1 events",
        "Deleted 0 deliveries of providers",
        "Deleted 0 webhooks sent",
        "Deleted 0 idempotency keys",
        "Deleted 0 expired tokens",
        "Deleted 0 expired sessions",
    ]
    assert pruned().startswith("Deleted 0 events\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_how_far_it_is(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    call = make_call(user)
    for _ in range(2):
        make_event(call, id=days_ago(100))
    terminal = Terminal()

    call_command("prune", stdout=terminal)

    lines = terminal.getvalue().split("\r")
    assert f"[{'#' * 15}{' ' * 15}] 1/2" in lines[2]
    assert f"[{'#' * 30}] 2/2" in lines[3]
