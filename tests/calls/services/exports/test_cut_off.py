"""Workers that are killed, storages that are away: an export is gone on with, or fails with a word why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from calls.models import Call, Export
from calls.selectors.exports import sources
from calls.services.exports.claim import PAUSES
from calls.services.exports.make import make_exports
from calls.services.prune import prune
from tests.calls.exporting import content_of, files_in, made, make_export, objects_in, watched
from tests.factories import make_call
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

CALLS = 25


class Killed(BaseException):
    """What no handler sees, as of a process that is gone."""


@pytest.fixture(autouse=True)
def small_parts(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """In a folder, wherever else exports lie: S3 takes no parts as small as these."""
    settings.TETHER_EXPORT_PART_BYTES = 2_000
    monkeypatch.setattr(sources, "PAGE", 4)
    with watched(tmp_path / "exports", lambda _step: None):
        yield


@pytest.fixture
def calls(user: User) -> list[str]:
    return [make_call(user).pk for _ in range(CALLS)][::-1]


def ids_in(export: Export) -> list[str]:
    return [line["callId"] for line in objects_in(export)]


def of(export: Export) -> Export:
    return Export.objects.get(pk=export.pk)


def time_passes() -> None:
    """Leases and pauses are over."""
    Export.objects.exclude(leased_until=None).update(leased_until=timezone.now() - timedelta(seconds=1))
    Export.objects.update(next_turn_at=timezone.now() - timedelta(seconds=1))


def nth(number: int, wanted: str, error: type[BaseException]) -> Any:
    """Raises the error at the n-th step of this name, once."""
    seen = iter(range(1, 1_000))

    def on_step(step: str) -> None:
        if step == wanted and next(seen) == number:
            raise error

    return on_step


@pytest.mark.parametrize("error", [Killed, OSError], ids=lambda error: error.__name__)
@pytest.mark.parametrize(
    ("step", "number"),
    [
        ("before begin", 1),
        ("after begin", 1),
        ("before add", 1),
        ("after add", 1),
        ("before add", 2),
        ("after add", 3),
        ("before complete", 1),
        ("after complete", 1),
    ],
)
def test_whatever_step_it_is_cut_off_at_no_row_is_lost_and_none_is_doubled(
    user: User, calls: list[str], tmp_path: Path, step: str, number: int, error: type[BaseException]
) -> None:
    export = make_export(user)

    with watched(tmp_path, nth(number, step, error)):
        try:
            make_exports()
        except Killed:
            # Nothing is done while the lease lasts.
            make_exports()
        assert of(export).status == "running"
        while of(export).status == "running":
            time_passes()
            make_exports()

        assert of(export).status == "ready"
        assert ids_in(of(export)) == calls
        assert [str(path.relative_to(tmp_path)) for path in files_in(tmp_path)] == [export.file]


def test_it_goes_on_where_it_was_and_does_not_begin_anew(user: User, calls: list[str], tmp_path: Path) -> None:
    make_export(user)
    with watched(tmp_path, nth(3, "before add", Killed)) as steps:
        with pytest.raises(Killed):
            make_exports()
        time_passes()
        make_exports()
    parts_of_a_whole = steps.count("after add")
    with watched(tmp_path, lambda _step: None) as steps:
        made(user)

    assert parts_of_a_whole == steps.count("after add")


def test_what_the_file_was_begun_with_stays_whatever_becomes_of_the_row_within_which_a_part_ended(
    user: User, calls: list[str], tmp_path: Path
) -> None:
    export = make_export(user)

    with watched(tmp_path, nth(2, "before add", Killed)):
        with pytest.raises(Killed):
            make_exports()
        begun = of(export)
        assert begun.carry
        Call.objects.update(ai_summary="Quite another story")
        time_passes()
        make_exports()

        assert ids_in(of(export)) == calls


def test_a_worker_that_has_lost_it_changes_nothing_any_more(user: User, calls: list[str], tmp_path: Path) -> None:
    export = make_export(user)
    another = new_object_id()

    def lose(step: str) -> None:
        if step == "after add":
            Export.objects.filter(pk=export.pk).update(lease=another)

    with watched(tmp_path, lose) as steps:
        make_exports()

    assert steps.count("after add") == 1
    lost = of(export)
    assert (lost.lease, lost.status, lost.failures) == (another, "running", 0)
    assert "tags" not in lost.checkpoint or lost.checkpoint["tags"] == []


def test_parts_that_are_gone_from_the_storage_are_made_once_more(user: User, calls: list[str], tmp_path: Path) -> None:
    export = make_export(user)
    with watched(tmp_path, nth(3, "before add", Killed)):
        with pytest.raises(Killed):
            make_exports()
        for path in files_in(tmp_path):
            path.unlink()
        time_passes()
        make_exports()

        assert ids_in(of(export)) == calls


def failures_until_given_up(export: Export) -> Iterator[tuple[str, timedelta]]:
    """Status and pause after each turn."""
    while of(export).status not in ("failed", "ready"):
        time_passes()
        before = timezone.now()
        make_exports()
        yield of(export).status, of(export).next_turn_at - before


def test_a_storage_that_stays_away_is_tried_after_growing_pauses_and_then_it_has_failed(
    user: User, calls: list[str], tmp_path: Path
) -> None:
    export = make_export(user)

    def away(step: str) -> None:
        if step == "before add":
            raise ConnectionError("No route to the storage")

    with watched(tmp_path, away):
        turns = list(failures_until_given_up(export))

    assert [status for status, _ in turns] == ["running"] * len(PAUSES) + ["failed"]
    for (_, pause), seconds in zip(turns, PAUSES, strict=False):
        assert pause >= timedelta(seconds=seconds)
    failed = of(export)
    assert (failed.error, failed.lease, failed.finished_at is None) == ("EXPORT_NOT_STORED", None, False)
    assert files_in(tmp_path) == []


def test_one_that_kills_every_worker_is_given_up(user: User, calls: list[str], tmp_path: Path) -> None:
    export = make_export(user)

    def kill(step: str) -> None:
        if step == "before add":
            raise Killed

    with watched(tmp_path, kill):
        for _ in range(len(PAUSES) + 1):
            time_passes()
            with pytest.raises(Killed):
                make_exports()
        time_passes()
        make_exports()

    assert (of(export).status, of(export).error) == ("failed", "INTERNAL_ERROR")


def test_one_that_fails_keeps_no_other_waiting(user: User, other_user: User, calls: list[str], tmp_path: Path) -> None:
    broken, whole = make_export(user), make_export(other_user)

    def away(step: str) -> None:
        if step == "before add":
            raise ConnectionError

    with watched(tmp_path, away):
        make_exports()

    assert (of(broken).status, of(whole).status) == ("running", "ready")


# ---- After its time ----------------------------------------------------------------------------------------------


def expire(export: Export, at: datetime | None = None) -> None:
    Export.objects.filter(pk=export.pk).update(expires_at=at or timezone.now())


def test_after_a_day_file_and_row_go(user: User, calls: list[str]) -> None:
    export, young = made(user), made(user)
    assert export.finished_at is not None
    assert export.expires_at - export.finished_at == timedelta(hours=24)
    expire(export)

    prune()

    assert list(Export.objects.all()) == [young]
    assert not storages["exports"].exists(export.file)
    assert content_of(young)


def test_what_was_never_finished_goes_with_its_parts_and_is_not_worked_on_any_more(
    user: User, calls: list[str], tmp_path: Path
) -> None:
    export = make_export(user)
    with watched(tmp_path, nth(3, "after add", Killed)):
        with pytest.raises(Killed):
            make_exports()
        assert files_in(tmp_path)
        expire(export)
        time_passes()
        make_exports()
        assert of(export).status == "running"

        prune()

    assert (files_in(tmp_path), Export.objects.count()) == ([], 0)


def test_while_the_storage_is_away_the_row_stays_so_that_the_file_is_not_forgotten(
    user: User, calls: list[str], tmp_path: Path
) -> None:
    with watched(tmp_path, nth(1, "before delete", ConnectionError)):
        export = made(user)
        expire(export)

        prune()
        assert Export.objects.filter(pk=export.pk).exists()

        prune()

    assert (files_in(tmp_path), Export.objects.count()) == ([], 0)
