"""Several processes count in one folder: what the dead counted stays, what was true of them alone does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.monitoring.scraping import TOKEN, Scraped, Since, scraped
from tests.server_process import end_group, free_ports
from tests.waiting import PATIENCE, wait_until
from tether_calls.common.observing import files

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]

COUNT = """
import sys
import django
django.setup()
from tether_calls.common.observing import metrics
metrics.INGESTS.add("created", by=3)
metrics.HTTP_SECONDS.observe(0.2, "GET", "/tests")
metrics.OPEN_SOCKETS.add(by=5)
print("counted", flush=True)
sys.stdin.read()
"""

FORK = """
import os
import django
django.setup()
from tether_calls.common.observing import metrics
metrics.INGESTS.add("created")
if os.fork() == 0:
    metrics.INGESTS.add("created", by=10)
    os._exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
metrics.INGESTS.add("created")
"""

SAYS_WHAT_IS_IMPORTED = """
import sys
from tether_calls.wsgi import application
from django.test import Client
assert Client().get("/healthz").status_code == 200
names = "prometheus_client", "sentry_sdk", "opentelemetry", "pythonjsonlogger"
print([name for name in names if sys.modules.get(name)])
"""


def environment(**variables: str) -> dict[str, str]:
    ours = {"DJANGO_SETTINGS_MODULE": "tether_calls.settings.test", "METRICS_TOKEN": TOKEN}
    return {**os.environ, **ours, "METRICS_DIR": str(files.folder()), **variables}


@contextmanager
def counting() -> Iterator[subprocess.Popen[str]]:
    """A process that has counted, and lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT],
        cwd=PROJECT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "counted\n"
        try:
            yield process
        finally:
            process.kill()


def run(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def files_of_others() -> set[str]:
    return {path.name for path in files.folder().iterdir() if files.identity() not in path.name}


@pytest.mark.django_db
def test_processes_are_added_up_and_a_killed_one_leaves_what_it_counted_and_no_files() -> None:
    scraped()  # after its own request this process is one that counts
    before = scraped()
    since, sockets, processes = Since(), before.value("tether_open_sockets"), before.value("tether_processes")

    with counting(), counting():
        assert since.grown("tether_ingests_total", outcome="created") == 6
        assert scraped().value("tether_open_sockets") == sockets + 10
        assert scraped().value("tether_processes") == processes + 2

    for _ in range(2):
        assert since.grown("tether_ingests_total", outcome="created") == 6
        seconds = {"method": "GET", "route": "/tests"}
        assert since.grown("tether_http_request_duration_seconds_count", **seconds) == 2
        assert since.grown("tether_http_request_duration_seconds_bucket", **seconds, le="0.25") == 2
        assert since.grown("tether_http_request_duration_seconds_bucket", **seconds, le="0.1") == 0
        assert scraped().value("tether_open_sockets") == sockets
        assert scraped().value("tether_processes") == processes
    assert files_of_others() == {"lock", "counter_dead.db", "histogram_dead.db"}


@pytest.mark.django_db
def test_a_fork_counts_for_itself() -> None:
    since = Since()

    assert run(FORK).stderr == ""

    assert since.grown("tether_ingests_total", outcome="created") == 12


def test_what_is_not_asked_for_is_not_imported() -> None:
    off = dict.fromkeys(("METRICS_TOKEN", "METRICS_ADDRESS", "SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"), "")

    assert run(SAYS_WHAT_IS_IMPORTED, **off, LOG_FORMAT="line").stdout == "[]\n"
    assert run(SAYS_WHAT_IS_IMPORTED, **off | {"METRICS_TOKEN": TOKEN}).stdout == "['prometheus_client']\n"


def test_a_folder_that_cannot_be_used_costs_the_counts_and_no_request(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = run(SAYS_WHAT_IS_IMPORTED, METRICS_DIR=str(tmp_path / "file"))

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Nothing is counted any more") == 1


def test_workers_of_granian_are_one_service_with_an_address_for_its_metrics(tmp_path: Path) -> None:
    http, metrics = free_ports(2)
    asked = 0

    def ask() -> bool:
        """On a connection of its own, so that both workers get some."""
        nonlocal asked
        requests.get(f"http://127.0.0.1:{http}/nowhere", timeout=PATIENCE)
        asked += 1
        return True

    command = ["granian", "--interface", "wsgi", "--workers", "2", "--respawn-failed-workers", "--host", "127.0.0.1"]
    variables = {
        "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base",
        "TETHER_DATA_DIR": str(tmp_path),
        **dict.fromkeys(("DATABASE_URL", "REDIS_URL", "R2_BUCKET", "METRICS_TOKEN", "METRICS_DIR"), ""),
        "METRICS_ADDRESS": f"127.0.0.1:{metrics}",
    }
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, "--port", str(http), "tether_calls.wsgi:application"],
            cwd=PROJECT,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until(lambda: answers(http, "/healthz"), what="granian", every=0.1, log=tmp_path / "log")
        for _ in range(20):
            ask()
        wait_until(lambda: answers(metrics, "/metrics"), what="metrics", every=0.1, log=tmp_path / "log")

        assert requests.get(f"http://127.0.0.1:{http}/metrics", timeout=PATIENCE).status_code == 404
        assert not answers(metrics, "/")
        # One may listen before the other does, and have got all of them.
        wait_until(lambda: ask() and read(metrics).value("tether_processes") == 2, what="both workers", every=0.1)
        assert asked >= 20
        assert unmatched(read(metrics)) == asked

        # Whichever of the two serves them, one of the next has to take that over.
        for pid in worker_pids(server.pid):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: answers(metrics, "/metrics"), what="another one", every=0.1, log=tmp_path / "log")
        assert unmatched(read(metrics)) == asked
    finally:
        end_group(server, stop=signal.SIGTERM)


def answers(port: int, path: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE).status_code == 200
    except requests.ConnectionError:
        return False


def read(port: int) -> Scraped:
    return Scraped(requests.get(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE).text)


def unmatched(found: Scraped) -> float:
    return found.value("tether_http_requests_total", method="GET", route="unmatched", status="404")


def worker_pids(pid: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
