"""What is past its time is erased; what is not, or is held, stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db.models import F
from django.utils import timezone

from calls.models import (
    Call,
    CallRollup,
    CallWords,
    Delivery,
    LegalHold,
    Recording,
    RetentionRule,
    Transfer,
    WebhookMessage,
    WebhookSubscription,
)
from calls.services.counting.fold import count_calls
from calls.services.lifecycle.keep_words import keep_words
from calls.services.privacy import expire_content
from calls.services.privacy.expire_content import expire_step_by_step
from calls.services.privacy.keep_rules import Preview, Rule, preview
from calls.services.webhooks_out.fan_out import ensure_cursor, fan_out
from contacts.models import DoNotCallNumber
from conversations.models import Conversation, Message
from tests.factories import (
    make_call,
    make_contact,
    make_conversation,
    make_do_not_call,
    make_message,
    make_prompt,
    make_user,
    mp3_bytes,
)
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def user() -> User:
    return make_user()


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def make_recorded(user: User, days: float, **fields: Any) -> Call:
    """A call of so many days ago, with all that a call may leave."""
    assert user.organization is not None
    contact = make_contact(user.organization)
    conversation = make_conversation(contact, latest_message="Wants an offer")
    call = make_call(
        user,
        **{
            "contact": contact,
            "conversation": conversation,
            "to_number": contact.phone_number,
            "start_time": days_ago(days),
            "ai_transcript": [{"role": "user", "message": "An offer, please"}],
            "ai_summary": "Wants an offer",
            "metadata": {"customer": "17"},
            "provider_metadata": {"callSummaryTitle": "Offer", "cost": 3},
            **fields,
        },
    )
    keep_words(call)
    make_message(conversation, call_id=call.pk, content="Wants an offer", is_ai_generated=True)
    name = f"{user.home_id}/2026-05-15/{call.pk}.mp3"
    storages["recordings"].save(name, ContentFile(mp3_bytes()))
    Recording.objects.create(call=call, file=name, size=1, sha256="0" * 64)
    Delivery.objects.create(organization=user.organization, endpoint="x", provider="x", verdict="valid", call=call)
    EventLog.objects.create(
        organization_id=user.home_id, call_id=call.pk, name="call_ended", data={"call": {"aiSummary": "Wants an offer"}}
    )
    return call


def set_rule(user: User, **fields: Any) -> RetentionRule:
    return RetentionRule.objects.create(organization_id=user.home_id, **fields)


def expire() -> list[tuple[str, int]]:
    return [(slice_.part, slice_.calls) for slice_ in expire_step_by_step(now=NOW)]


def exists(call: Call) -> bool:
    return storages["recordings"].exists(f"{call.organization_id}/2026-05-15/{call.pk}.mp3")


def test_recordings_past_their_time_go_with_their_files(user: User) -> None:
    old, new = make_recorded(user, 31), make_recorded(user, 29)
    set_rule(user, audio_days=30)

    assert expire() == [("audio", 1)]

    old.refresh_from_db()
    assert old.audio_erased_at is not None
    assert (old.recordings.count(), exists(old)) == (0, False)
    assert old.ai_summary == "Wants an offer"
    assert old.content_erased_at is None
    assert not Delivery.objects.filter(call=old).exists()
    assert (new.recordings.count(), exists(new)) == (1, True)
    assert expire() == []


def test_words_past_their_time_go_wherever_they_were_written(user: User) -> None:
    old = make_recorded(user, 31)
    set_rule(user, transcript_days=30)

    assert expire() == [("transcript", 1)]

    old.refresh_from_db()
    assert (old.ai_transcript, old.ai_summary, old.analysis) == (None, "", None)
    assert old.provider_metadata == {"cost": 3}
    assert not CallWords.objects.exists()
    assert Message.objects.get().content == Conversation.objects.get().latest_message == "Call completed (60 s)"
    [event] = EventLog.objects.filter(name="call_ended")
    assert event.data == {"call": {}}
    assert old.recordings.count() == 1


def test_events_keep_telling_of_notes_and_transfers_without_the_words(user: User) -> None:
    """What people have written stays."""
    old = make_recorded(user, 31)
    told: dict[str, dict[str, Any]] = {
        "by an agent": {"note": {"type": "ai_summary", "note": "Wants an offer"}, "contactId": "1"},
        "by a person": {"note": {"type": "manual", "note": "Friendly"}, "contactId": "1"},
        "a transfer": {"transferId": "1", "reason": "Wants an offer", "summary": "Wants an offer", "fromNumber": "+1"},
        "a short one": {"transferId": "1", "reason": "Wants an offer", "fromNumber": "+1"},
        "the end of one": {"transferId": "1", "outcome": "accepted"},
    }
    for name, data in told.items():
        EventLog.objects.create(organization_id=user.home_id, call_id=old.pk, name=name, data=data)
    set_rule(user, transcript_days=30)

    expire()

    left = dict(EventLog.objects.filter(name__in=told).values_list("name", "data"))
    assert left == {
        **told,
        "by an agent": {"note": {"type": "ai_summary", "note": ""}, "contactId": "1"},
        "a transfer": {"transferId": "1", "reason": "", "summary": "", "fromNumber": "+1"},
        "a short one": {"transferId": "1", "reason": "", "fromNumber": "+1"},
    }


def test_what_was_told_of_a_transfer_before_its_call_was_known_goes_with_the_call(user: User) -> None:
    leg, others = make_recorded(user, 31), make_recorded(user, 29)
    organization_id, said = user.home_id, {"reason": "Wants an offer", "fromNumber": "+14165550123"}
    transfers = [
        Transfer.objects.create(
            organization_id=organization_id, provider="elevenlabs", transfer_number="+14165550100", state="ended",
            expires_at=timezone.now(), leg=call,
        )
        for call in (leg, others)
    ]  # fmt: skip
    told = [
        EventLog.objects.create(
            organization_id=organization_id, name="transfer_offered", data={"transferId": transfer.pk, **said}
        )
        for transfer in transfers
    ]
    rule = set_rule(user, transcript_days=30)

    expire()

    assert [EventLog.objects.get(pk=event.pk).data["reason"] for event in told] == ["", "Wants an offer"]
    RetentionRule.objects.filter(pk=rule.pk).update(call_days=30)
    expire()
    assert list(EventLog.objects.filter(name="transfer_offered")) == [told[1]]


def test_the_do_not_call_list_quotes_no_words_that_have_gone(user: User) -> None:
    """The numbers stay on it, and so does what people have written of them."""
    heard: dict[str, Any] = {
        "opt_out": {"by": "phrase", "turn": 1, "text": "Take me off"},
        "opted_out_at": timezone.now(),
    }
    quoted: dict[str, Any] = {"source": "call", "reason": "Asked in a call: Take me off"}
    old, new = make_recorded(user, 31, **heard), make_recorded(user, 29, **heard)
    marked, imported = make_recorded(user, 31, **heard), make_recorded(user, 31, **heard)
    home = user.organization
    assert home is not None
    entries: list[tuple[Call, dict[str, Any]]] = [
        (old, quoted),
        (new, quoted),
        (marked, {"source": "call", "reason": "She wrote to us", "added_by": user}),
        (imported, {**quoted, "source": "import"}),
    ]
    for call, told in entries:
        make_do_not_call(home, call_id=call.pk, **told)
    set_rule(user, transcript_days=30)

    expire()

    assert dict(DoNotCallNumber.objects.values_list("call_id", "reason")) == {
        old.pk: "Asked not to be called again",
        new.pk: "Asked in a call: Take me off",
        marked.pk: "She wrote to us",
        imported.pk: "Asked not to be called again",
    }


@pytest.mark.parametrize("known_by", ["provider_call_id", "ai_conversation_id"])
def test_words_in_requests_that_were_not_processed_go_as_well(user: User, known_by: str) -> None:
    make_recorded(user, 31, provider="elevenlabs", **{known_by: "conv_1"})
    told = {"organization": user.organization, "endpoint": "x", "provider": "elevenlabs", "verdict": "valid"}
    for state in ("failed", "ignored", "waiting"):
        Delivery.objects.create(**told, state=state, provider_call_id="conv_1", body=b"Wants an offer")
    others = Delivery.objects.create(**told, provider_call_id="conv_2", body=b"Of others")
    stranger = make_user().organization
    theirs = Delivery.objects.create(**{**told, "organization": stranger}, provider_call_id="conv_1")
    set_rule(user, transcript_days=30)

    expire()

    assert set(Delivery.objects.all()) == {others, theirs}


def test_a_call_past_its_time_names_nobody_and_still_counts(user: User) -> None:
    old = make_recorded(user, 31)
    set_rule(user, call_days=30)
    count_calls()
    before = list(CallRollup.objects.order_by("id").values("calls", "microseconds", "cost"))

    assert expire() == [("call", 1)]

    old.refresh_from_db()
    assert (old.to_number, old.contact_id, old.conversation_id, old.metadata) == ("", None, None, {})
    assert old.content_erased_at == NOW
    assert (old.duration, old.status) == (60.0, "completed")
    assert (old.recordings.count(), exists(old)) == (0, False)
    conversation = Conversation.objects.get()
    assert (conversation.message_count, conversation.latest_message) == (0, "")
    count_calls()
    assert list(CallRollup.objects.order_by("id").values("calls", "microseconds", "cost")) == before


def test_an_agents_rule_takes_the_place_of_the_organizations(user: User) -> None:
    assert user.organization is not None
    short, long = make_prompt(user.organization, name="Short"), make_prompt(user.organization, name="Long")
    of_short, of_long, of_none = (make_recorded(user, 20, ai_agent=agent) for agent in (short, long, None))
    set_rule(user, audio_days=10)
    set_rule(user, agent=short, audio_days=15)
    set_rule(user, agent=long, audio_days=None)

    expire()

    assert [call.recordings.count() for call in (of_short, of_long, of_none)] == [0, 1, 0]


def test_what_a_legal_hold_covers_stays(user: User) -> None:
    calls = [make_recorded(user, 31) for _ in range(5)]
    set_rule(user, audio_days=30, transcript_days=30, call_days=30)
    assert user.organization is not None
    place = {"organization": user.organization, "reason": "Claim"}
    LegalHold.objects.create(**place, scope="contact", contact_id=calls[0].contact_id)
    LegalHold.objects.create(**place, scope="number", phone_number=calls[1].to_number)
    LegalHold.objects.create(**place, scope="call", call_id=calls[2].pk)
    LegalHold.objects.create(**place, scope="call", call_id=calls[3].pk, released_at=NOW)

    expire()

    assert [exists(call) for call in calls] == [True, True, True, False, False]
    assert list(Call.objects.exclude(ai_summary="").order_by("pk")) == calls[:3]


@pytest.mark.parametrize("rule", ["transcript_days", "call_days"])
def test_who_was_handed_over_stays_as_long_as_the_call_that_arrived_is_held(user: User, rule: str) -> None:
    agents_call, leg = make_recorded(user, 31), make_recorded(user, 31)
    transfer = Transfer.objects.create(
        organization_id=user.home_id, call=agents_call, leg=leg, provider="elevenlabs", reason="Wants an offer",
        transfer_number="+14165550100", state="ended", expires_at=NOW,
    )  # fmt: skip
    hold = LegalHold.objects.create(organization_id=user.home_id, scope="call", call_id=leg.pk, reason="Claim")
    set_rule(user, **{rule: 30})

    expire()
    agents_call.refresh_from_db()
    assert agents_call.ai_summary == ""
    transfer.refresh_from_db()
    assert transfer.reason == "Wants an offer"

    LegalHold.objects.filter(pk=hold.pk).update(released_at=NOW)
    expire()
    assert list(Transfer.objects.exclude(reason="")) == []


def test_who_was_handed_over_by_a_call_that_never_became_known_goes_with_the_one_that_arrived(user: User) -> None:
    old, new = make_recorded(user, 31), make_recorded(user, 29)
    for leg in (old, new):
        Transfer.objects.create(
            organization_id=user.home_id, leg=leg, provider="elevenlabs", reason="Wants an offer",
            transfer_number="+14165550100", state="ended", expires_at=NOW,
        )  # fmt: skip
    set_rule(user, transcript_days=30)

    expire()

    assert {each.leg_id: each.reason for each in Transfer.objects.all()} == {old.pk: "", new.pk: "Wants an offer"}


def test_a_hold_of_a_period_covers_the_calls_that_began_in_it(user: User) -> None:
    before, within, after = (make_recorded(user, days) for days in (50, 40, 35))
    set_rule(user, audio_days=30)
    LegalHold.objects.create(
        organization_id=user.home_id, scope="period", begins=days_ago(45), ends=days_ago(36), reason="Claim"
    )

    expire()

    assert [exists(call) for call in (before, within, after)] == [False, True, False]


def test_calls_that_go_on_and_other_organizations_stay(user: User) -> None:
    running, others = make_recorded(user, 31, status="in-progress"), make_recorded(make_user(), 31)
    set_rule(user, audio_days=30, transcript_days=30, call_days=30)

    assert expire() == []
    assert exists(running)
    assert exists(others)


def test_it_goes_slice_by_slice_and_on_where_it_was_cut_off(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expire_content, "SLICE", 2)
    for _ in range(5):
        make_recorded(user, 31)
    set_rule(user, audio_days=30)

    first = expire_step_by_step(now=NOW)
    assert next(first).calls == 2
    first.close()

    assert expire() == [("audio", 2), ("audio", 1)]
    assert not Recording.objects.exists()


@pytest.mark.parametrize("change", [{"audio_days": 60}, {"audio_days": None}, None])
def test_a_rule_that_is_changed_meanwhile_holds_from_the_next_slice_on(
    user: User, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any] | None
) -> None:
    monkeypatch.setattr(expire_content, "SLICE", 2)
    for _ in range(5):
        make_recorded(user, 31)
    rule = set_rule(user, audio_days=30)

    job = expire_step_by_step(now=NOW)
    assert next(job).calls == 2
    if change is None:
        RetentionRule.objects.filter(pk=rule.pk).delete()
    else:
        RetentionRule.objects.filter(pk=rule.pk).update(**change)

    assert list(job) == []
    assert Recording.objects.count() == 3


def test_files_that_went_before_the_rows_are_no_obstacle(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    call = make_recorded(user, 31)
    set_rule(user, audio_days=30)

    class CutOff(BaseException):
        pass

    def cut_off(*_: Any) -> Any:
        raise CutOff

    monkeypatch.setattr("calls.services.privacy.erase_content.lock_calls_with_all", cut_off)
    with pytest.raises(CutOff):
        expire()
    assert (exists(call), call.recordings.count()) == (False, 1)
    monkeypatch.undo()

    assert expire() == [("audio", 1)]
    assert call.recordings.count() == 0


def test_webhooks_are_told(user: User) -> None:
    subscription = WebhookSubscription.objects.create(
        organization_id=user.home_id, name="CRM", url="https://example.com", subscribed_events=["call.erased"]
    )
    WebhookSubscription.objects.update(created_at=F("created_at") - timedelta(days=1))
    ensure_cursor()
    call = make_recorded(user, 31)
    set_rule(user, audio_days=30)

    expire()
    fan_out()

    [message] = WebhookMessage.objects.filter(subscription=subscription)
    assert message.event_type == "call.erased"
    assert f'"call_id":"{call.pk}","parts":["audio"]' in message.body


def test_the_preview_counts_what_the_job_would_erase(user: User) -> None:
    for days in (5, 15, 25):
        make_recorded(user, days)

    counted = preview(organization_id=user.home_id, rule=Rule(audio_days=10, transcript_days=20, call_days=None))

    assert counted == Preview(audio=2, transcript=1, call=0)
