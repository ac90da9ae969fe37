"""The browser's client of docs/events.md, run by Node through a network that breaks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.docs.markdown import DOCS, blocks
from tests.factories import make_user
from tests.realtime.network import Network
from tests.realtime.node import NODE, has_websocket_of_browsers
from tests.realtime.sockets import happen, live
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens

pytestmark = [
    live,
    pytest.mark.skipif(not has_websocket_of_browsers(), reason="needs a Node that has the WebSocket of browsers"),
]

PAGE = """
import { listen } from "./listen.mjs";
const [url, token] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
listen({
  url,
  freshToken: async () => token,
  onEvent: ({ data }) => say(data.number),
  reload: () => say("reload"),
});
"""


class Page:
    """A page that listens; what it does comes out one by one: numbers of events, and `reload`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._done: Queue[Any] = Queue()
        assert process.stdout is not None
        self._lines = process.stdout
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._lines:
            self._done.put(json.loads(line))

    def does(self, count: int) -> list[Any]:
        return [self._done.get(timeout=PATIENCE) for _ in range(count)]

    def does_nothing(self) -> bool:
        try:
            self._done.get(timeout=0.5)
        except Empty:
            return True
        return False


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


@pytest.fixture
def network(live_url: str) -> Iterator[Network]:
    with Network(urlsplit(live_url).port or 0) as network:
        yield network


@contextmanager
def page_of(user: User, network: Network, folder: Path, *, asks_every: int = 30_000) -> Iterator[Page]:
    """`asks_every` so many milliseconds it asks whether the connection still lives."""
    (client,) = [example for example in blocks(DOCS / "events.md", "js") if "export function listen" in example]
    assert client.count("30_000") == 1
    (folder / "listen.mjs").write_text(client.replace("30_000", str(asks_every)))
    (folder / "page.mjs").write_text(PAGE)
    address = f"ws://127.0.0.1:{network.port}/ws/events"
    command = [*NODE, str(folder / "page.mjs"), address, issue_tokens(user).access]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Page(process)
        finally:
            process.kill()


def test_it_loads_the_page_once_and_gets_what_happens(user: User, network: Network, tmp_path: Path) -> None:
    with page_of(user, network, tmp_path) as page:
        assert page.does(1) == ["reload"]
        happen(user, 1, 2)
        happen(user, 3)
        assert page.does(3) == [1, 2, 3]


def test_what_happens_while_it_is_away_comes_when_it_is_back(user: User, network: Network, tmp_path: Path) -> None:
    with page_of(user, network, tmp_path) as page:
        assert page.does(1) == ["reload"]
        happen(user, 0)
        assert page.does(1) == [0]
        for number in range(1, 10, 3):
            network.cut()
            happen(user, number, number + 1)
            assert page.does(2) == [number, number + 1]
            happen(user, number + 2)
            assert page.does(1) == [number + 2]
        assert page.does_nothing()


def test_a_connection_that_breaks_before_the_resume_is_over_loses_nothing(
    user: User, network: Network, tmp_path: Path
) -> None:
    with page_of(user, network, tmp_path) as page:
        assert page.does(1) == ["reload"]
        happen(user, 1)
        assert page.does(1) == [1]
        network.holds_what_clients_say = True
        network.cut()
        happen(user, 2, 3)
        network.wait_for_a_client()
        # It is let in, and its resume has not come: this one comes first.
        happen(user, 4)
        assert page.does(1) == [4]
        network.holds_what_clients_say = False
        network.cut()
        assert page.does(2) == [2, 3]
        happen(user, 5)
        assert page.does(1) == [5]
        assert page.does_nothing()


def test_a_connection_that_ends_in_its_handshake_is_followed_by_another(
    user: User, network: Network, tmp_path: Path
) -> None:
    network.refuses = True
    # Node 20 tells of such an end at times by no event: then it is the question without an answer that tells.
    with page_of(user, network, tmp_path, asks_every=2_000) as page:
        wait_until(lambda: network.clients >= 2)
        network.refuses = False
        assert page.does(1) == ["reload"]
        happen(user, 1)
        assert page.does(1) == [1]
        network.refuses = True
        clients = network.clients
        network.cut()
        happen(user, 2)
        wait_until(lambda: network.clients >= clients + 2)
        network.refuses = False
        assert page.does(1) == [2]


def test_a_network_that_falls_silent_is_left_for_another_connection(
    user: User, network: Network, tmp_path: Path
) -> None:
    with page_of(user, network, tmp_path, asks_every=2_000) as page:
        assert page.does(1) == ["reload"]
        happen(user, 1)
        assert page.does(1) == [1]
        network.is_silent = True
        clients = network.clients
        happen(user, 2)
        wait_until(lambda: network.clients > clients)
        network.is_silent = False
        network.cut()
        assert page.does(1) == [2]


def test_it_goes_on_resuming_where_one_resume_is_not_enough(
    user: User, network: Network, tmp_path: Path, settings: Any
) -> None:
    settings.TETHER_RESUME_MAX_EVENTS = 10
    with page_of(user, network, tmp_path) as page:
        assert page.does(1) == ["reload"]
        happen(user, 0)
        assert page.does(1) == [0]
        network.hears.clear()  # so that all of it is there when it comes back
        network.cut()
        for number in range(1, 36):
            happen(user, number)
        network.hears.set()
        done: list[Any] = []
        while len(done) - done.count("reload") < 35:
            done += page.does(1)
        assert [number for number in done if number != "reload"] == list(range(1, 36))
        # Each resume but the last has said that there is more.
        assert done.count("reload") >= 3


def test_it_does_not_try_for_ever_from_a_page_that_may_not(
    user: User, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tether_calls.realtime.consumers.is_allowed_origin", lambda _: False)
    with page_of(user, network, tmp_path) as page:
        assert page.does(1) == ["reload"]
        # Node ends when a program waits for nothing more.
        assert page.process.wait(PATIENCE) == 0
    assert network.clients == 1
