"""POST /api/calls/ingest: recordings in the body that are none. The call is refused, and nothing is left."""

from __future__ import annotations

import base64
import json

import pytest
from pytest_django import Settings

from tests.calls.api.ingesting import ingest, nothing_kept, refused
from tests.clients import ApiClient
from tests.factories import FIXTURES, ingest_body, mp3_bytes

pytestmark = pytest.mark.django_db

BASE64 = base64.b64encode(mp3_bytes()).decode()


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"This is a text. " * 100,
        b"<!DOCTYPE html><html></html>",
        b'{"error": "gone"}',
        b"ID3\x04\x00\x00\x00\x00\x00\x00",
        b"\xff\xfb\x90\x00",
        b"\xff" * 10_000,
        mp3_bytes()[:20],
        *((FIXTURES / "audio" / name).read_bytes() for name in ("call.wav", "call.ogg", "call.flac", "call.m4a")),
        *((FIXTURES / "audio" / name).read_bytes() for name in ("mp3-inside.wav", "mp3-inside.mp4", "mpeg-layer2.mp2")),
    ],
    ids=lambda content: str(content[:12]),
)
def test_a_file_that_is_not_an_mp3_is_refused(vendor: ApiClient, content: bytes) -> None:
    with nothing_kept():
        answer = ingest(vendor, ingest_body(recording=base64.b64encode(content).decode()))

    assert (answer.status, answer.body["code"]) == (400, "RECORDING_INVALID")


@pytest.mark.parametrize(
    "recording",
    [
        "not base64!",
        BASE64[:-1],
        BASE64[:-5] + "=" + BASE64[-4:],
        BASE64 + "=A",
        BASE64.replace("/", "_").replace("+", "-"),
        BASE64[:500] + "é" + BASE64[501:],
        "data:audio/mpeg," + BASE64,
        "data:text/plain," + BASE64,
        "data:;base64" + BASE64,
        "data:" + "a" * 2_000 + ";base64," + BASE64,
        "data:audio/mpeg;base64 " + BASE64,
        "data:audio/mpeg;base64,data:audio/mpeg;base64," + BASE64,
        "ftp://vendor.example/abc123.mp3",
        "file:///etc/passwd",
        "//vendor.example/abc123.mp3",
        "vendor.example/abc123.mp3",
        "s3://bucket/abc123.mp3",
        "=",
        "A",
    ],
    ids=lambda recording: recording[:40],
)
def test_a_recording_that_is_neither_base64_nor_a_url_is_refused(vendor: ApiClient, recording: str) -> None:
    sentence = refused(vendor, ingest_body(recording=recording))

    assert sentence == "The recording is neither base64 nor a URL"


@pytest.mark.parametrize("recording", ["data:audio/mpeg;base64,", "data:audio/mpeg;base64,\n"])
def test_a_recording_without_a_byte_is_refused(vendor: ApiClient, recording: str) -> None:
    assert refused(vendor, ingest_body(recording=recording)) == "The file is empty."


def test_a_recording_larger_than_allowed_is_413(vendor: ApiClient, settings: Settings) -> None:
    settings.TETHER_RECORDING_MAX_BYTES = len(mp3_bytes()) - 1

    sentence = refused(vendor, ingest_body(), status=413)

    assert sentence == f"The recording is larger than {len(mp3_bytes()) - 1} bytes"


def test_a_call_that_nobody_answered_may_bring_no_bad_recording_either(vendor: ApiClient) -> None:
    refused(vendor, ingest_body(status="no-answer", recording="not base64!"))


def test_sixty_megabytes_of_base64_that_is_no_mp3_are_refused(vendor: ApiClient) -> None:
    body = json.dumps(ingest_body(recording="RECORDING")).encode().replace(b"RECORDING", b"A" * 60_000_000)

    assert "MP3" in refused(vendor, body)
