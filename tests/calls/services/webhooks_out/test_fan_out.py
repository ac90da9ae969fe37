"""From the event log to messages: which event becomes which, each once, none skipped."""

from __future__ import annotations

from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connections, transaction

from calls.models import Call, CallStatus, WebhookCursor, WebhookMessage
from calls.reports import CallReport, TranscriptTurn
from calls.services.lifecycle.apply_report import apply_report
from calls.services.webhooks_out import fan_out as module
from calls.services.webhooks_out.fan_out import fan_out
from calls.services.webhooks_out.subscriptions import unsubscribe
from tests.admin_site import make_event
from tests.calls.api.ingesting import ingested
from tests.calls.services.webhooks_out.receiving import Clock, Receiver, ended_call, happens, run, subscribed, switch
from tests.clients import ApiClient
from tests.factories import ingest_body, make_call, make_contact, make_prompt, missed_call_body
from tests.statements import statements_made
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def url() -> str:
    """Nothing is sent in these tests."""
    return "https://crm.example.com/hook"


def made() -> list[str]:
    return list(WebhookMessage.objects.order_by("pk").values_list("event_type", flat=True))


def test_a_pushed_call_becomes_its_events_in_order(vendor: ApiClient, user: User, url: str) -> None:
    subscribed(user, url)
    ingested(vendor, ingest_body())

    fan_out()

    assert made() == ["call.started", "call.ended", "call.transcript", "call.summary", "call.recording"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", "call.ended"),
        ("failed", "call.failed"),
        ("busy", "call.ended"),
        ("no-answer", "call.ended"),
        ("canceled", "call.ended"),
    ],
)
def test_an_end_is_told_with_its_status(user: User, url: str, status: str, expected: str) -> None:
    subscribed(user, url)
    ended_call(user, status=status)

    fan_out()

    message = WebhookMessage.objects.get()
    assert message.event_type == expected
    assert f'"status":"{status}"' in message.body


def test_a_declined_call_is_over(user: User, url: str) -> None:
    subscribed(user, url)
    happens(make_call(user, status="no-answer"), "call_initiated", "call_rejected")
    fan_out()
    assert made() == ["call.started", "call.ended"]


def test_only_what_was_subscribed_to_becomes_a_message(vendor: ApiClient, user: User, url: str) -> None:
    subscribed(user, url, "call.summary")
    subscribed(user, url, "call.failed")
    ingested(vendor, ingest_body())
    ingested(vendor, missed_call_body(status="failed"))
    fan_out()
    assert made() == ["call.summary", "call.failed"]


def test_the_body_has_the_call_as_it_was_then(user: User, url: str) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Kim", last_name="Lee")
    call = make_call(user, contact=contact, ai_agent=make_prompt(user.organization, name="Alex"), status="ringing")
    subscribed(user, url, "call.started")
    happens(call, "call_initiated")
    Call.objects.filter(pk=call.pk).update(status="completed", ai_summary="Later.")

    fan_out()

    body = WebhookMessage.objects.get().body
    assert '"status":"ringing"' in body
    assert "Later." not in body
    assert f'"contact":{{"id":"{contact.pk}","first_name":"Kim","last_name":"Lee"' in body
    assert '"agent_name":"Alex"' in body


def test_a_call_that_is_gone_is_told_of_from_the_event(user: User, url: str) -> None:
    subscribed(user, url, "call.ended")
    call = ended_call(user, status="canceled")
    Call.objects.filter(pk=call.pk).delete()
    fan_out()
    message = WebhookMessage.objects.get()
    assert message.call_id == call.pk
    assert '"status":"canceled"' in message.body
    assert '"phone_number":"+14165550199"' in message.body


# ---- Texts ---------------------------------------------------------------------------------------------------------


def report(summary: str | None, *messages: str) -> CallReport:
    turns = tuple(TranscriptTurn(role="agent", message=message) for message in messages)
    return CallReport(provider="elevenlabs", status=CallStatus.COMPLETED, summary=summary, transcript=turns or None)


def test_a_text_that_comes_later_is_told_when_it_comes_and_once(user: User, url: str) -> None:
    subscribed(user, url, "call.ended", "call.transcript", "call.summary")
    call = make_call(user, provider="elevenlabs", status="in-progress", duration=None)
    apply_report(organization_id=call.organization_id, call_id=call.pk, report=report(None))
    fan_out()
    assert made() == ["call.ended"]

    apply_report(organization_id=call.organization_id, call_id=call.pk, report=report("Short.", "Hello"))
    fan_out()
    assert made() == ["call.ended", "call.transcript", "call.summary"]
    apply_report(organization_id=call.organization_id, call_id=call.pk, report=report("Short.", "Hello"))
    fan_out()
    assert len(made()) == 3

    apply_report(organization_id=call.organization_id, call_id=call.pk, report=report("Much longer.", "Hello"))
    fan_out()
    assert made()[3:] == ["call.summary"]


def test_texts_that_came_before_the_log_was_read_are_told_once(user: User, url: str) -> None:
    subscribed(user, url, "call.ended", "call.transcript", "call.summary")
    call = make_call(user, provider="elevenlabs", status="in-progress", duration=None)
    apply_report(organization_id=call.organization_id, call_id=call.pk, report=report(None))
    apply_report(organization_id=call.organization_id, call_id=call.pk, report=report("Short.", "Hello"))

    fan_out()

    assert sorted(made()) == ["call.ended", "call.summary", "call.transcript"]
    assert '"transcript":"agent: Hello"' in WebhookMessage.objects.get(event_type="call.transcript").body


def test_what_is_for_webhooks_is_in_the_log(user: User, url: str) -> None:
    call = make_call(user, provider="elevenlabs", status="completed")
    apply_report(organization_id=call.organization_id, call_id=call.pk, report=report("Short.", "Hello"))
    assert EventLog.objects.filter(call_id=call.pk, name="call_content_changed").exists()


# ---- Nothing twice, nothing skipped --------------------------------------------------------------------------------


def test_what_was_read_is_not_read_again(user: User, url: str) -> None:
    subscribed(user, url)
    ended_call(user)
    assert fan_out() == 1
    assert fan_out() == 0


def test_a_log_that_is_read_again_makes_no_message_twice(user: User, url: str) -> None:
    subscribed(user, url)
    happens(make_call(user, ai_summary="Text."), "call_initiated", "call_ended")
    fan_out()
    before = made()
    WebhookCursor.objects.update(last_event_id="")

    assert fan_out() == 2
    assert made() == before


def test_a_long_log_is_read_page_by_page(user: User, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    subscribed(user, url)
    for _ in range(8):
        ended_call(user)
    assert fan_out() == 8
    assert len(made()) == 8


def test_what_happened_before_a_subscription_is_not_told(user: User, url: str) -> None:
    ended_call(user)
    subscribed(user, url)
    subscribed(user, url)
    ended_call(user)
    fan_out()
    assert len(made()) == 2


def test_what_happens_while_a_subscription_is_disabled_is_not_told(user: User, url: str) -> None:
    subscription = subscribed(user, url).subscription
    switch(subscription, is_active=False, by=user)
    ended_call(user)
    fan_out()
    subscribed(user, url)
    fan_out()
    assert made() == []


def test_a_subscription_that_is_deleted_takes_its_messages_along(user: User, url: str) -> None:
    subscription = subscribed(user, url).subscription
    ended_call(user)
    fan_out()
    unsubscribe(organization_id=user.home_id, subscription_id=subscription.pk, by=user)
    assert made() == []


def test_an_event_that_cannot_be_told_keeps_nothing_back(user: User, url: str) -> None:
    subscribed(user, url, "call.ended")
    make_event(make_call(user), data={"call": {"startTime": "never"}})
    ended_call(user)
    fan_out()
    assert len(made()) == 1


def test_nor_does_one_that_is_of_no_call(user: User, url: str) -> None:
    subscribed(user, url)
    make_event(make_call(user), name="note_created", data={"note": {}})
    ended_call(user)
    fan_out()
    assert made() == ["call.ended"]


def test_no_statement_has_more_than_it_can_hold_however_many_subscribe(
    user: User, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_CHARACTERS", 30_000)
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    for _ in range(5):
        subscribed(user, url, "call.transcript")
    transcript = [{"role": "user", "message": "x" * 10_000, "timeInCallSecs": 0}]
    for number in range(8):
        ended_call(user, ai_transcript=[*transcript, {"role": "user", "message": str(number), "timeInCallSecs": 1}])

    with statements_made() as statements:
        fan_out()

    assert made() == ["call.transcript"] * 40
    # With the body that goes over the limit.
    assert max(len(each) for each in statements) < 50_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("'DATABASE_URL' not in os.environ", reason="SQLite lets one transaction write at a time")
def test_an_event_that_is_committed_after_a_later_one_is_told(user: User, url: str) -> None:
    subscribed(user, url)
    slow, fast = make_call(user), make_call(user)
    begun, may_commit = Signal(), Signal()

    def slowly() -> None:
        try:
            with transaction.atomic():
                happens(slow, "call_ended")
                begun.set()
                assert may_commit.wait(PATIENCE)
        finally:
            connections.close_all()

    thread = Thread(target=slowly)
    thread.start()
    assert begun.wait(PATIENCE)
    happens(fast, "call_ended")
    fan_out()
    assert [message.call_id for message in WebhookMessage.objects.all()] == [fast.pk]
    may_commit.set()
    thread.join()

    fan_out()
    assert {message.call_id for message in WebhookMessage.objects.all()} == {slow.pk, fast.pk}
    happens(fast, "call_recording_ready")
    fan_out()
    fan_out()
    assert WebhookMessage.objects.count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("'DATABASE_URL' not in os.environ", reason="SQLite lets one transaction write at a time")
def test_a_transaction_that_stays_open_does_not_stop_the_others(
    user: User, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    subscribed(user, url)
    begun, may_end = Signal(), Signal()

    def long_one() -> None:
        try:
            with transaction.atomic():
                make_call(user)
                begun.set()
                assert may_end.wait(PATIENCE)
        finally:
            connections.close_all()

    thread = Thread(target=long_one)
    thread.start()
    assert begun.wait(PATIENCE)
    for count in range(1, 12):
        ended_call(user)
        fan_out()
        assert len(made()) == count
    may_end.set()
    thread.join()


def test_nothing_is_sent_of_events_that_are_of_no_interest(user: User, receiver: Receiver, clock: Clock) -> None:
    subscribed(user, receiver.url)
    happens(make_call(user), "call_answered", "fetch_messages")
    run(clock)
    assert receiver.requests == []
