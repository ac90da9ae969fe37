"""POST /api/webhook/elevenlabs: what a believed delivery does to calls."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from calls.models import Call, Delivery, Recording, VoiceAccount
from calls.services.deliveries.replay import replay_deliveries
from calls.services.lifecycle.call_context import remembered_call_id
from contacts.models import Contact
from conversations.models import Message
from tests.calls.event_log import events_of
from tests.calls.webhooks.elevenlabs_office import (
    AGENT,
    AGENT_NUMBER,
    CALLER,
    CUSTOMER,
    audio,
    deliver,
    event,
    failure,
    inbound_transcription,
    make_account,
    make_agent,
    make_ai_number,
    make_dialled,
    transcription,
)
from tests.clients import Answer, ApiClient
from tests.factories import make_call, make_contact, make_conversation, mp3_bytes
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

CONVERSATION = "conv_1"


@pytest.fixture(autouse=True)
def office(user: User) -> None:
    make_account(user)
    make_ai_number(user, make_agent(user, AGENT))


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def make_answered_dial(user: User, **fields: Any) -> Call:
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number=CUSTOMER)
    conversation = make_conversation(contact)
    return make_dialled(user, contact=contact, conversation=conversation, provider_call_id=CONVERSATION, **fields)


def without_times(**data: Any) -> dict[str, Any]:
    """Somebody has called the agent, and nothing is told of when or for how long."""
    told = inbound_transcription(CONVERSATION, **data)
    for name in ("start_time_unix_secs", "accepted_time_unix_secs", "call_duration_secs"):
        told["data"]["metadata"].pop(name, None)
    return told


def last_turn(told: dict[str, Any]) -> float:
    return max(float(turn["time_in_call_secs"]) for turn in told["data"]["transcript"])


def test_a_call_of_which_no_time_is_told_lasted_until_its_last_turn() -> None:
    told = without_times()

    deliver(told)

    call, delivery = Call.objects.get(), Delivery.objects.get()
    assert call.end_time == delivery.received_at
    assert call.duration == last_turn(told) > 5
    assert call.start_time == call.end_time - timedelta(seconds=call.duration)


def test_a_call_of_which_no_time_and_no_turn_is_told_lasted_no_time() -> None:
    deliver(without_times(transcript=[]))

    call = Call.objects.get()
    assert (call.status, call.duration) == ("completed", 0.0)
    assert call.start_time == call.end_time == Delivery.objects.get().received_at


def test_an_end_that_is_not_told_is_when_the_delivery_came_however_late_it_is_processed() -> None:
    told = without_times()
    assert deliver(told, secret="wsec_mistyped").status == 401
    came = Delivery.objects.get().received_at
    known = VoiceAccount.objects.get()
    known.secrets = {**known.secrets, "webhook_secret": "wsec_mistyped"}
    known.save()

    replay_deliveries(delivery_ids=[Delivery.objects.get().pk])

    call = Call.objects.get()
    assert (call.end_time, call.duration) == (came, last_turn(told))


def with_times(**data: Any) -> dict[str, Any]:
    """The same, told later as a whole."""
    return inbound_transcription(CONVERSATION, **data)


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0, 1), (1, 0, 0)])
def test_times_that_are_told_count_whether_they_come_before_or_after(order: tuple[int, ...]) -> None:
    bodies = (without_times(), with_times())
    for number in order:
        assert deliver(bodies[number]).status == 200

    metadata = bodies[1]["data"]["metadata"]
    call = Call.objects.get()
    assert call.start_time == datetime.fromtimestamp(metadata["start_time_unix_secs"], UTC)
    assert call.duration == metadata["call_duration_secs"]


def test_a_transcription_ends_the_call_that_was_dialled(api: ApiClient, user: User) -> None:
    call = make_answered_dial(user)

    answer = deliver(transcription(CONVERSATION))

    assert (answer.status, answer.body) == (200, {"received": True, "callId": call.pk})
    document = api.get(f"/api/calls/{call.pk}").body["call"]
    assert document["status"] == "completed"
    assert document["duration"] == 42
    assert document["aiTranscript"][0]["message"].startswith("Hello Dana")
    assert document["aiSummary"]
    assert events_of(call) == {"call_ended": 1, "fetch_messages": 1, "note_created": 1}
    assert Message.objects.get(call_id=call.pk).content == document["aiSummary"]


def test_audio_becomes_the_calls_recording(api: ApiClient, user: User) -> None:
    call = make_answered_dial(user)
    deliver(transcription(CONVERSATION))

    answer = deliver(audio(CONVERSATION))

    assert answer.body == {"received": True, "callId": call.pk}
    recording = api.get(f"/api/calls/{call.pk}/recording").body
    kept = Recording.objects.get(call=call)
    assert recording["recordingId"] == kept.pk
    with kept.file.open() as file:
        assert file.read() == mp3_bytes()
    assert events_of(call)["call_recording_ready"] == 1


def test_of_audio_that_is_stored_the_delivery_keeps_all_but_the_audio(api: ApiClient, user: User) -> None:
    make_dialled(user, provider_call_id=CONVERSATION)
    told = audio(CONVERSATION, note="as it came")
    deliver(told)

    delivery = Delivery.objects.get()
    assert json.loads(bytes(delivery.body)) == {
        **told,
        "data": {**told["data"], "full_audio": "", "full_audio_is_stored": True},
    }
    # Replayed, it changes nothing.
    assert replay_deliveries(delivery_ids=[delivery.pk]).states == {"processed": 1}
    (kept,) = Recording.objects.all()
    assert api.get(f"/api/calls/{kept.call_id}/recording").body["recordingId"] == kept.pk


def test_of_audio_that_waits_for_its_call_all_is_kept(user: User) -> None:
    told = audio(CONVERSATION)
    deliver(told)
    assert json.loads(bytes(Delivery.objects.get().body)) == told

    deliver(transcription(CONVERSATION))

    assert Recording.objects.count() == 1
    (kept,) = (bytes(each.body) for each in Delivery.objects.filter(kind="post_call_audio"))
    assert json.loads(kept)["data"]["full_audio"] == ""


@pytest.mark.parametrize("order", sorted(set(permutations(["transcription", "audio"] * 2))))
def test_whatever_comes_first_or_twice_it_is_one_call_with_one_recording(order: tuple[str, ...], user: User) -> None:
    call = make_dialled(user)
    bodies = {"transcription": transcription(CONVERSATION, user_id=call.pk), "audio": audio(CONVERSATION)}

    for kind in order:
        assert deliver(bodies[kind]).status == 200

    assert Call.objects.get().status == "completed"
    assert Recording.objects.get().call_id == call.pk
    assert events_of(call) == {"call_ended": 1, "call_recording_ready": 1}
    assert set(states()) == {"processed"}


def test_audio_that_comes_first_waits_for_its_call(user: User) -> None:
    answer = deliver(audio(CONVERSATION))

    assert (answer.status, answer.body) == (200, {"received": True})
    assert states() == ["waiting"]
    assert not Call.objects.exists()


def test_a_transcription_before_the_dials_answer_finds_its_call_by_our_id(user: User) -> None:
    call = make_dialled(user)

    deliver(transcription(CONVERSATION, user_id=call.pk))

    call.refresh_from_db()
    assert (call.provider_call_id, call.status) == (CONVERSATION, "completed")


def test_a_delivery_that_names_its_call_is_context_for_those_after_it(user: User) -> None:
    call = make_dialled(user)
    assert deliver(transcription(CONVERSATION, user_id=call.pk)).body["callId"] == call.pk

    def known(organization_id: str) -> str | None:
        return remembered_call_id(organization_id=organization_id, provider="elevenlabs", conversation_id=CONVERSATION)

    assert known(user.home_id) == call.pk
    assert known("0" * 24) is None


def test_our_id_counts_for_nothing_when_the_provider_has_named_another_conversation(user: User) -> None:
    call = make_dialled(user, provider_call_id="conv_of_this_call")

    deliver(transcription(CONVERSATION, user_id=call.pk))

    call.refresh_from_db()
    assert call.status == "initiated"
    assert Call.objects.exclude(pk=call.pk).get().provider_call_id == CONVERSATION


@pytest.mark.parametrize(
    ("reason", "status"),
    [("busy", "busy"), ("no-answer", "no-answer"), ("unknown", "failed"), ("voicemail-ban", "failed")],
)
def test_a_dial_that_reaches_nobody_ends_as_it_did(reason: str, status: str, user: User) -> None:
    call = make_answered_dial(user)

    deliver(failure(CONVERSATION, reason))

    call.refresh_from_db()
    assert (call.status, call.duration) == (status, 0)
    assert events_of(call) == {"call_ended": 1, "fetch_messages": 1}


def test_a_failure_before_the_dials_answer_finds_its_call_by_the_numbers(user: User) -> None:
    call = make_dialled(user)

    deliver(failure(CONVERSATION))

    assert Call.objects.get().pk == call.pk
    call.refresh_from_db()
    assert (call.status, call.provider_call_id) == ("busy", CONVERSATION)


def test_a_failure_of_a_call_that_we_did_not_dial_ends_no_earlier_than_it_began() -> None:
    deliver(failure(CONVERSATION))

    call = Call.objects.get()
    assert call.status == "busy"
    assert call.start_time == call.end_time


def test_a_call_to_the_agent_is_recorded_with_contact_conversation_and_message(user: User) -> None:
    answer = deliver(inbound_transcription(CONVERSATION))

    call = Call.objects.get()
    assert answer.body["callId"] == call.pk
    assert (call.direction, call.from_number, call.to_number) == ("inbound", CALLER, AGENT_NUMBER)
    assert (call.status, call.user_id, call.agent_name) == ("completed", user.pk, "Mia")
    assert Contact.objects.get(pk=call.contact_id).phone_number == CALLER
    assert Message.objects.get(call_id=call.pk).conversation_id == call.conversation_id
    assert events_of(call) == {"call_initiated": 1, "call_ended": 1, "fetch_messages": 1, "note_created": 1}


def test_a_conversation_that_was_no_telephone_call_is_kept_too(user: User) -> None:
    body = inbound_transcription(CONVERSATION)
    body["data"]["metadata"]["phone_call"] = None

    deliver(body)

    call = Call.objects.get()
    assert (call.direction, call.from_number, call.contact_id) == ("inbound", "", None)


def test_a_call_that_has_ended_stays_as_it_ended(user: User) -> None:
    call = make_answered_dial(user, status="canceled")

    deliver(transcription(CONVERSATION))

    call.refresh_from_db()
    assert call.status == "canceled"
    assert call.ai_summary  # what was said is kept all the same


def test_an_event_that_nobody_knows_is_kept_and_answered(user: User) -> None:
    answer = deliver(event("post_call_weather", {"agent_id": AGENT, "conversation_id": CONVERSATION}))

    assert (answer.status, answer.body) == (200, {"received": True})
    delivery = Delivery.objects.get()
    assert (delivery.kind, delivery.state) == ("post_call_weather", "ignored")


@pytest.fixture
def stranger(other_user: User) -> User:
    """Of another organization, with an account, a secret and an agent of its own."""
    make_account(other_user, secrets={"api_key": "k", "webhook_secret": "of the other"})
    make_agent(other_user, "agent_of_the_other")
    return other_user


def claim(conversation_id: str) -> Answer:
    return deliver(transcription(conversation_id, agent_id="agent_of_the_other"), secret="of the other")


def test_of_another_organizations_call_nothing_is_changed_or_said(user: User, stranger: User) -> None:
    call = make_answered_dial(user)

    answer = claim(CONVERSATION)

    theirs = Call.objects.of_organization(stranger.home_id).get()
    assert (answer.status, answer.body) == (200, {"received": True, "callId": theirs.pk})
    call.refresh_from_db()
    assert call.status == "initiated"
    assert Delivery.objects.get().call_id == theirs.pk != call.pk


def test_who_claims_the_id_of_a_conversation_first_keeps_it_from_no_other_organization(
    user: User, stranger: User
) -> None:
    claim(CONVERSATION)
    call = make_answered_dial(user)

    answer = deliver(transcription(CONVERSATION))

    assert answer.body == {"received": True, "callId": call.pk}
    call.refresh_from_db()
    assert call.status == "completed"
    assert Call.objects.of_organization(stranger.home_id).get().provider_call_id == CONVERSATION


def test_who_claims_the_conversation_of_a_carriers_call_first_keeps_it_from_no_other_organization(
    user: User, stranger: User
) -> None:
    for each in (stranger, user):
        make_call(
            each, provider="twilio", provider_call_id="CA1", ai_conversation_id=CONVERSATION, status="in-progress"
        )

    claim(CONVERSATION)
    deliver(transcription(CONVERSATION))

    assert Call.objects.count() == 2
    assert all(call.ai_transcript for call in Call.objects.all())


@pytest.mark.parametrize("name", ["provider_call_id", "ai_conversation_id"])
def test_within_an_organization_an_id_is_one_calls(name: str, user: User, stranger: User) -> None:
    for each in (user, stranger):
        make_call(each, provider="twilio", **{name: "of the provider"})

    with pytest.raises(IntegrityError), transaction.atomic():
        make_call(user, provider="twilio", **{name: "of the provider"})


def test_audio_of_another_organizations_call_is_not_attached(user: User, stranger: User) -> None:
    make_answered_dial(user)

    answer = deliver(audio(CONVERSATION, agent_id="agent_of_the_other"), secret="of the other")

    assert answer.body == {"received": True}
    assert not Recording.objects.exists()


@pytest.mark.parametrize(
    "data",
    [{}, {"conversation_id": None}, {"conversation_id": 7}, {"conversation_id": ""}, {"conversation_id": "x" * 300}],
)
def test_a_known_event_without_its_conversation_is_kept_and_refused(data: dict[str, Any]) -> None:
    answer = deliver(event("post_call_transcription", {"agent_id": AGENT, **data}))

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert states() == ["invalid"]


@pytest.mark.parametrize("content", [b"not an mp3", b"ID3" + bytes(100)])
def test_audio_that_is_no_mp3_is_kept_and_refused(content: bytes, user: User) -> None:
    make_answered_dial(user)

    answer = deliver(audio(CONVERSATION, content))

    assert (answer.status, answer.body["code"]) == (400, "RECORDING_INVALID")
    assert states() == ["invalid"]


def test_audio_that_is_no_base64_is_kept_and_refused(user: User) -> None:
    make_answered_dial(user)

    answer = deliver(audio(CONVERSATION, full_audio="%%%%"))

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


def test_audio_over_the_limit_is_refused(user: User, settings: Any) -> None:
    settings.TETHER_RECORDING_MAX_BYTES = 1000
    make_answered_dial(user)

    assert deliver(audio(CONVERSATION)).body["code"] == "RECORDING_TOO_LARGE"
