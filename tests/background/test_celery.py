"""Production's way: tasks over the real Redis, done by a worker process, again where that is killed in the middle."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from calls.models import WebhookMessage, WebhookState
from tests.background.jobs import celery, environment_of_tests
from tests.calls.services.webhooks_out.receiving import HOOK, OK, Receiver, ended_call, subscribed, verified
from tests.factories import make_user
from tests.http_targets import TargetServer, stall
from tests.script_server import PROJECT
from tests.server_process import end_group
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.background.tasks import run_job
from tether_calls.celery import app

pytestmark = [
    pytest.mark.skipif("'REDIS_URL' not in os.environ or 'DATABASE_URL' not in os.environ", reason="needs Redis"),
    pytest.mark.slow,
]

# What PostgreSQL calls the worker's sessions.
WORKER = "the worker"
# Webhooks in the line: many more than a worker has in hand.
WAITING = 200


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user()


@pytest.fixture(autouse=True)
def _empty_queues() -> Iterator[None]:
    yield
    with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        names = list(redis.scan_iter("tether.*"))
        if names:
            redis.delete(*names)


@pytest.fixture
def receiver(settings: object) -> Iterator[Receiver]:
    with TargetServer({HOOK: OK}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]  # type: ignore[attr-defined]
        yield Receiver(target)


@contextmanager
def process(command: list[str], folder: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker, or beat; `folder`/log is what it says."""
    folder.mkdir(exist_ok=True)
    with (folder / "log").open("ab") as log:
        started = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment_of_tests(
                folder, SECRET_KEY=settings.SECRET_KEY, ENCRYPTION_KEYS=",".join(settings.ENCRYPTION_KEYS), **variables
            ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield started
    finally:
        end_group(started, stop=signal.SIGTERM)


@contextmanager
def worker(folder: Path, receiver: Receiver, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    variables = {
        "TETHER_FETCH_EXEMPT_HOSTS": receiver.server.host,
        "TETHER_WEBHOOK_SECONDS": "1",
        # What a killed worker had taken is handed on after about as long; by then its webhooks may be sent again.
        "TETHER_JOB_SECONDS": "10",
        **more,
    }
    with process(celery("worker", "-Q", "jobs,webhooks", "-c", "2"), folder, **variables) as started:
        yield started


def delivered() -> int:
    return WebhookMessage.objects.filter(state=WebhookState.DELIVERED).count()


def is_delivered(number: int = 1) -> bool:
    return delivered() == number


def send() -> None:
    app.loader.import_default_modules()
    run_job.apply_async(("deliver_webhooks",), queue="webhooks")


def test_a_worker_does_what_beat_tells_it(user: User, receiver: Receiver, tmp_path: Path) -> None:
    secret = subscribed(user, receiver.url, "call.ended").secret
    ended_call(user)

    with worker(tmp_path / "worker", receiver), process(celery("beat"), tmp_path / "beat"):
        wait_until(is_delivered, log=tmp_path / "worker" / "log")

    (request,) = receiver.requests
    assert verified(secret, request)["event_type"] == "call.ended"


def test_a_process_that_serves_http_wakes_the_workers(user: User, receiver: Receiver, tmp_path: Path) -> None:
    subscribed(user, receiver.url, "call.ended")
    ended_call(user)
    # It imports what a server does, and nothing of Celery.
    waking = (
        "import tether_calls.wsgi, sys, time; from tether_calls.background.wake import wake;"
        " wake('deliver_webhooks'); time.sleep(float(sys.argv[1]))"
    )

    with worker(tmp_path / "worker", receiver):
        # What no worker takes within five seconds is dropped, and here nobody sends it again.
        wait_until(lambda: app.control.ping(timeout=1), what="the worker", every=1, log=tmp_path / "worker" / "log")
        with process([sys.executable, "-c", waking, str(PATIENCE)], tmp_path / "server"):
            wait_until(is_delivered, log=tmp_path / "server" / "log")


def test_a_task_whose_worker_is_killed_in_the_middle_is_done_again(
    user: User, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.answers(stall())
    subscribed(user, receiver.url, "call.ended")
    ended_call(user)
    log = tmp_path / "worker" / "log"

    with worker(tmp_path / "worker", receiver) as first:
        send()
        wait_until(lambda: receiver.requests, log=log)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(PATIENCE)
    assert not is_delivered()

    receiver.answers(OK)
    # Nobody sends the task once more.
    with worker(tmp_path / "worker", receiver):
        wait_until(is_delivered, log=log)

    assert len(receiver.requests) == 2
    assert len(set(receiver.ids)) == 1


def test_a_worker_that_is_stopped_sends_what_it_has_in_hand_and_leaves_the_rest(
    user: User, receiver: Receiver, tmp_path: Path
) -> None:
    may_answer = threading.Semaphore(0)

    def answer(connection: socket.socket, stopped: threading.Event) -> None:
        may_answer.acquire()
        OK(connection, stopped)

    receiver.answers(answer)
    subscribed(user, receiver.url, "call.ended")
    for _ in range(WAITING):
        ended_call(user)
    log = tmp_path / "worker" / "log"

    with worker(tmp_path / "worker", receiver, TETHER_WEBHOOK_SECONDS=str(PATIENCE)) as stopped:
        send()
        wait_until(lambda: receiver.requests, log=log)
        stopped.send_signal(signal.SIGTERM)
        wait_until(lambda: "Warm shutdown" in log.read_text(), log=log)
        # One by one, so that the worker has noticed long before the line is empty.
        while stopped.poll() is None:
            may_answer.release()
            time.sleep(0.05)

    assert stopped.returncode == 0
    left = WebhookMessage.objects.filter(state=WebhookState.PENDING, attempts=0).count()
    assert left > 0
    assert delivered() == WAITING - left


def test_beat_sends_each_job_once_when_it_starts(tmp_path: Path) -> None:
    """Restarted more often than a job comes round, it would never send it."""
    with Redis.from_url(os.environ["REDIS_URL"]) as redis, process(celery("beat"), tmp_path / "beat"):
        wait_until(lambda: sent_jobs(redis) >= set(settings.TETHER_JOBS), log=tmp_path / "beat" / "log")


def sessions_of_the_worker() -> set[int]:
    """The server's processes for them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [WORKER])
        return {pid for (pid,) in cursor.fetchall()}


def test_a_worker_keeps_its_sessions_from_job_to_job(user: User, receiver: Receiver, tmp_path: Path) -> None:
    subscribed(user, receiver.url, "call.ended")
    kept: set[int] = set()

    with worker(tmp_path / "worker", receiver, PGAPPNAME=WORKER):
        for number in range(1, 5):
            ended_call(user)
            send()
            wait_until(partial(is_delivered, number), log=tmp_path / "worker" / "log")
            wait_until(sessions_of_the_worker, what="a session that is kept")
            assert sessions_of_the_worker() >= kept
            kept |= sessions_of_the_worker()


def sent_jobs(redis: Redis) -> set[str]:
    """The jobs that wait in the queues for a worker."""
    waiting = [*redis.lrange("tether.jobs", 0, -1), *redis.lrange("tether.webhooks", 0, -1)]
    bodies = [base64.b64decode(json.loads(message)["body"]) for message in waiting]
    return {json.loads(body)[0][0] for body in bodies}
