"""Peaks are made in the background, lie beside their recording, and go with it."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Peaks, Recording
from calls.reports import InlineRecording, StoredRecording
from calls.services.lifecycle.apply_report import attach_recording
from calls.services.recordings.make_peaks import kept_peaks, make_waiting_peaks
from calls.services.recordings.remove_files import remove_files
from calls.services.recordings.store_recording import discard_stored, store_recording
from calls.services.recordings.sweep_recordings import Sweep, sweep_recordings
from calls.storage import LocalRecordings, peaks_name
from calls.storage.r2 import R2Recordings
from tests.admin_site import make_recording
from tests.clients import ApiClient
from tests.factories import ingest_body, make_call, mp3_bytes
from tether_calls.accounts.models import User

pytestmark = pytest.mark.servers


def stored(user: User) -> StoredRecording:
    return store_recording(organization_id=user.home_id, source=InlineRecording(mp3_bytes()))


def kept(user: User, **fields: Any) -> Recording:
    """A recording of a call, as a provider or a vendor leaves it."""
    recording = attach_recording(call=make_call(user), stored=stored(user))
    if fields:
        Recording.objects.filter(pk=recording.pk).update(**fields)
    return recording


def state_of(recording: Recording) -> str:
    return Recording.objects.get(pk=recording.pk).peaks


def peaks_are_there(recording: Recording) -> bool:
    return storages["recordings"].exists(peaks_name(str(recording.file.name)))


def test_a_pushed_recording_gets_its_peaks_in_the_background(vendor: ApiClient) -> None:
    assert vendor.post("/api/calls/ingest", ingest_body()).status == 201
    recording = Recording.objects.get()
    assert not peaks_are_there(recording)

    make_waiting_peaks()

    recording.refresh_from_db()
    peaks = kept_peaks(recording)
    assert peaks is not None
    assert 20 <= len(peaks) <= 26
    assert max(peaks) > 50


def test_they_lie_beside_the_recording(user: User) -> None:
    recording = kept(user)
    name = str(recording.file.name)
    assert peaks_name(name) == name.replace(".mp3", ".peaks")
    make_waiting_peaks()
    assert peaks_are_there(recording)


def test_a_turn_without_recordings_costs_one_statement(user: User) -> None:
    kept(user, peaks=Peaks.KEPT)
    with CaptureQueriesContext(connection) as captured:
        make_waiting_peaks()
    assert len(captured) == 1


def test_a_recording_that_cannot_be_decoded_has_none_and_is_not_tried_again(user: User) -> None:
    recording = make_recording(make_call(user), content=b"no sound")
    make_waiting_peaks()
    assert state_of(recording) == Peaks.NONE
    assert not peaks_are_there(recording)


def test_a_recording_without_a_file_has_none(user: User) -> None:
    recording = kept(user)
    storages["recordings"].delete(str(recording.file.name))
    make_waiting_peaks()
    assert state_of(recording) == Peaks.NONE


@pytest.fixture
def storage_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("The storage is away")

    for storage in (LocalRecordings, R2Recordings):
        monkeypatch.setattr(storage, "as_file", refuse)


@pytest.mark.usefixtures("storage_is_away")
def test_while_the_storage_is_away_most_recordings_wait_and_the_rest_can_be_asked_for(user: User) -> None:
    for _ in range(5):
        kept(user)
    make_waiting_peaks()
    assert sorted(Recording.objects.values_list("peaks", flat=True)) == ["unmade"] * 3 + ["wanted"] * 2


def test_a_recording_that_went_meanwhile_leaves_no_peaks(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = kept(user)
    save = type(storages["recordings"]).save

    def save_late(self: Any, name: str, content: Any) -> str:
        Recording.objects.all().delete()
        return str(save(self, name, content))

    with monkeypatch.context() as patch:
        patch.setattr(type(storages["recordings"]), "save", save_late)
        make_waiting_peaks()

    assert not peaks_are_there(recording)


# ---- Recordings that were there before


def test_the_job_leaves_older_recordings_alone(user: User) -> None:
    recording = kept(user, peaks=Peaks.UNMADE)
    make_waiting_peaks()
    assert state_of(recording) == Peaks.UNMADE


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("make_peaks", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_those_of_older_ones(user: User) -> None:
    older = [kept(user, peaks=Peaks.UNMADE) for _ in range(2)]
    broken = make_recording(make_call(user), content=b"no sound")
    assert "Made the peaks of 2 recordings; 1 cannot be decoded" in command()
    assert [state_of(recording) for recording in (*older, broken)] == ["kept", "kept", "none"]
    assert "Made the peaks of 0 recordings; 0" in command()


def test_the_command_goes_on_behind_a_recording(user: User) -> None:
    first, second = kept(user, peaks=Peaks.UNMADE), kept(user, peaks=Peaks.UNMADE)
    command("--after", first.pk)
    assert [state_of(first), state_of(second)] == ["unmade", "kept"]


@pytest.mark.usefixtures("storage_is_away")
def test_the_command_fails_where_the_storage_does(user: User) -> None:
    kept(user)
    with pytest.raises(CommandError, match="1 could not be read or written"):
        command()


def test_the_command_wants_an_id(db: None) -> None:
    with pytest.raises(CommandError, match="--after"):
        command("--after", "yesterday")


# ---- They go with the recording


def test_who_removes_a_recording_removes_its_peaks(user: User) -> None:
    recording = kept(user)
    make_waiting_peaks()
    remove_files(str(recording.file.name))
    assert not peaks_are_there(recording)
    assert not storages["recordings"].exists(str(recording.file.name))


def test_discarding_a_recording_discards_its_peaks(user: User) -> None:
    discarded = stored(user)
    storages["recordings"].save(peaks_name(discarded.name), ContentFile(b"\1\1"))
    discard_stored(discarded)
    assert not any(storages["recordings"].exists(name) for name in (discarded.name, peaks_name(discarded.name)))


def test_a_sweep_takes_the_peaks_of_strays_and_leaves_those_of_calls(user: User) -> None:
    recording, stray = kept(user), kept(user)
    make_waiting_peaks()
    stray.delete()

    sweep = sweep_recordings(older_than=timedelta(0), days=0)

    assert sweep == Sweep(examined=4, removed=1)
    assert peaks_are_there(recording)
    assert not peaks_are_there(stray)
