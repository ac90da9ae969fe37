"""/media/recordings/...: the embedded default's files behind signed addresses, in whole and in part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.signing import TimestampSigner, b62_encode
from django.test import override_settings
from django.utils.http import http_date

from calls.storage import LocalRecordings, disposition_of, new_recording_name
from tests.clients import Answer, ApiClient

pytestmark = pytest.mark.servers

CONTENT = bytes(range(256)) * 1_000
SIZE = len(CONTENT)


@pytest.fixture(autouse=True)
def storage(tmp_path: Path) -> Iterator[LocalRecordings]:
    """A folder, whatever else the recordings of this run lie in."""
    folder = {
        "BACKEND": "calls.storage.LocalRecordings",
        "OPTIONS": {"location": tmp_path / "recordings", "base_url": "/media/recordings/"},
    }
    with override_settings(STORAGES={"recordings": folder}):
        recordings = storages["recordings"]
        assert isinstance(recordings, LocalRecordings)
        yield recordings


@pytest.fixture
def name(storage: LocalRecordings) -> str:
    name = new_recording_name(organization_id="a" * 24, at=datetime.now(UTC))
    return storage.save(name, ContentFile(CONTENT))


@pytest.fixture
def address(storage: LocalRecordings, name: str) -> str:
    return storage.url(name)


def get(address: str, method: str = "GET", **headers: str) -> Answer:
    return ApiClient().request(method, address, **{f"HTTP_{name.upper()}": value for name, value in headers.items()})


def assert_not_found(answer: Answer) -> None:
    assert (answer.status, answer.body["code"]) == (404, "RECORDING_NOT_FOUND")


def test_a_file_is_served_whole(address: str) -> None:
    answer = get(address)

    assert (answer.status, answer.content) == (200, CONTENT)
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Content-Range" not in answer.headers


def test_a_file_may_be_kept_by_the_player_and_by_nobody_between(address: str) -> None:
    assert get(address).headers["Cache-Control"] == "private, max-age=600"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-1", 0, 2),
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=100-", 100, SIZE),
        ("bytes=70000-140000", 70_000, 140_001),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=-1", SIZE - 1, SIZE),
        ("bytes=-500", SIZE - 500, SIZE),
        (f"bytes=100-{SIZE + 100}", 100, SIZE),
        # The whole of it, but asked for as a part: players that do not get 206 believe that they cannot seek.
        ("bytes=0-", 0, SIZE),
        (f"bytes=0-{SIZE - 1}", 0, SIZE),
        (f"bytes=-{SIZE}", 0, SIZE),
        (f"bytes=-{SIZE + 100}", 0, SIZE),
    ],
)
def test_a_range_is_served_as_asked(asked: str, start: int, stop: int, address: str) -> None:
    answer = get(address, range=asked)

    assert (answer.status, answer.content) == (206, CONTENT[start:stop])
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize(
    "asked",
    [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=99999999999999999999-", "bytes=-0", "Bytes = -00"],
)
def test_a_range_outside_the_file_is_416_and_told_the_size(asked: str, address: str) -> None:
    answer = get(address, range=asked)

    assert (answer.status, answer.content) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=--5",
        "bytes=1_0-20",
        "items=0-1",
        "0-1",
        "bytes=0-1,5-9",
        "bytes=-",
        "bytes=\u0663-\u0664",
    ],
)
def test_what_is_no_single_range_gets_the_whole(asked: str, address: str) -> None:
    answer = get(address, range=asked)

    assert (answer.status, answer.content) == (200, CONTENT)


def test_a_range_of_the_same_version_is_served(address: str) -> None:
    tag = get(address).headers["ETag"]

    assert get(address, range="bytes=0-1", if_range=tag).status == 206


@pytest.mark.parametrize("version", ['"another"', 'W/"x"', "Fri, 15 May 2026 09:10:00 GMT", ""])
def test_a_range_of_another_version_gets_the_whole(version: str, address: str) -> None:
    assert get(address, range="bytes=0-1", if_range=version).status == 200


def test_a_range_of_a_file_of_the_same_date_is_served(address: str) -> None:
    changed = get(address).headers["Last-Modified"]

    assert get(address, range="bytes=0-1", if_range=changed).status == 206


@pytest.mark.parametrize("condition", ["%s", "W/%s", '"other", %s', "*", '"x",W/%s , "y"'])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_client_that_has_the_file_is_told_so(address: str, condition: str, method: str) -> None:
    fresh = get(address)

    answer = get(address, method, if_none_match=condition.replace("%s", fresh.headers["ETag"]), range="bytes=0-1")

    assert (answer.status, answer.content) == (304, b"")
    assert {name: answer.headers[name] for name in ("ETag", "Last-Modified", "Cache-Control")} == {
        name: fresh.headers[name] for name in ("ETag", "Last-Modified", "Cache-Control")
    }


def test_a_client_that_has_another_file_gets_this_one(address: str) -> None:
    assert get(address, if_none_match='"other", W/"another"').content == CONTENT
    assert get(address, if_none_match="not quoted").content == CONTENT


@pytest.mark.parametrize(("seconds", "status"), [(0, 304), (3_600, 304), (-1, 200), (-3_600, 200)])
def test_a_client_that_has_a_file_of_a_date_gets_a_newer_one_alone(
    storage: LocalRecordings, name: str, address: str, seconds: int, status: int
) -> None:
    stored = storage.get_modified_time(name).timestamp()

    assert get(address, if_modified_since=http_date(stored + seconds)).status == status


def test_the_tag_counts_more_than_the_date(address: str) -> None:
    changed = get(address).headers["Last-Modified"]

    assert get(address, if_none_match='"other"', if_modified_since=changed).status == 200
    assert get(address, if_modified_since="not a date").status == 200


def test_a_condition_that_does_not_hold_is_412(address: str) -> None:
    fresh = get(address).headers

    assert get(address, if_match='"other"').status == 412
    assert get(address, if_match=fresh["ETag"]).status == 200
    assert get(address, if_unmodified_since=http_date(86_400)).status == 412


def test_a_file_is_saved_under_a_name_that_says_what_it_is(name: str, address: str) -> None:
    day, start = name.split("/")[1], name.split("/")[2][:8]

    assert get(address).headers["Content-Disposition"] == f'inline; filename="recording-{day}-{start}.mp3"'
    assert get(address, range="bytes=0-1").headers["Content-Disposition"].startswith("inline")


def test_a_name_of_another_form_says_less() -> None:
    assert disposition_of('x/"\r\n.mp3') == 'inline; filename="recording.mp3"'


def test_head_tells_the_size_without_the_content(address: str) -> None:
    answer = get(address, "HEAD")

    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_head_knows_no_ranges(address: str) -> None:
    answer = get(address, "HEAD", range="bytes=0-1")

    assert (answer.status, answer.headers["Content-Length"]) == (200, str(SIZE))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_file_can_only_be_read(method: str, address: str) -> None:
    assert get(address, method).status == 405


@pytest.mark.parametrize("seconds", [0, -1])
def test_an_address_stops_working_when_its_time_is_over(seconds: int, address: str, settings: Any) -> None:
    settings.RECORDING_URL_SECONDS = seconds

    assert_not_found(get(address))


def signed(name: str, *, salt: str = "calls.recordings", age: timedelta = timedelta()) -> str:
    class Past(TimestampSigner):
        def timestamp(self) -> str:
            return b62_encode(int((datetime.now(UTC) - age).timestamp()))

    return f"/media/recordings/{quote(Past(salt=salt).sign(name))}"


def test_an_address_works_for_ten_minutes(name: str) -> None:
    assert get(signed(name, age=timedelta(seconds=500))).status == 200
    assert_not_found(get(signed(name, age=timedelta(seconds=602))))


def test_an_address_signed_for_another_purpose_opens_nothing(name: str) -> None:
    assert_not_found(get(signed(name, salt="another purpose")))


def test_an_address_signed_with_another_secret_opens_nothing(address: str, settings: Any) -> None:
    settings.SECRET_KEY = "another secret " * 5

    assert_not_found(get(address))


def test_an_address_outlives_a_change_of_the_secret_that_names_the_old_one(address: str, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret " * 5

    assert get(address).status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("", "x", "x:y:z", ":::", "%00", "a" * 5_000, "é", "/etc/passwd", "%2fetc%2fpasswd"),
        *("../../secret_key", "%2e%2e/%2e%2e/secret_key", "..%2f..%2fsecret_key"),
    ],
)
def test_a_path_that_nobody_signed_opens_nothing(path: str) -> None:
    assert get(f"/media/recordings/{path}").status == 404


def test_a_name_without_its_signature_opens_nothing(name: str) -> None:
    assert_not_found(get(f"/media/recordings/{name}"))


def test_a_signature_opens_no_other_file(storage: LocalRecordings, address: str, name: str) -> None:
    other = storage.save(new_recording_name(organization_id="b" * 24, at=datetime.now(UTC)), ContentFile(b"other"))

    assert_not_found(get(address.replace(name, other)))
    assert_not_found(get(address.replace(name, f"{name}/../{other}")))


def test_even_a_signed_path_does_not_leave_the_folder(tmp_path: Path, storage: LocalRecordings) -> None:
    (tmp_path / "outside.mp3").write_bytes(b"outside")

    assert b"outside" not in get(signed("../outside.mp3")).content


def test_a_file_that_is_gone_is_404(storage: LocalRecordings, address: str, name: str) -> None:
    storage.delete(name)

    assert_not_found(get(address))


def test_a_file_says_when_it_was_stored(storage: LocalRecordings, address: str, name: str) -> None:
    stored = storage.get_modified_time(name).timestamp()

    assert get(address).headers["Last-Modified"] == http_date(stored)


def test_a_file_is_whole_under_its_name_and_leaves_no_draft(storage: LocalRecordings, name: str) -> None:
    folder = Path(storage.path(name)).parent

    assert [file.name for file in folder.iterdir()] == [name.rpartition("/")[2]]


def test_with_another_storage_there_is_no_such_address(address: str) -> None:
    elsewhere = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    with override_settings(STORAGES={"recordings": elsewhere}):
        assert_not_found(get(address))
