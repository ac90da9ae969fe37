"""sweep_recordings: what a killed process left in the storage goes; what belongs to a call stays."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls.models import Recording
from calls.reports import InlineRecording, StoredRecording
from calls.services.lifecycle.apply_report import attach_recording
from calls.services.recordings.store_recording import store_recording
from calls.services.recordings.sweep_recordings import Sweep, sweep_recordings
from calls.storage import LocalRecordings, new_recording_name
from tests.factories import make_call, make_organization, mp3_bytes
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.servers

NOW = timedelta(0)
HOUR = timedelta(hours=1)

local_folder_only = pytest.mark.skipif(bool(os.environ.get("R2_BUCKET")), reason="of the local folder only")


def stored(organization: Organization) -> StoredRecording:
    return store_recording(organization_id=organization.pk, source=InlineRecording(mp3_bytes()))


def kept(user: User) -> Recording:
    """A recording of a call."""
    assert user.organization is not None
    return attach_recording(call=make_call(user), stored=stored(user.organization))


def content_of(recording: Recording) -> bytes:
    with recording.file.open() as file:
        content: bytes = file.read()
    return content


def exists(name: str) -> bool:
    return storages["recordings"].exists(name)


def save(name: str) -> str:
    return storages["recordings"].save(name, ContentFile(b"sound"))


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


# ---- What goes, and what stays


def test_a_recording_without_a_call_goes_and_one_of_a_call_stays(user: User, organization: Organization) -> None:
    stray, recording = stored(organization), kept(user)

    sweep = sweep_recordings(older_than=NOW, days=0)

    assert sweep == Sweep(examined=2, removed=1)
    assert not exists(stray.name)
    assert content_of(recording) == mp3_bytes()


def test_a_second_sweep_finds_nothing(user: User, organization: Organization) -> None:
    stored(organization)
    kept(user)
    sweep_recordings(older_than=NOW, days=0)

    assert sweep_recordings(older_than=NOW, days=0) == Sweep(examined=1)


def test_a_young_recording_may_be_of_a_call_that_is_not_committed_yet(organization: Organization) -> None:
    young = stored(organization)

    sweep = sweep_recordings(older_than=HOUR, days=0)

    assert sweep == Sweep(examined=1, young=1)
    assert exists(young.name)


def test_days_before_today_are_looked_at_as_far_as_asked(organization: Organization) -> None:
    old = [
        save(new_recording_name(organization_id=organization.pk, at=timezone.now() - timedelta(days=days)))
        for days in range(5)
    ]

    sweep = sweep_recordings(older_than=NOW, days=3)

    assert sweep.removed == 4
    assert [exists(name) for name in old] == [False, False, False, False, True]


def test_every_organization_is_looked_at_and_a_call_of_one_keeps_no_stray_of_another(user: User) -> None:
    recording = kept(user)
    strays = [stored(make_organization()) for _ in range(3)]

    sweep = sweep_recordings(older_than=NOW, days=0)

    assert sweep == Sweep(examined=4, removed=3)
    assert not any(exists(stray.name) for stray in strays)
    assert exists(recording.file.name)


def test_what_is_not_ours_stays(organization: Organization) -> None:
    """Another installation's, in a storage that is shared, and whatever somebody has put next to ours."""
    foreign = save(new_recording_name(organization_id="f" * 24, at=timezone.now()))
    by_hand = save(f"{organization.pk}/{timezone.now():%Y-%m-%d}/interview.mp3")

    sweep = sweep_recordings(older_than=NOW, days=0)

    assert sweep == Sweep()
    assert exists(foreign)
    assert exists(by_hand)
    for name in (foreign, by_hand):
        storages["recordings"].delete(name)


@pytest.mark.django_db
def test_a_day_without_recordings_is_nothing_to_complain_of() -> None:
    make_organization()

    assert sweep_recordings(older_than=NOW, days=3) == Sweep()


def test_rows_are_asked_for_by_the_batch(
    user: User,
    organization: Organization,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    monkeypatch.setattr("calls.services.recordings.sweep_recordings._BATCH", 4)
    recordings = [kept(user) for _ in range(5)]
    for _ in range(4):
        stored(organization)

    # One for the organizations, one to see that there are no more, and three for nine files.
    with django_assert_num_queries(5):
        sweep = sweep_recordings(older_than=NOW, days=0)

    assert sweep == Sweep(examined=9, removed=4)
    assert all(exists(recording.file.name) for recording in recordings)


# ---- Drafts of the local folder


@local_folder_only
def test_a_draft_that_nobody_writes_to_any_more_goes(organization: Organization) -> None:
    storage = storages["recordings"]
    assert isinstance(storage, LocalRecordings)
    draft, young = (
        Path(storage.path(f"{new_recording_name(organization_id=organization.pk, at=timezone.now())}.0123abcd.part"))
        for _ in range(2)
    )
    draft.parent.mkdir(parents=True)
    for path in (draft, young):
        path.write_bytes(mp3_bytes()[:1000])
    two_hours_ago = timezone.now().timestamp() - 7200
    os.utime(draft, (two_hours_ago, two_hours_ago))

    sweep = sweep_recordings(older_than=HOUR, days=0)

    assert sweep == Sweep(examined=2, removed_drafts=1, young=1)
    assert not draft.exists()
    assert young.exists()


# ---- The command


def test_the_command_says_what_it_did(
    user: User, organization: Organization, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(organization)
    kept(user)

    call_command("sweep_recordings", older_than=0, days=0)

    assert capsys.readouterr().out == (
        "Looked at 2 files of today and 0 days before: removed 1 recordings without a call and 0 drafts,"
        " left 0 younger than 0 minutes\n"
    )


def test_the_command_leaves_an_hour_unless_told_otherwise(organization: Organization) -> None:
    young = stored(organization)

    call_command("sweep_recordings")

    assert exists(young.name)


@pytest.mark.parametrize("option", ["--older-than=-1", "--days=-1"])
def test_the_command_refuses_negative_numbers(option: str) -> None:
    with pytest.raises(CommandError, match="not negative"):
        call_command("sweep_recordings", option)


def test_the_command_fails_when_something_could_not_be_removed_and_goes_on_with_the_rest(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn, stray = stored(organization), stored(organization)
    storage_class = type(storages["recordings"])
    delete = storage_class.delete

    def refuse(self: Any, name: str) -> None:
        if name == stubborn.name:
            raise PermissionError(name)
        delete(self, name)

    monkeypatch.setattr(storage_class, "delete", refuse)

    with pytest.raises(CommandError, match="1 could not be removed"):
        call_command("sweep_recordings", "--older-than=0")
    assert exists(stubborn.name)
    assert not exists(stray.name)
