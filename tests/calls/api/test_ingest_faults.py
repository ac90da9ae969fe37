"""POST /api/calls/ingest while something of ours is broken: kept whole, or not at all."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from django.conf import settings
from django.test import override_settings

from tests.calls.api.ingesting import ingest, ingested, nothing_kept
from tests.channel_layers import channel_layer_at
from tests.clients import Answer, ApiClient
from tests.factories import ingest_body, missed_call_body
from tests.http_targets import TargetServer
from tests.unhurried import HOUR
from tether_calls.realtime import dispatch
from tether_calls.realtime.models import EventLog


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses connections: bound, so that nobody else gets it, and not listened to."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def recordings_in(backend: str, **options: Any) -> override_settings:
    return override_settings(STORAGES={**settings.STORAGES, "recordings": {"BACKEND": backend, "OPTIONS": options}})


def recordings_at_s3(endpoint_url: str, *, seconds: float = HOUR) -> override_settings:
    return recordings_in(
        "storages.backends.s3.S3Storage",
        bucket_name="recordings",
        endpoint_url=endpoint_url,
        region_name="auto",
        access_key="key",
        secret_key="secret",
        file_overwrite=True,
        client_config=Config(
            connect_timeout=seconds,
            read_timeout=seconds,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        ),
    )


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Writing to a file fails after so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def assert_not_stored(refused: Answer) -> None:
    assert (refused.status, refused.body["code"]) == (500, "RECORDING_NOT_STORED")
    assert refused.body["error"] == "The recording could not be stored; nothing was kept, send again"


@pytest.mark.django_db
def test_a_storage_that_is_not_there_keeps_nothing_and_says_so(vendor: ApiClient) -> None:
    with nothing_kept(), closed_port() as port, recordings_at_s3(f"http://127.0.0.1:{port}"):
        assert_not_stored(ingest(vendor, ingest_body()))


@pytest.mark.django_db
def test_a_storage_that_does_not_answer_keeps_nothing_and_says_so(vendor: ApiClient) -> None:
    with nothing_kept(), silent_port() as port, recordings_at_s3(f"http://127.0.0.1:{port}", seconds=0.3):
        assert_not_stored(ingest(vendor, ingest_body()))


@pytest.mark.django_db
def test_a_storage_that_refuses_keeps_nothing_and_says_so(vendor: ApiClient) -> None:
    with nothing_kept(), TargetServer({}) as target, recordings_at_s3(target.url()):
        assert_not_stored(ingest(vendor, ingest_body()))

    assert [request.method for request in target.requests] == ["PUT"]


@pytest.mark.django_db
def test_a_folder_that_is_a_file_keeps_nothing_and_says_so(vendor: ApiClient, tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("not a folder")

    with nothing_kept(), recordings_in("calls.storage.LocalRecordings", location=tmp_path / "recordings"):
        assert_not_stored(ingest(vendor, ingest_body()))


@pytest.mark.django_db
def test_a_folder_that_nobody_may_write_to_keeps_nothing_and_says_so(vendor: ApiClient) -> None:
    # Not even root may make anything there.
    with nothing_kept(), recordings_in("calls.storage.LocalRecordings", location="/proc/recordings"):
        assert_not_stored(ingest(vendor, ingest_body()))


@pytest.mark.django_db
def test_a_disk_that_is_full_keeps_nothing_and_says_so(vendor: ApiClient, tmp_path: Path) -> None:
    ingested(vendor, missed_call_body())  # the key was used a moment ago: nothing else is written to the disk

    with nothing_kept(), recordings_in("calls.storage.LocalRecordings", location=tmp_path), room_for(1_000):
        assert_not_stored(ingest(vendor, ingest_body()))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.django_db
def test_a_call_that_was_not_stored_can_be_sent_again(vendor: ApiClient) -> None:
    body = ingest_body()
    with closed_port() as port, recordings_at_s3(f"http://127.0.0.1:{port}"):
        assert ingest(vendor, body).status == 500

    assert ingest(vendor, body).status == 201


@pytest.mark.django_db
def test_a_storage_that_is_away_does_not_matter_to_a_call_without_a_recording(vendor: ApiClient) -> None:
    with closed_port() as port, recordings_at_s3(f"http://127.0.0.1:{port}"):
        assert ingest(vendor, ingest_body(status="busy", recording=None)).status == 201


def assert_kept_without_waiting(vendor: ApiClient) -> None:
    # Waiting for a send would take longer than any test may.
    assert dispatch.SEND_SECONDS == HOUR
    assert ingest(vendor, ingest_body()).status == 201
    assert EventLog.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_channel_layer_that_is_away_costs_neither_the_call_nor_time(vendor: ApiClient) -> None:
    with closed_port() as port, channel_layer_at(port):
        assert_kept_without_waiting(vendor)


@pytest.mark.django_db(transaction=True)
def test_a_channel_layer_that_does_not_answer_costs_neither_the_call_nor_time(vendor: ApiClient) -> None:
    with silent_port() as port, channel_layer_at(port):
        assert_kept_without_waiting(vendor)


@pytest.mark.django_db(transaction=True)
def test_a_cache_that_is_away_costs_neither_the_call_nor_time(vendor: ApiClient) -> None:
    with closed_port() as port:
        cache = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"redis://127.0.0.1:{port}/0"}
        with override_settings(CACHES={"default": cache}):
            assert_kept_without_waiting(vendor)
