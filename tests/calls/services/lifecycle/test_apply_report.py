"""What a report changes besides the call's own columns: its message, conversation, recordings and events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from calls.models import Call, CallStatus, Recording
from calls.models.recording import recordings
from calls.reports import CallReport, InlineRecording, StoredRecording
from calls.services.browser_calls.terminate_call import terminate_call
from calls.services.lifecycle.apply_report import AppliedReport, apply_report
from calls.services.recordings.store_recording import discard_stored, store_recording
from conversations.models import Conversation, Message
from conversations.services import leave_call_message
from tests.at_once import at_once
from tests.calls.event_log import event_names
from tests.factories import make_call, make_contact, make_conversation, make_user, mp3_bytes
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

START = datetime(2026, 5, 15, 9, 12, tzinfo=UTC)
END = START + timedelta(seconds=72)


def make_dialled(user: User, **fields: Any) -> Call:
    assert user.organization is not None
    conversation = make_conversation(make_contact(user.organization), user=user)
    defaults: dict[str, Any] = {
        "provider": "elevenlabs",
        "status": CallStatus.INITIATED,
        "contact": conversation.contact,
        "conversation": conversation,
        "start_time": START,
        "duration": None,
    }
    return make_call(user, **{**defaults, **fields})


@pytest.fixture
def call(user: User) -> Call:
    return make_dialled(user)


def apply(call: Call, stored: StoredRecording | None = None, **told: Any) -> AppliedReport:
    report = CallReport(**{"provider": call.provider, **told})
    return apply_report(organization_id=call.organization_id, call_id=call.pk, report=report, stored=stored)


def stored_mp3(call: Call) -> StoredRecording:
    return store_recording(organization_id=call.organization_id, source=InlineRecording(mp3_bytes()))


def message_of(call: Call) -> Message:
    return Message.objects.get(call_id=call.pk)


def conversation_of(call: Call) -> Conversation:
    return Conversation.objects.get(pk=call.conversation_id or "")


# ---- Message and conversation --------------------------------------------------------------------------------------


def test_a_summary_takes_the_place_of_plain_words(call: Call) -> None:
    apply(call, status="completed", end_time=END)
    apply(call, summary="Moved to three.", agent_name="Alex")

    message, conversation = message_of(call), conversation_of(call)
    assert (message.content, message.is_ai_generated, message.sent_by) == ("Moved to three.", True, "Alex")
    assert (conversation.latest_message, conversation.message_count) == ("Moved to three.", 1)
    # The last is for webhooks, not for sockets.
    assert event_names(call.pk) == [
        *("call_ended", "fetch_messages", "fetch_messages", "note_created", "call_content_changed")
    ]


def test_plain_words_follow_a_duration_and_an_end_that_are_told_later(call: Call) -> None:
    apply(call, status="completed")
    apply(call, duration=63, end_time=END)

    message, conversation = message_of(call), conversation_of(call)
    assert (message.content, message.created_at) == ("Call completed (63 s)", END)
    assert (conversation.latest_message, conversation.last_message_time) == ("Call completed (63 s)", END)


def test_a_report_that_changes_no_word_is_no_news(call: Call) -> None:
    apply(call, status="completed", end_time=END, summary="Moved to three.")
    apply(call, status="completed", end_time=END, summary="Moved.", provider_metadata={"cost": 3})

    assert event_names(call.pk) == ["call_ended", "fetch_messages", "note_created"]


def test_the_conversation_goes_on_showing_what_is_newer(call: Call, user: User) -> None:
    apply(call, status="completed", end_time=END)
    newer = make_call(user, provider="elevenlabs", contact=call.contact, conversation=call.conversation)
    apply(newer, summary="The newest.", end_time=END + timedelta(hours=1))

    apply(call, summary="Moved to three.")

    conversation = conversation_of(call)
    assert message_of(call).content == "Moved to three."
    assert (conversation.latest_message, conversation.message_count) == ("The newest.", 2)
    assert conversation.last_message_time == END + timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_of_calls_that_end_at_once_in_a_conversation_the_newest_is_shown() -> None:
    for _ in range(5):
        call = make_dialled(make_user())
        apply(call, status="completed", end_time=END)

        at_once([partial(revise, call), partial(leave_another, call)])

        assert message_of(call).content == "Moved to three."
        assert conversation_of(call).latest_message == "The newest."


def revise(call: Call) -> None:
    apply(call, summary="Moved to three.")


@transaction.atomic
def leave_another(call: Call) -> None:
    assert call.user is not None
    assert call.contact_id is not None
    assert call.conversation_id is not None
    leave_call_message(
        organization_id=call.organization_id,
        conversation_id=call.conversation_id,
        contact_id=call.contact_id,
        call_id=make_call(call.user).pk,
        content="The newest.",
        direction="inbound",
        status="completed",
        sent_by="",
        is_ai_generated=False,
        at=END,
    )


# ---- The end -------------------------------------------------------------------------------------------------------


def test_of_two_ways_in_which_a_call_ended_the_first_stays(call: Call) -> None:
    apply(call, status="busy", end_time=END)
    apply(call, status="no-answer", end_time=END)
    apply(call, status="in-progress")

    call.refresh_from_db()
    assert call.status == CallStatus.BUSY
    assert event_names(call.pk) == ["call_ended", "fetch_messages"]


def test_the_providers_end_counts_before_the_moment_at_which_a_user_hung_up(user: User) -> None:
    call = make_dialled(user, provider="twilio", status=CallStatus.IN_PROGRESS, answer_time=START)
    terminate_call(organization_id=user.home_id, call_id=call.pk)

    apply(call, status="completed", end_time=END)

    call.refresh_from_db()
    assert (call.end_time, call.duration) == (END, 72.0)
    assert message_of(call).content == "Call completed (72 s)"
    assert event_names(call.pk) == ["call_ended", "fetch_messages", "fetch_messages", "call_updated"]


# ---- Recordings ----------------------------------------------------------------------------------------------------


def test_a_recording_becomes_the_calls_with_its_report(call: Call) -> None:
    stored = stored_mp3(call)

    assert apply(call, stored).stored_is_used

    recording = Recording.objects.get(call=call)
    event = EventLog.objects.get(call_id=call.pk)
    assert (recording.file.name, recording.sha256) == (stored.name, stored.sha256)
    assert (event.name, event.data["recordingId"]) == ("call_recording_ready", recording.pk)
    assert [one["_id"] for one in event.data["call"]["recordings"]] == [recording.pk]


def test_the_same_audio_is_kept_once(call: Call) -> None:
    first, again = stored_mp3(call), stored_mp3(call)
    apply(call, first)

    assert not apply(call, again).stored_is_used
    discard_stored(again)

    assert Recording.objects.get(call=call).file.name == first.name
    assert (recordings().exists(first.name), recordings().exists(again.name)) == (True, False)
    assert event_names(call.pk) == ["call_recording_ready"]


def test_the_same_file_once_more_is_still_the_calls(call: Call) -> None:
    stored = stored_mp3(call)
    apply(call, stored)

    assert apply(call, stored).stored_is_used
    assert event_names(call.pk) == ["call_recording_ready"]


def test_the_same_audio_is_another_recording_of_another_call(call: Call, user: User) -> None:
    other = make_dialled(user)

    assert apply(call, stored_mp3(call)).stored_is_used
    assert apply(other, stored_mp3(other)).stored_is_used


@pytest.mark.django_db(transaction=True)
def test_of_deliveries_of_one_audio_at_once_one_is_used() -> None:
    call = make_dialled(make_user())
    files = [stored_mp3(call) for _ in range(5)]

    applied = at_once([partial(apply, call, stored, status="completed", duration=42) for stored in files])

    assert [one.stored_is_used for one in applied].count(True) == 1
    assert Recording.objects.filter(call=call).count() == Message.objects.filter(call_id=call.pk).count() == 1
    assert sorted(event_names(call.pk)) == ["call_ended", "call_recording_ready", "fetch_messages"]


def test_an_end_and_its_recording_are_told_together_and_in_order(call: Call) -> None:
    apply(call, stored_mp3(call), status="completed", duration=42, summary="Moved to three.")

    events = EventLog.objects.filter(call_id=call.pk).order_by("id")
    assert [event.name for event in events] == [
        *("call_ended", "call_recording_ready", "fetch_messages", "note_created")
    ]
    assert all(len(event.data["call"]["recordings"]) == 1 for event in events[:2])


# ---- Another provider's report -------------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", ["twilio", "sinch"])
def test_an_agents_conversation_has_a_place_beside_the_carriers_id(carrier: str, user: User) -> None:
    call = make_dialled(user, provider=carrier, provider_call_id="CA1", from_number="")

    applied = apply(
        call,
        provider="elevenlabs",
        provider_call_id="conv_1",
        from_number="+14165550171",
        to_number="+14165550172",
        transcript=(),
        summary="Moved to three.",
        duration=42,
    ).call

    assert (applied.provider_call_id, applied.ai_conversation_id) == ("CA1", "conv_1")
    assert (applied.from_number, applied.to_number) == ("+14165550171", call.to_number)
    assert (applied.ai_summary, applied.ai_handled_duration, applied.duration) == ("Moved to three.", 42, 42)


def test_an_agents_own_call_keeps_its_id_where_it_was(call: Call) -> None:
    applied = apply(call, provider_call_id="conv_1").call

    assert (applied.provider_call_id, applied.ai_conversation_id) == ("conv_1", None)


def test_a_carriers_id_is_not_taken_for_the_agents(call: Call) -> None:
    applied = apply(call, provider="twilio", provider_call_id="CA1").call

    assert (applied.provider_call_id, applied.ai_conversation_id) == (None, None)


def test_a_conversation_is_one_calls_only(user: User) -> None:
    first, second = make_dialled(user, provider="twilio"), make_dialled(user, provider="sinch")
    apply(first, provider="elevenlabs", provider_call_id="conv_1")

    with pytest.raises(IntegrityError), transaction.atomic():
        apply(second, provider="elevenlabs", provider_call_id="conv_1")
