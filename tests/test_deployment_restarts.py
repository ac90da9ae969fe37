"""Database, Redis and storage are restarted below the four processes that the units of docs/operations.md start.

No process is started again, and none has to be: what a vendor repeats until it is accepted is kept once, told to the
socket that was open all the time, and sent to the webhook's receiver.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests import deployment
from tests.deployed import PROXY, Deployment, production
from tests.factories import ingest_body
from tests.http_targets import Answer, TargetServer, answer
from tests.script_server import copy_checkout
from tests.servers import S3, Postgres, Redis, postgres, redis, s3
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="only where real servers run"),
    pytest.mark.slow,
]

HOOK = "/hook"
THANKS = answer(b"thanks")
# Production as it is, but that one receiver of webhooks may be on this machine.
SETTINGS = """
from tether_calls.settings.production import *
TETHER_FETCH_EXEMPT_HOSTS = ["{host}"]
"""
PREPARE = """
import json
from calls.models import WebhookEvent
from calls.services.webhooks_out.subscriptions import subscribe
from tests.clients import vendor_of
from tests.factories import make_user
from tether_calls.accounts.tokens import issue_tokens
user = make_user()
subscribe(
    organization_id=user.home_id, name="CRM", url="{url}", subscribed_events=[WebhookEvent.CALL_ENDED], by=user
)
print(json.dumps({{"key": vendor_of(user).token, "token": issue_tokens(user).access}}))
"""


@dataclass
class World:
    """The processes, the servers below them, and who speaks with them."""

    place: Deployment
    postgres: Postgres
    redis: Redis
    s3: S3
    receiver: TargetServer
    key: str
    token: str

    def kept(self) -> Counter[str]:
        """How many calls there are of each that was pushed."""
        with psycopg.connect(self.postgres.url) as connection:
            rows = connection.execute("SELECT external_call_id, count(*) FROM calls_call GROUP BY 1").fetchall()
        return Counter({str(external_id): number for external_id, number in rows})

    def sent(self) -> dict[str, set[str]]:
        """The ids of the messages that the receiver got, by their call."""
        messages: dict[str, set[str]] = {}
        for request in self.receiver.requests:
            call_id = json.loads(request.body)["call"]["id"]
            messages.setdefault(call_id, set()).add(request.headers["webhook-id"])
        return messages

    def has_workers(self) -> bool:
        """Whether a worker hears what is said by Redis."""
        celery = str(Path(sys.executable).with_name("celery"))
        return self.place.run([celery, "-A", "tether_calls", "inspect", "ping"]).returncode == 0

    def assert_none_was_started_again(self, before: dict[str, int]) -> None:
        for name, process in self.place.running.items():
            assert process.poll() is None, f"{name} ended:\n{self.place.log(name).read_text()[-4_000:]}"
        assert {name: process.pid for name, process in self.place.running.items()} == before


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        # What is committed is on disk: else a server that is stopped at once forgets some of it.
        database = stack.enter_context(postgres(fsync=True))
        cache, recordings = stack.enter_context(redis()), stack.enter_context(s3())
        receiver = stack.enter_context(TargetServer({HOOK: THANKS}))
        servers = {**database.environment(), **cache.environment(), **recordings.environment()}
        folder = copy_checkout(tmp_path_factory.mktemp("restarts") / "srv")
        (folder / "with_a_receiver.py").write_text(SETTINGS.format(host=receiver.host))
        place = Deployment(
            folder=folder,
            variables={**production(servers), "DJANGO_SETTINGS_MODULE": "with_a_receiver"},
            command=deployment.units().__getitem__,
        )
        place.prepare()
        made = json.loads(place.shell(PREPARE.format(url=receiver.url(HOOK))))
        stack.enter_context(place.all_started())
        yield World(place=place, postgres=database, redis=cache, s3=recordings, receiver=receiver, **made)


def thanks_after(over: Event) -> Answer:
    """Answers well, but not before the event."""

    def write(connection: socket.socket, stopped: Event) -> None:
        over.wait(PATIENCE)
        THANKS(connection, stopped)

    return write


class Vendor(Thread):
    """Pushes one call after another, each of them again and again until it is accepted."""

    def __init__(self, world: World) -> None:
        super().__init__(name="vendor")
        self._world = world
        self._stops = Event()
        # Our ids of the calls that were accepted, by the vendor's.
        self.accepted: dict[str, str] = {}
        self.refused: Counter[int | str] = Counter()

    def run(self) -> None:
        while not self._stops.wait(0.05):
            body = ingest_body()
            while (call_id := self._push(body)) is None:
                self._stops.wait(0.2)
            self.accepted[body["externalCallId"]] = call_id

    def _push(self, body: dict[str, Any]) -> str | None:
        try:
            answered = requests.post(
                f"http://127.0.0.1:{self._world.place.ports['8000']}/api/calls/ingest",
                json=body,
                headers={**PROXY, "Authorization": f"Bearer {self._world.key}"},
                timeout=PATIENCE,
            )
        except requests.RequestException as error:
            self.refused[type(error).__name__] += 1
            return None
        if answered.status_code >= 300:
            self.refused[answered.status_code] += 1
            return None
        return str(answered.json()["callId"])

    @contextmanager
    def pushing(self) -> Iterator[None]:
        """It goes on until the last one is accepted."""
        self.start()
        try:
            yield
        finally:
            self._stops.set()
            self.join(PATIENCE)


class Listener(Thread):
    """Reads a socket that stays open."""

    def __init__(self, world: World) -> None:
        super().__init__(name="listener")
        self._world = world
        self._stops = Event()
        self.is_open = Event()
        self.frames: list[dict[str, Any]] = []

    def run(self) -> None:
        url = f"ws://127.0.0.1:{self._world.place.ports['8001']}/ws/events"
        protocols = [Subprotocol("bearer"), Subprotocol(self._world.token)]
        with connect(url, subprotocols=protocols, proxy=None) as opened, suppress(ConnectionClosed):
            self.is_open.set()
            while not self._stops.is_set():
                with suppress(TimeoutError):
                    self.frames.append(json.loads(opened.recv(timeout=0.5)))
        self.is_open.clear()

    def heard(self, event: str) -> Counter[str]:
        """How often an event came, by its call."""
        return Counter(frame["data"]["call"]["_id"] for frame in self.frames if frame["event"] == event)

    @contextmanager
    def listening(self) -> Iterator[None]:
        self.start()
        assert self.is_open.wait(PATIENCE)
        try:
            yield
        finally:
            self._stops.set()
            self.join(PATIENCE)


@dataclass(frozen=True)
class Outage:
    """One server is away for a while: which, and how it is ended."""

    part: str
    how: signal.Signals
    # The part of /readyz that says so.
    shown_as: str

    def __str__(self) -> str:
        return f"{self.part} {self.how.name}"


OUTAGES = [
    # As `pg_ctl stop -m fast` and `-m immediate` do.
    Outage("postgres", signal.SIGINT, "database"),
    Outage("postgres", signal.SIGQUIT, "database"),
    Outage("redis", signal.SIGTERM, "cache"),
    Outage("s3", signal.SIGKILL, "storage"),
]


def _readiness(world: World) -> dict[str, Any]:
    document: dict[str, Any] = world.place.get("/readyz").json()
    return document


@pytest.mark.parametrize("outage", OUTAGES, ids=str)
def test_after_an_outage_all_goes_on_and_nothing_is_lost_or_doubled(world: World, outage: Outage) -> None:
    before = {name: process.pid for name, process in world.place.running.items()}
    server = getattr(world, outage.part).server
    listener, vendor, over = Listener(world), Vendor(world), Event()
    # A worker has webhooks in hand when it happens.
    world.receiver.routes[HOOK] = thanks_after(over)
    sent_before = len(world.receiver.requests)

    with listener.listening():
        with vendor.pushing():
            wait_until(lambda: len(world.receiver.requests) > sent_before, what="a webhook", every=0.1)
            server.stop(outage.how)
            wait_until(lambda: _readiness(world)[outage.shown_as] != "ok", what="/readyz that says so", every=0.2)
            over.set()
            server.start()
            so_far = len(vendor.accepted)
            wait_until(lambda: len(vendor.accepted) > so_far + 3, what="calls after the outage", every=0.1)
        accepted = set(vendor.accepted.values())
        wait_until(lambda: accepted <= listener.heard("call_ended").keys(), what="events", every=0.1)
        wait_until(lambda: accepted <= world.sent().keys(), what="webhooks", every=0.1)
        wait_until(lambda: _readiness(world)["status"] == "ok", what="/readyz in order", every=0.5)
        # A run that was under way may have sent all of them.
        wait_until(world.has_workers, what="a worker that listens", every=2, log=world.place.log("worker"))

        assert listener.is_open.is_set(), "the same socket all the time"
    kept = world.kept()
    assert {external_id: kept[external_id] for external_id in vendor.accepted} == dict.fromkeys(vendor.accepted, 1)
    assert sum(kept.values()) == len(kept)
    assert set(listener.heard("call_ended").values()) == {1}
    assert {len(world.sent()[call_id]) for call_id in accepted} == {1}
    world.assert_none_was_started_again(before)
