"""POST /api/webhook/elevenlabs: what a believed delivery does to calls."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from calls.models import Call, Delivery, Recording
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
from tests.clients import ApiClient
from tests.factories import make_contact, make_conversation, mp3_bytes
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


def test_a_transcription_ends_the_call_that_was_dialled(api: ApiClient, user: User) -> None:
    call = make_answered_dial(user)

    answer = deliver(transcription(CONVERSATION))

    assert (answer.status, answer.body) == (200, {"received": True, "callId": call.pk})
    document = api.get(f"/api/calls/{call.pk}").body["call"]
    assert document["status"] == "completed"
    assert document["duration"] == 42
    assert document["aiTranscript"][0]["message"].startswith("Hello Dana")
    assert document["aiSummary"]
    assert events_of(call) == {"call_ended": 1, "fetch_messages": 1}
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
    assert events_of(call) == {"call_initiated": 1, "call_ended": 1, "fetch_messages": 1}


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


def test_of_another_organizations_call_nothing_is_changed_or_said(user: User, other_user: User) -> None:
    call = make_answered_dial(user)
    make_account(other_user, secrets={"api_key": "k", "webhook_secret": "of the other"})
    make_agent(other_user, "agent_of_the_other")

    answer = deliver(transcription(CONVERSATION, agent_id="agent_of_the_other"), secret="of the other")

    assert (answer.status, answer.body) == (200, {"received": True})
    call.refresh_from_db()
    assert call.status == "initiated"
    assert Delivery.objects.get().call_id is None


def test_audio_of_another_organizations_call_is_not_attached(user: User, other_user: User) -> None:
    make_answered_dial(user)
    make_account(other_user, secrets={"api_key": "k", "webhook_secret": "of the other"})
    make_agent(other_user, "agent_of_the_other")

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
    assert states() == ["failed"]


@pytest.mark.parametrize("content", [b"not an mp3", b"ID3" + bytes(100)])
def test_audio_that_is_no_mp3_is_kept_and_refused(content: bytes, user: User) -> None:
    make_answered_dial(user)

    answer = deliver(audio(CONVERSATION, content))

    assert (answer.status, answer.body["code"]) == (400, "RECORDING_INVALID")
    assert states() == ["failed"]


def test_audio_that_is_no_base64_is_kept_and_refused(user: User) -> None:
    make_answered_dial(user)

    answer = deliver(audio(CONVERSATION, full_audio="%%%%"))

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


def test_audio_over_the_limit_is_refused(user: User, settings: Any) -> None:
    settings.TETHER_RECORDING_MAX_BYTES = 1000
    make_answered_dial(user)

    assert deliver(audio(CONVERSATION)).body["code"] == "RECORDING_TOO_LARGE"
