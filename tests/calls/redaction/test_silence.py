"""Recordings are silent where something was said that is masked, whichever of transcript and audio comes first."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from calls.models import Call, LegalHold, Recording
from calls.services.recordings.mp3_silence import silence
from calls.services.recordings.silence_recordings import silence_recordings
from tests.calls.api.ingesting import ingested, recorded_bytes, recording_names
from tests.calls.api.pushes.pushing import results
from tests.calls.api.pushes.test_live import told
from tests.calls.webhooks.elevenlabs_office import audio, deliver, inbound_transcription, make_account
from tests.clients import ApiClient
from tests.factories import ingest_body
from tests.statements import statements_made
from tether_calls.accounts.models import Organization, User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

CARD = "4539 5787 6362 1486"
RATE, SECONDS = 16_000, 60
# Where the number is told, and where nothing of it can be.
TOLD, OTHER = (21.0, 39.0), (45.0, 58.0)
SILENT = 10 ** (-60 / 20)


@pytest.fixture(autouse=True)
def redacts(user: User) -> None:
    Organization.objects.filter(pk=user.organization_id).update(redacted_kinds="card")


@pytest.fixture(scope="module")
def content() -> bytes:
    file = BytesIO()
    noise = np.random.default_rng(7).normal(0, 0.1, RATE * SECONDS)
    soundfile.write(file, noise, RATE, format="MP3", subtype="MPEG_LAYER_III")
    return file.getvalue()


def turns(name: str = "timestamp") -> list[dict[str, Any]]:
    return [
        {"role": "agent", "message": "What is the number of your card?", name: 0},
        {"role": "user", "message": CARD, name: 20},
        {"role": "agent", "message": "Thank you.", name: 41},
    ]


def pushed(content: bytes, **fields: Any) -> dict[str, Any]:
    encoded = base64.b64encode(content).decode()
    return ingest_body(transcript=turns(), duration=SECONDS, recording=encoded, **fields)


def assert_is_silent(content: bytes) -> None:
    recording = Recording.objects.get()
    kept = recorded_bytes(recording.file.name)
    assert recording_names() == {recording.file.name}
    assert recording.size == len(kept) == len(content)
    assert not recording.is_to_be_silenced
    (samples, _), (before, _) = soundfile.read(BytesIO(kept)), soundfile.read(BytesIO(content))
    assert len(samples) == len(before)
    assert np.abs(part(samples, *TOLD)).max() < SILENT
    assert np.abs(part(samples, *OTHER) - part(before, *OTHER)).max() < 0.01


def part(samples: Any, begin: float, end: float) -> Any:
    return samples[int(begin * RATE) : int(end * RATE)]


def test_a_push(vendor: ApiClient, content: bytes) -> None:
    ingested(vendor, pushed(content))

    assert_is_silent(content)


def test_a_batch(vendor: ApiClient, content: bytes) -> None:
    results(vendor, [pushed(content, externalCallId="call-1")])

    assert_is_silent(content)


def test_a_final_push(vendor: ApiClient, content: bytes) -> None:
    told(vendor, "started")

    ingested(vendor, pushed(content, externalCallId="vendor-call-1"))

    assert_is_silent(content)


@pytest.mark.parametrize("audio_is_first", [True, False])
def test_a_conversation(user: User, content: bytes, *, audio_is_first: bool) -> None:
    make_account(user)
    told = inbound_transcription("conv_1", transcript=turns("time_in_call_secs"))
    events = [told, audio("conv_1", content)]
    if audio_is_first:
        # The call is known, its transcript is not yet.
        assert deliver(inbound_transcription("conv_1", transcript=[])).status == 200
        events.reverse()

    for event in events:
        assert deliver(event).status == 200

    assert Recording.objects.get().is_to_be_silenced is audio_is_first
    silence_recordings()
    assert_is_silent(content)
    assert deliver(audio("conv_1", content)).status == 200
    silence_recordings()
    assert_is_silent(content)


def test_masks_of_a_vendor_are_no_rule_of_the_organization(vendor: ApiClient, user: User, content: bytes) -> None:
    Organization.objects.filter(pk=user.organization_id).update(redacted_kinds="")
    body = pushed(content)
    body["transcript"][1]["message"] = "[card]"

    ingested(vendor, body)
    silence_recordings()

    assert recorded_bytes(Recording.objects.get().file.name) == content


def test_where_nothing_is_masked_it_costs_nothing(vendor: ApiClient, content: bytes) -> None:
    def call(number: int, text: str) -> dict[str, Any]:
        return {**pushed(content, externalCallId=f"call-{number}"), "transcript": [{"role": "user", "message": text}]}

    ingested(vendor, call(0, "Hello"))
    with statements_made() as plain:
        ingested(vendor, call(1, "Hello"))
    with statements_made() as masked:
        ingested(vendor, call(2, CARD))

    assert len(plain) == len(masked)


def test_a_call_that_is_gone_meanwhile_leaves_no_file(user: User, content: bytes) -> None:
    make_account(user)
    assert deliver(inbound_transcription("conv_1", transcript=[])).status == 200
    assert deliver(audio("conv_1", content)).status == 200
    assert deliver(inbound_transcription("conv_1", transcript=turns("time_in_call_secs"))).status == 200
    name = Recording.objects.get().file.name
    Call.objects.get().delete()

    silence_recordings()

    assert recording_names() <= {name}


def test_under_a_legal_hold_a_recording_sounds_until_the_hold_is_released(
    vendor: ApiClient, user: User, content: bytes
) -> None:
    recording = flagged(vendor, user, content)
    hold = LegalHold.objects.create(organization_id=user.home_id, scope="call", call_id=recording.call_id, reason="C")

    silence_recordings()
    assert recorded_bytes(Recording.objects.get().file.name) == content
    assert recording_names() == {recording.file.name}

    LegalHold.objects.filter(pk=hold.pk).update(released_at=timezone.now())
    silence_recordings()
    assert_is_silent(content)


def test_a_hold_that_is_placed_while_the_silent_file_is_made_keeps_the_sound(
    vendor: ApiClient, user: User, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = flagged(vendor, user, content)

    def placed_meanwhile(*args: Any) -> None:
        silence(*args)
        LegalHold.objects.create(organization_id=user.home_id, scope="call", call_id=recording.call_id, reason="C")

    monkeypatch.setattr("calls.services.recordings.silence_recordings.silence", placed_meanwhile)
    silence_recordings()

    assert recorded_bytes(Recording.objects.get().file.name) == content
    assert recording_names() == {recording.file.name}


def test_the_same_audio_that_has_come_silent_meanwhile_takes_the_place(
    vendor: ApiClient, user: User, content: bytes
) -> None:
    flagged(vendor, user, content)
    silence_recordings()
    silent = Recording.objects.get()
    twice = Recording.objects.get()
    twice.pk, twice.sha256, twice.is_to_be_silenced, twice.silenced = new_object_id(), "0" * 64, True, None
    twice.file.name = storages["recordings"].save(f"{user.home_id}/2026-05-15/again.mp3", ContentFile(content))
    twice.save(force_insert=True)

    silence_recordings()

    assert Recording.objects.get().pk == silent.pk
    assert recording_names() == {silent.file.name}


def flagged(vendor: ApiClient, user: User, content: bytes) -> Recording:
    """A recording whose transcript was masked later, before the job has come to it."""
    Organization.objects.filter(pk=user.organization_id).update(redacted_kinds="")
    ingested(vendor, pushed(content))
    Organization.objects.filter(pk=user.organization_id).update(redacted_kinds="card")
    Recording.objects.update(is_to_be_silenced=True)
    call = Call.objects.get()
    assert call.ai_transcript is not None
    call.ai_transcript[1]["message"] = "[card]"
    call.save()
    return Recording.objects.get()
