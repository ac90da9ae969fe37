"""How an export is made: page by page, part by part, whatever else happens meanwhile."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from calls.models import Call, Export
from calls.selectors.exports import sources
from calls.services.exports import make
from calls.services.exports.claim import claim
from calls.services.exports.discard import export_files
from calls.services.exports.make import make_exports
from calls.storage import PartsAreGone
from tests.calls.exporting import content_of, files_in, made, make_export, objects_in, watched
from tests.factories import make_call
from tests.statements import statements_made
from tether_calls.accounts.models import User
from tether_calls.background import jobs
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

MEGABYTE = 1024 * 1024


@pytest.fixture
def in_folder(tmp_path: Path) -> Iterator[None]:
    """Wherever else exports lie: S3 takes no parts as small as those of tests."""
    with watched(tmp_path / "exports", lambda _step: None):
        yield


@pytest.fixture
def small_parts(in_folder: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four calls a page, and parts that end within lines."""
    settings.TETHER_EXPORT_PART_BYTES = 1_000
    monkeypatch.setattr(sources, "PAGE", 4)


def make_calls(user: User, count: int, **fields: Any) -> list[str]:
    """Their ids, as an export lists them: the newest first."""
    return [make_call(user, **fields).pk for _ in range(count)][::-1]


def ids_in(export: Export) -> list[str]:
    return [line["callId"] for line in objects_in(export)]


def of(export: Export) -> Export:
    return Export.objects.get(pk=export.pk)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 29])
def test_every_row_is_in_it_once_wherever_pages_and_parts_end(user: User, small_parts: None, count: int) -> None:
    calls = make_calls(user, count)

    export = made(user)

    assert ids_in(export) == calls
    assert (export.rows, export.total) == (count, count)


def test_parts_as_large_as_the_storage_wants_them(user: User, settings: Any) -> None:
    settings.TETHER_EXPORT_PART_BYTES = 5 * MEGABYTE
    calls = make_calls(user, 6, ai_summary="A long story. " * 150_000)

    export = made(user)

    assert (export.size or 0) > 12 * MEGABYTE
    assert ids_in(export) == calls


def test_a_row_larger_than_a_part(user: User, small_parts: None) -> None:
    calls = make_calls(user, 3, ai_summary="A long story. " * 500)

    assert ids_in(made(user)) == calls


def test_it_takes_as_much_memory_as_a_part_and_a_page(user: User, in_folder: None, settings: Any) -> None:
    settings.TETHER_EXPORT_PART_BYTES = MEGABYTE
    turns = [{"role": "agent", "message": "Not a word of this is of any use. " * 30} for _ in range(30)]
    make_calls(user, 600, ai_transcript=turns)
    export = make_export(user, with_transcript=True)

    tracemalloc.start()
    try:
        make_exports()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (of(export).size or 0) > 18 * MEGABYTE
    assert peak < 10 * MEGABYTE


def test_what_it_costs(user: User, small_parts: None, settings: Any) -> None:
    settings.TETHER_EXPORT_PART_BYTES = MEGABYTE
    make_calls(user, 7)
    export = make_export(user)

    with statements_made() as statements:
        make_exports()

    assert of(export).status == "ready"
    # Claim: 2. Count: 2. Each of two pages: 2. Ready, with the event: 2. That there is no other: 1.
    assert len(statements) == 11


def test_clients_hear_of_it_and_are_told_no_address(user: User) -> None:
    export = made(user)

    (event,) = EventLog.objects.filter(organization_id=user.home_id)
    assert (event.name, event.call_id) == ("export_ready", None)
    told = event.data["export"]
    assert (told["_id"], told["status"], told["kind"], told["rows"]) == (export.pk, "ready", "calls", 0)
    assert told.keys().isdisjoint({"url", "filter"})


def test_progress_can_be_seen(user: User, small_parts: None, tmp_path: Path) -> None:
    make_calls(user, 20)
    export = make_export(user)
    seen: list[tuple[str, int, int | None]] = []

    def look(step: str) -> None:
        if step == "after add":
            seen.append((of(export).status, of(export).rows, of(export).total))

    with watched(tmp_path, look):
        make_exports()

    rows = [rows for _, rows, _ in seen]
    assert rows == sorted(rows)
    assert 0 < rows[-1] <= 20
    assert {(status, total) for status, _, total in seen} == {("running", 20)}


def test_rows_that_come_change_and_go_meanwhile_are_in_it_once_or_not_at_all(
    user: User, small_parts: None, tmp_path: Path
) -> None:
    calls = make_calls(user, 30)

    def change(step: str) -> None:
        if step == "after add":
            make_call(user)
            # Earlier than all, as when a provider corrects it: a row that was written already moves down in history.
            Call.objects.filter(pk=calls[0]).update(start_time=timezone.now() - timedelta(days=900))
            Call.objects.filter(pk=calls[-1]).delete()

    with watched(tmp_path, change):
        export = made(user)
        assert ids_in(export) == calls[:-1]


def test_the_oldest_request_is_served_first_and_all_are(user: User, other_user: User) -> None:
    exports = [make_export(user), make_export(other_user), make_export(user)]

    make_exports()

    finished = [of(export).finished_at for export in exports]
    assert None not in finished
    assert finished == sorted(finished)  # type: ignore[type-var]  # none is None


def test_a_run_whose_time_is_over_gives_it_back_and_another_goes_on(
    user: User, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = make_calls(user, 30)
    export = make_export(user)
    runs = 0
    while of(export).status != "ready":
        runs += 1
        claimed = claim(timezone.now())
        assert claimed is not None
        make._take_turn(claimed, until=0.0)

    assert runs > 3
    assert ids_in(of(export)) == calls


def test_a_process_that_ends_gives_it_back(user: User, small_parts: None, tmp_path: Path) -> None:
    calls = make_calls(user, 30)
    export = make_export(user)

    with watched(tmp_path, lambda _step: None):
        jobs.stopping.set()
        try:
            # What it has in hand when it hears that it is to end.
            claimed = claim(timezone.now())
            assert claimed is not None
            make._take_turn(claimed, until=0.0)
            # And it takes nothing more.
            make_exports()
        finally:
            jobs.stopping.clear()
        begun = of(export)
        assert (begun.status, begun.lease, begun.failures) == ("running", None, 0)

        make_exports()

        assert ids_in(of(export)) == calls


def test_more_rows_than_one_may_have_are_refused_before_anything_is_stored(
    user: User, settings: Any, tmp_path: Path
) -> None:
    settings.TETHER_EXPORT_MAX_ROWS = 3
    make_calls(user, 4)
    export = make_export(user)

    with watched(tmp_path, lambda _step: None):
        make_exports()

    failed = of(export)
    assert (failed.status, failed.error, files_in(tmp_path)) == ("failed", "EXPORT_TOO_LARGE", [])
    Call.objects.of_organization(user.home_id)[0].delete()
    assert made(user).rows == 3


def test_the_storage_holds_the_file_and_nothing_else(user: User, small_parts: None, tmp_path: Path) -> None:
    make_calls(user, 30)

    with watched(tmp_path, lambda _step: None):
        export = made(user)
        assert [str(path.relative_to(tmp_path)) for path in files_in(tmp_path)] == [export.file]
        assert content_of(export)
        assert files_in(tmp_path)[0].stat().st_mode & 0o077 == 0


def test_its_name_cannot_be_guessed_and_tells_what_it_is(user: User) -> None:
    export = made(user, "doNotCall", "csv")

    organization, day, name = export.file.split("/")
    assert (organization, day) == (user.home_id, f"{export.created_at:%Y-%m-%d}")
    assert len(name.partition("-")[0]) == 40
    assert name.endswith("-doNotCall.csv")
    assert storages["exports"].exists(export.file)


def test_parts_of_an_upload_that_has_ended_are_made_once_more(user: User, settings: Any) -> None:
    settings.TETHER_EXPORT_PART_BYTES = 5 * MEGABYTE
    calls = make_calls(user, 6, ai_summary="A long story. " * 150_000)
    export = make_export(user)
    claimed = claim(timezone.now())
    assert claimed is not None
    make._take_turn(claimed, until=0.0)
    upload = of(export).checkpoint["upload"]
    assert of(export).checkpoint["tags"]

    export_files().abandon(export.file, upload)
    make_exports()

    assert of(export).checkpoint == {}
    assert ids_in(of(export)) == calls


def test_what_is_removed_may_be_gone_already(user: User) -> None:
    export = made(user)
    files = export_files()
    upload = files.begin(export.file)
    tag = files.add_part(export.file, upload, 1, b"x")
    for _ in range(2):
        files.abandon(export.file, upload)
        files.delete(export.file)

    with pytest.raises(PartsAreGone):
        files.complete(export.file, upload, [tag])
    assert not storages["exports"].exists(export.file)
