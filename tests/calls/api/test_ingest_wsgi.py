"""POST /api/calls/ingest through the WSGI application alone, as a WSGI server in production calls it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from pytest_django import Settings

from calls.api.ingest_body import ingest_body_limit
from tests.calls.api.ingesting import INGEST, assert_is_answer_of_ingest, nothing_kept
from tests.clients import ApiClient
from tests.factories import ingest_body
from tether_calls.wsgi import application

# Requests end with closing connections that are too old, which no open transaction of a test survives.
pytestmark = pytest.mark.django_db(transaction=True)


class CutOff(BytesIO):
    """A body whose sender hangs up."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError


def call(vendor: ApiClient, body: BytesIO, **environ: str) -> tuple[int, Any]:
    """Status and body of what the application answers."""
    request: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": INGEST,
        "CONTENT_TYPE": "application/json",
        "HTTP_AUTHORIZATION": f"Bearer {vendor.token}",
        "HTTP_HOST": "testserver",
        "wsgi.input": body,
        **environ,
    }
    setup_testing_defaults(request)
    started: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], error: Any = None) -> None:
        started.append(status)

    answered: Iterable[bytes] = application(request, start_response)
    try:
        content = json.loads(b"".join(answered))
    finally:
        if hasattr(answered, "close"):
            answered.close()
    status = int(started[0].split()[0])
    assert_is_answer_of_ingest(status, content)
    return status, content


def test_a_body_in_chunks_is_taken(vendor: ApiClient) -> None:
    body = BytesIO(json.dumps(ingest_body()).encode())

    assert call(vendor, body, HTTP_TRANSFER_ENCODING="chunked")[0] == 201


def test_a_large_body_in_chunks_is_taken(vendor: ApiClient) -> None:
    body = BytesIO(json.dumps(ingest_body()).encode().ljust(3_000_000))

    assert call(vendor, body, HTTP_TRANSFER_ENCODING="Chunked")[0] == 201


@pytest.mark.parametrize("times", [1, 5])
def test_a_body_in_chunks_over_the_limit_is_413(vendor: ApiClient, settings: Settings, times: int) -> None:
    settings.TETHER_RECORDING_MAX_BYTES = 3_000
    body = BytesIO(b" " * (times * ingest_body_limit() + 1))

    with nothing_kept():
        status, answer = call(vendor, body, HTTP_TRANSFER_ENCODING="chunked")

    assert (status, answer["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_over_the_limit_is_413_before_it_is_read(vendor: ApiClient, settings: Settings) -> None:
    settings.TETHER_RECORDING_MAX_BYTES = 3_000
    body = CutOff(b"")

    with nothing_kept():
        status, answer = call(vendor, body, CONTENT_LENGTH=str(ingest_body_limit() + 1))

    assert (status, answer["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("kind", [CutOff, BytesIO], ids=["raises", "is read short"])
def test_a_body_that_breaks_off_is_no_call(vendor: ApiClient, kind: type[BytesIO]) -> None:
    body = json.dumps(ingest_body()).encode()

    with nothing_kept():
        # All of the JSON is there, but not all of what was announced.
        status, answer = call(vendor, kind(body), CONTENT_LENGTH=str(len(body) + 1))

    assert (status, answer["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("length", ["", "-1", "many", "1e3"])
def test_a_length_that_is_none_is_no_fault_of_ours(vendor: ApiClient, length: str) -> None:
    with nothing_kept():
        assert call(vendor, BytesIO(b"{}"), CONTENT_LENGTH=length)[0] == 400
