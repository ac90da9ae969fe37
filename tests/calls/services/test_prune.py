"""Pruning: what is past its time goes, by the batch; everything else stays."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from calls.models import (
    Call,
    Delivery,
    LegalHold,
    OutgoingText,
    RefusedPush,
    ScheduledCall,
    TextPurpose,
    Transfer,
    TransferOffer,
    WebhookAttempt,
    WebhookMessage,
)
from calls.selectors.texts.line import TextLine
from calls.services import prune as module
from calls.services.prune import prune
from calls.services.texts.queue_text import queue_text
from contacts.models import DoNotCallNumber, Reminder
from conversations.models import Message
from tests.admin_site import make_event, make_webhook, make_webhook_message
from tests.calls.scheduling import make_scheduled
from tests.calls.texting import OUR_NUMBER, make_twilio, twilio_status
from tests.factories import make_call, make_contact, make_reminder
from tests.statements import statements_made
from tests.unhurried import HOUR
from tether_calls.accounts.models import AvailabilityChange, EndedSession, OidcLogin, User
from tether_calls.common import slices
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


def test_changes_of_availability_are_kept_for_as_long_as_the_setting_says(user: User, settings: Any) -> None:
    settings.TETHER_AVAILABILITY_LOG_DAYS = 10
    fields = {"organization": user.organization, "user": user, "is_available": True, "reason": "user"}
    AvailabilityChange.objects.create(id=days_ago(11), **fields)
    young = AvailabilityChange.objects.create(id=days_ago(9), **fields)
    prune()
    assert list(AvailabilityChange.objects.all()) == [young]


def test_deliveries_are_kept_for_as_long_as_the_setting_says(user: User, settings: Any) -> None:
    settings.TETHER_DELIVERY_DAYS = 10
    fields = {"provider": "sinch", "verdict": "valid", "body": b"{}", "organization": user.organization}
    Delivery.objects.create(id=days_ago(11), **fields)
    young = Delivery.objects.create(id=days_ago(9), **fields)
    prune()
    assert list(Delivery.objects.all()) == [young]


class StoppedWithoutDeliveries:
    """The service is stopped as soon as there is no delivery any more."""

    def is_set(self) -> bool:
        return not Delivery.objects.exists()


def test_every_table_has_its_turn_however_much_is_left_of_one(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "FIRST_ROWS", 1)
    monkeypatch.setattr(slices, "MOST_ROWS", 1)
    call = make_call(user)
    for _ in range(5):
        make_event(call, id=days_ago(400))
    Delivery.objects.create(id=days_ago(400), provider="sinch", verdict="valid", body=b"{}")
    monkeypatch.setattr(module, "stopping", StoppedWithoutDeliveries())

    prune()

    assert (EventLog.objects.count(), Delivery.objects.count()) == (4, 0)


def test_refused_pushes_are_kept_for_as_long_as_the_setting_says(user: User, settings: Any) -> None:
    settings.TETHER_REFUSED_PUSH_DAYS = 10
    fields = {"organization": user.organization, "user": user, "status": 400, "code": "VALIDATION_ERROR"}
    RefusedPush.objects.create(id=days_ago(11), **fields)
    young = RefusedPush.objects.create(id=days_ago(9), **fields)
    prune()
    assert list(RefusedPush.objects.all()) == [young]


def test_calls_at_a_time_go_when_they_have_been_over_for_long(user: User, settings: Any) -> None:
    settings.TETHER_SCHEDULED_CALL_DAYS = 10
    old, new = timezone.now() - timedelta(days=11), timezone.now() - timedelta(days=9)
    for state, updated_at in (("completed", old), ("canceled", old), ("expired", old), ("failed", old)):
        touched(make_scheduled(user, id=days_ago(20), state=state), updated_at)
    kept = {
        touched(make_scheduled(user, id=days_ago(20), state=state), updated_at).pk
        for state, updated_at in (("scheduled", old), ("in_progress", old), ("completed", new))
    }

    prune()

    assert set(ScheduledCall.objects.values_list("pk", flat=True)) == kept


def touched(scheduled: ScheduledCall, updated_at: datetime) -> ScheduledCall:
    ScheduledCall.objects.filter(pk=scheduled.pk).update(updated_at=updated_at)
    return scheduled


def test_reminders_go_long_after_their_time_and_leave_their_call(user: User, settings: Any) -> None:
    settings.TETHER_REMINDER_DAYS = 10
    assert user.organization is not None
    contact = make_contact(user.organization)
    old, new = timezone.now() - timedelta(days=11), timezone.now() - timedelta(days=9)
    told = make_reminder(user, contact, id=days_ago(20), fired_at=old)
    scheduled = make_scheduled(user, reminder=told)
    kept = [
        make_reminder(user, contact, id=days_ago(20)),
        make_reminder(user, contact, id=days_ago(20), fired_at=new),
        make_reminder(user, contact, id=days_ago(20), fired_at=old, channel_type="sms", text_at=timezone.now()),
    ]

    prune()

    assert set(Reminder.objects.all()) == set(kept)
    scheduled.refresh_from_db()
    assert scheduled.reminder is None


def test_transfers_that_are_over_go_with_whom_they_were_offered_to(user: User, settings: Any) -> None:
    settings.TETHER_TRANSFER_DAYS = 10
    assert user.organization is not None
    organization, now = user.organization, timezone.now()

    def make(number: int, days: float, state: str) -> Transfer:
        transfer = Transfer.objects.create(
            id=days_ago(days),
            organization=organization,
            state=state,
            expires_at=now,
            transfer_number=f"+1416555010{number}",
        )
        TransferOffer.objects.create(
            organization=organization, transfer=transfer, user=user, state="declined", until=now
        )
        return transfer

    make(1, 11, "ended")
    make(2, 11, "nobody")
    kept = {make(3, 11, "offered"), make(4, 9, "ended")}

    prune()

    assert set(Transfer.objects.all()) == kept
    assert {offer.transfer for offer in TransferOffer.objects.all()} == kept


def test_reminders_and_transfers_under_a_legal_hold_stay_until_it_is_released(user: User, other_user: User) -> None:
    """A reminder that is done with is kept for the hold, and so is what was told of a caller."""
    over = timezone.now() - timedelta(days=300)
    stays: list[Any] = []
    goes: list[Any] = []
    for owner, kept in ((user, stays), (other_user, goes)):
        assert owner.organization is not None
        contact = make_contact(owner.organization, phone_number="+14165550123")
        told: dict[str, Any] = {"contact": contact, "direction": "inbound", "from_number": contact.phone_number}
        call = make_call(owner, **told)
        named = make_call(owner, **told, provider="elevenlabs", provider_call_id="conv_held")
        kept.append(make_reminder(owner, contact, id=days_ago(300), fired_at=over))
        abouts: list[dict[str, Any]] = [{"call": call}, {"leg": call}, {"conversation_id": named.provider_call_id}]
        for number, about in enumerate(abouts):
            kept.append(
                Transfer.objects.create(
                    id=days_ago(300),
                    organization=owner.organization,
                    state="ended",
                    expires_at=over,
                    transfer_number=f"+1416555010{number}",
                    **about,
                )
            )
        another = make_contact(owner.organization, phone_number="+14165550124")
        goes.append(make_reminder(owner, another, id=days_ago(300), fired_at=over))
    hold = LegalHold.objects.create(
        organization_id=user.home_id, scope="number", phone_number="+14165550123", reason="Claim", placed_by=user
    )

    prune()
    assert {*Reminder.objects.all(), *Transfer.objects.all()} == set(stays)

    LegalHold.objects.filter(pk=hold.pk).update(released_at=timezone.now())
    prune()
    assert not Reminder.objects.exists()
    assert not Transfer.objects.exists()


def test_how_texts_got_to_their_carriers_goes_and_the_texts_stay(user: User, settings: Any) -> None:
    settings.TETHER_OUTGOING_TEXT_DAYS = 10
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number="+14165550142")
    account = make_twilio(user)
    for days, state in ((11, "done"), (11, "waiting"), (9, "done")):
        with transaction.atomic():
            text = queue_text(
                organization_id=user.organization.pk,
                contact=contact,
                content="Hello",
                line=TextLine(account=account, phone_number=OUR_NUMBER),
                purpose=TextPurpose.USER,
            )
        OutgoingText.objects.filter(pk=text.pk).update(id=days_ago(days), state=state)

    prune()

    assert sorted(OutgoingText.objects.values_list("state", flat=True)) == ["done", "waiting"]
    assert Message.objects.count() == 3


def test_an_opt_out_that_is_told_after_that_still_puts_the_number_on_the_list(user: User) -> None:
    assert user.organization is not None
    account = make_twilio(user)
    with transaction.atomic():
        text = queue_text(
            organization_id=user.organization.pk,
            contact=make_contact(user.organization, phone_number="+14165550142"),
            content="Hello",
            line=TextLine(account=account, phone_number=OUR_NUMBER),
            purpose=TextPurpose.USER,
        )
    OutgoingText.objects.update(id=days_ago(100), state="done")
    prune()

    assert twilio_status(text, "failed", ErrorCode="21610").status == 200

    assert DoNotCallNumber.objects.get().phone_number == "+14165550142"


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
    for hours in (-1, 1):
        EndedSession.objects.create(expires_at=now + timedelta(hours=hours))
    for token in (expired, valid):
        BlacklistedToken.objects.create(token=token)
    for key, hours in (("old", -1), ("new", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=hours))

    prune()

    assert [token.jti for token in OutstandingToken.objects.all()] == ["new"]
    assert BlacklistedToken.objects.count() == 1
    assert EndedSession.objects.get().expires_at > now
    assert [session.session_key for session in Session.objects.all()] == ["new"]


def test_logins_at_an_openid_provider_go_once_no_browser_can_bring_one_back() -> None:
    now = timezone.now()
    for attempt, minutes in (("old", -1), ("new", 1)):
        OidcLogin.objects.create(attempt=attempt, door="admin", expires_at=now + timedelta(minutes=minutes))

    prune()

    assert OidcLogin.objects.get().attempt == "new"


def test_rows_are_deleted_by_the_slice(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "MOST_ROWS", 4)
    monkeypatch.setattr(slices, "FIRST_ROWS", 4)
    monkeypatch.setattr(slices, "TARGET_SECONDS", HOUR)
    call = make_call(user)
    for _ in range(10):
        make_event(call, id=days_ago(100))

    with statements_made() as made:
        prune()

    # One statement finds a slice, one deletes it, in a transaction of its own; each table is asked once more, and which
    # chains there are.
    assert len(made) == 3 * 2 + 1 + 17 + 2
    assert not EventLog.objects.exists()


def test_the_job_stops_when_its_time_is_over(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "FIRST_ROWS", 2)
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
        "Deleted 0 answers of agents' tools",
        "Deleted 0 refused pushes",
        "Deleted 0 changes of availability",
        "Deleted 0 scheduled calls",
        "Deleted 0 reminders",
        "Deleted 0 transfers",
        "Deleted 0 ways of texts",
        "Deleted 0 webhooks sent",
        "Deleted 0 idempotency keys",
        "Deleted 0 exports",
        "Deleted 0 expired tokens",
        "Deleted 0 sessions of users",
        "Deleted 0 password resets",
        "Deleted 0 logins at an OpenID provider",
        "Deleted 0 ended sessions",
        "Deleted 0 expired sessions",
        "Deleted 0 access logs",
    ]
    assert pruned().startswith("Deleted 0 events\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_how_far_it_is(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "FIRST_ROWS", 1)
    monkeypatch.setattr(slices, "MOST_ROWS", 1)
    call = make_call(user)
    for _ in range(2):
        make_event(call, id=days_ago(100))
    terminal = Terminal()

    call_command("prune", stdout=terminal)

    lines = terminal.getvalue().split("\r")
    assert f"[{'#' * 15}{' ' * 15}] 1/2" in lines[2]
    assert f"[{'#' * 30}] 2/2" in lines[3]
