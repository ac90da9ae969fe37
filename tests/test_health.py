"""/healthz and /readyz."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, get_ident
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from tests.channel_layers import channel_layer_at
from tests.clients import ApiClient
from tests.readiness import ALL_WELL, NOTHING_WELL, assert_only_unavailable, readyz
from tests.servers_gone import closed_port, silent_port
from tests.unhurried import HOUR, as_shipped
from tests.waiting import PATIENCE
from tether_calls import health

# A test's own transaction would keep it from writing.
pytestmark = pytest.mark.django_db(transaction=True)

PROJECT = Path(__file__).resolve().parents[1]


def cache_at(port: int) -> dict[str, Any]:
    options = {"SOCKET_CONNECT_TIMEOUT": 2, "SOCKET_TIMEOUT": 2}
    address = f"redis://127.0.0.1:{port}/0"
    return {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": address, "OPTIONS": options}}


def test_a_process_that_lives_says_so() -> None:
    answer = ApiClient().get("/healthz")

    assert (answer.status, answer.body) == (200, {"status": "ok", "version": settings.VERSION})


def test_a_process_lives_whatever_state_its_parts_are_in() -> None:
    with override_settings(CACHES=cache_at(closed_port())), channel_layer_at(closed_port()):
        assert ApiClient().get("/healthz").status == 200


def test_with_all_parts_it_is_ready() -> None:
    answer = readyz()

    assert (answer.status, answer.body) == (200, ALL_WELL)


def test_without_a_cache_it_is_not_ready() -> None:
    with override_settings(CACHES=cache_at(closed_port())):
        assert_only_unavailable(readyz(), "cache")


def test_with_a_cache_that_forgets_it_is_not_ready() -> None:
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}):
        assert_only_unavailable(readyz(), "cache")


def test_without_a_channel_layer_it_is_not_ready() -> None:
    with channel_layer_at(closed_port()):
        assert_only_unavailable(readyz(), "channelLayer")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The recordings lie in this folder, which is not there yet."""
    location = tmp_path / "recordings"
    recordings = {"BACKEND": "calls.storage.LocalRecordings", "OPTIONS": {"location": location, "base_url": "/media/"}}
    with override_settings(STORAGES={"recordings": recordings}):
        yield location


def test_with_a_folder_that_takes_files_it_is_ready(folder: Path) -> None:
    assert readyz().status == 200
    assert list(folder.iterdir()) == []


def test_with_a_folder_that_takes_no_files_it_is_not_ready(folder: Path) -> None:
    folder.write_text("a file where the folder should be")

    assert_only_unavailable(readyz(), "storage")


def s3_at(port: int) -> dict[str, Any]:
    from botocore.config import Config

    return {
        "BACKEND": "calls.storage.r2.R2Recordings",
        "OPTIONS": {
            "bucket_name": "tether",
            "endpoint_url": f"http://127.0.0.1:{port}",
            "region_name": "auto",
            "access_key": "key-of-nobody",
            "secret_key": "secret-of-nobody",
            "client_config": Config(retries={"total_max_attempts": 1}, proxies={}),
        },
    }


def test_without_s3_it_is_not_ready() -> None:
    with override_settings(STORAGES={"recordings": s3_at(closed_port())}):
        assert_only_unavailable(readyz(), "storage")


def test_why_a_part_is_unavailable_is_in_the_log_and_not_in_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    port = closed_port()
    with override_settings(CACHES=cache_at(port), STORAGES={"recordings": s3_at(port)}):
        answer = readyz()

    assert str(port).encode() not in answer.content
    assert b"nobody" not in answer.content
    assert [record for record in caplog.records if record.name == "django.request"] == []
    told = sorted(record.getMessage() for record in caplog.records if record.name == health.__name__)
    assert len(told) == 2
    assert re.fullmatch(r"Not ready: cache \(Connection\w+\)", told[0])
    assert told[1] == "Not ready: storage (EndpointConnectionError)"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_head_is_answered_and_post_is_not(path: str) -> None:
    assert ApiClient().request("HEAD", path).status == 200
    assert ApiClient().post(path, {}).status == 405


ASK = """
import json, os, sys
import django
django.setup()
from django.test import Client
from tether_calls import health
from tether_calls.accounts.models import Organization
health.PATIENCE_SECONDS = float(sys.argv[1])
response = Client().get("/readyz")
print(json.dumps([response.status_code, response.json()]), flush=True)
os._exit(0)  # threads that still wait are not waited for
"""


def _everything_at(port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": f"postgresql://somebody:pass-of-nobody@127.0.0.1:{port}/tether",
        "REDIS_URL": f"redis://:pass-of-nobody@127.0.0.1:{port}/0",
        "R2_BUCKET": "tether",
        "R2_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "R2_ACCESS_KEY_ID": "key-of-nobody",
        "R2_SECRET_ACCESS_KEY": "secret-of-nobody",
        "DJANGO_SETTINGS_MODULE": "tether_calls.settings.test",
        "LOG_LEVEL": "CRITICAL",
    }


def ask_with_everything_at(port: int, *, patience: float) -> tuple[int, Any]:
    """Status and body of /readyz in a process of its own, all of whose parts are at the port."""
    asked = subprocess.run(
        [sys.executable, "-c", ASK, str(patience)],
        cwd=PROJECT,
        env={**os.environ, **_everything_at(port)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert asked.returncode == 0, asked.stderr
    assert "nobody" not in asked.stdout
    status, body = json.loads(asked.stdout)
    return status, body


def test_with_all_parts_dead_each_is_unavailable() -> None:
    status, body = ask_with_everything_at(closed_port(), patience=0.5)

    assert (status, body) == (503, NOTHING_WELL)


def test_with_all_parts_hanging_each_is_unavailable() -> None:
    with silent_port() as port:
        status, body = ask_with_everything_at(port, patience=0.5)

    assert (status, body) == (503, NOTHING_WELL)


def test_its_patience_is_for_all_parts_together(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Event()

    def hang() -> None:
        over.wait()

    hanging = {f"part{number}": hang for number in range(700)}
    monkeypatch.setattr(health, "PARTS", hanging)
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 1.0)
    try:
        # One after another they would take longer than any test may.
        answer = readyz()
    finally:
        over.set()

    without_clock = {name: verdict for name, verdict in answer.body.items() if name not in health.CLOCK}
    assert without_clock == {"status": "unavailable", **dict.fromkeys(hanging, "unavailable")}


def test_its_patience_leaves_time_to_answer_within_five_seconds() -> None:
    assert as_shipped["tether_calls.health.PATIENCE_SECONDS"] <= 4


def test_when_all_is_well_its_patience_is_not_used_up() -> None:
    # Which is longer than any test may take: it ends at all only if nothing waits for it.
    assert health.PATIENCE_SECONDS == HOUR

    assert readyz().status == 200


def test_a_part_is_asked_in_one_thread_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the storage's client, kept by thread, is made once."""
    threads = list[int]()
    monkeypatch.setattr(health, "PARTS", {"part": lambda: threads.append(get_ident())})

    for _ in range(3):
        readyz()

    assert len(threads) == 3
    assert len(set(threads)) == 1


def test_a_part_that_hangs_is_asked_once_however_many_want_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, may_answer = list[int](), Event()

    def hang() -> None:
        asked.append(1)
        may_answer.wait()

    monkeypatch.setattr(health, "PARTS", {"part": hang})
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)

    verdicts = [readyz().body["part"] for _ in range(3)]
    may_answer.set()

    assert verdicts == ["unavailable"] * 3
    assert asked == [1]
