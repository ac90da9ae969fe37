"""POST /api/calls/ingest: the three forms in which a recording comes: base64, a data URI, a URL."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from pytest_django import Settings

from calls.models import Recording
from tests.calls.api.ingesting import ingest, ingested, recorded_bytes, recording_names
from tests.clients import ApiClient
from tests.factories import FIXTURES, ingest_body, mp3_bytes
from tests.http_targets import TargetServer, answer, chunks, redirect, until_close
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

BASE64 = base64.b64encode(mp3_bytes()).decode()


def assert_kept(content: bytes | None = None) -> None:
    """One recording is there: its row tells of the file, and the file holds the MP3."""
    recording = Recording.objects.get()
    assert recording_names() == {recording.file.name}
    assert recorded_bytes(recording.file.name) == (content or mp3_bytes())
    assert recording.size == len(content or mp3_bytes())
    assert recording.sha256 == hashlib.sha256(content or mp3_bytes()).hexdigest()


def with_recording(json_text: bytes) -> bytes:
    """A body whose recording is written exactly so."""
    return json.dumps(ingest_body(recording="RECORDING")).encode().replace(b'"RECORDING"', json_text)


@pytest.mark.parametrize(
    "head",
    [
        "",
        "\n",
        " data:audio/mpeg;base64, ",
        "data:audio/mpeg;base64,",
        "data:audio/mp3;base64,",
        "data:audio/mpeg;charset=binary;base64,",
        "DATA:Audio/MPEG;Base64,",
        "data:;base64,",
        "data:application/octet-stream;base64,",
        "data:text/plain;base64,",
        "data:video/mp4;codecs=mp3; base64 ,",
        'data:audio/mpeg;name="a, b.mp3";base64,',
        "data:audio/mpeg;name=M\u00fcller.mp3;base64,",
        "data:audio/mpeg;name=" + "a" * 300 + ";base64,",
    ],
)
def test_a_recording_may_be_base64_with_or_without_the_head_of_a_data_uri(vendor: ApiClient, head: str) -> None:
    ingested(vendor, ingest_body(recording=head + BASE64))

    assert_kept()


def test_base64_of_a_data_uri_may_be_percent_encoded(vendor: ApiClient) -> None:
    assert {"/", "+"} < set(BASE64)
    ingested(vendor, ingest_body(recording="data:audio/mpeg;base64," + quote(BASE64, safe="")))

    assert_kept()


@pytest.mark.parametrize("head", ["", "data:audio/mpeg;base64,"])
def test_slashes_of_base64_may_be_escaped(vendor: ApiClient, head: str) -> None:
    assert "/" in BASE64
    escaped = (head + BASE64).replace("/", r"\/")

    assert ingest(vendor, with_recording(f'"{escaped}"'.encode())).status == 201
    assert_kept()


@pytest.mark.parametrize("line_break", ["\n", "\r\n", " ", "\t", "\n  "])
def test_base64_may_be_broken_into_lines(vendor: ApiClient, line_break: str) -> None:
    lines = [BASE64[start : start + 76] for start in range(0, len(BASE64), 76)]

    ingested(vendor, ingest_body(recording=line_break.join(lines) + line_break))

    assert_kept()


def test_any_letter_of_base64_may_be_escaped(vendor: ApiClient) -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in BASE64)

    assert ingest(vendor, with_recording(f'"{escaped}"'.encode())).status == 201
    assert_kept()


def test_space_around_the_value_is_of_no_account(vendor: ApiClient) -> None:
    assert ingest(vendor, with_recording(f' \n "{BASE64}" \t'.encode())).status == 201
    assert_kept()


@pytest.mark.parametrize("name", sorted(path.name for path in (FIXTURES / "audio").glob("*.mp3")))
def test_mp3s_of_every_make_are_kept(vendor: ApiClient, name: str) -> None:
    content = (FIXTURES / "audio" / name).read_bytes()

    ingested(vendor, ingest_body(recording=base64.b64encode(content).decode()))

    assert_kept(content)


def test_a_recording_lies_under_its_organization(vendor: ApiClient, user: User) -> None:
    ingested(vendor, ingest_body())

    (name,) = recording_names()
    assert name.startswith(f"{user.home_id}/")


def test_the_same_recording_of_two_calls_is_kept_for_each(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())
    ingested(vendor, ingest_body())

    assert len(recording_names()) == 2


def test_a_recording_may_be_downloaded_from_a_url(vendor: ApiClient, settings: Settings) -> None:
    with TargetServer({"/recordings/abc123.mp3": mp3_bytes()}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]

        ingested(vendor, ingest_body(recording=target.url("/recordings/abc123.mp3?token=x%20y&part=1")))

    assert_kept()
    assert [(seen.method, seen.path) for seen in target.requests] == [
        ("GET", "/recordings/abc123.mp3?token=x%20y&part=1")
    ]


@pytest.mark.parametrize(
    "write",
    [
        lambda url: json.dumps(url).replace("/", r"\/"),
        lambda url: f'"{url.replace("http", "HTTP")}"',
        lambda url: f'"{url.replace("http", chr(92) + "u0068ttp")}"',
        lambda url: f'" {url}\\n"',
    ],
    ids=["escaped slashes", "a scheme in capitals", "an escaped letter", "space around"],
)
def test_a_url_may_be_written_as_json_allows(
    vendor: ApiClient, settings: Settings, write: Callable[[str], str]
) -> None:
    with TargetServer({"/abc123.mp3": mp3_bytes()}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]

        assert ingest(vendor, with_recording(write(target.url("/abc123.mp3")).encode())).status == 201

    assert_kept()


def test_a_download_may_be_redirected_chunked_or_of_no_stated_length(vendor: ApiClient, settings: Settings) -> None:
    halves = mp3_bytes()[:1000], mp3_bytes()[1000:]
    routes = {"/moved": redirect("/chunked"), "/chunked": chunks(*halves), "/until-close": until_close(mp3_bytes())}
    with TargetServer(routes) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]

        for path in ("/moved", "/until-close"):
            ingested(vendor, ingest_body(recording=target.url(path)))

    assert {recorded_bytes(name) for name in recording_names()} == {mp3_bytes()}


@pytest.mark.parametrize("encoding", ["aws-chunked", "", "utf-8", "gzip"])
def test_a_download_may_name_any_encoding_of_an_mp3_that_lies_there_plain(
    vendor: ApiClient, settings: Settings, encoding: str
) -> None:
    with TargetServer({"/abc123.mp3": answer(mp3_bytes(), content_encoding=encoding)}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]

        ingested(vendor, ingest_body(recording=target.url("/abc123.mp3")))

    assert_kept()


def test_a_download_may_come_as_gzip(vendor: ApiClient, settings: Settings) -> None:
    with TargetServer({"/abc123.mp3": answer(gzip.compress(mp3_bytes()), content_encoding="gzip")}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]

        ingested(vendor, ingest_body(recording=target.url("/abc123.mp3")))

    assert_kept()


def test_a_repeated_call_is_not_downloaded_again(vendor: ApiClient, settings: Settings) -> None:
    with TargetServer({"/abc123.mp3": mp3_bytes()}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        body = ingest_body(recording=target.url("/abc123.mp3"))
        ingested(vendor, body)

        assert ingest(vendor, body).status == 200

    assert len(target.requests) == 1


def test_the_key_is_not_sent_to_whoever_has_the_recording(vendor: ApiClient, settings: Settings) -> None:
    with TargetServer({"/abc123.mp3": mp3_bytes()}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        ingested(vendor, ingest_body(recording=target.url("/abc123.mp3")))

    assert "authorization" not in target.requests[0].headers


def test_a_recording_as_large_as_allowed_is_kept(vendor: ApiClient, settings: Settings) -> None:
    settings.TETHER_RECORDING_MAX_BYTES = len(mp3_bytes())

    ingested(vendor, ingest_body())

    assert_kept()
