"""script/server simulates the demo's providers: AI calls are dialled there, at every start, and it ends with it."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.script_server import ScriptServer, copy_checkout, running
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.timeout(400),
]

TOLD = {
    "simulatorUrl",
    "elevenlabsWebhookSecret",
    "elevenlabsToolSecret",
    "sinchApplicationKey",
    "sinchApplicationSecret",
    "twilioAccountSid",
    "twilioAuthToken",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("simulator") / "checkout")


@pytest.fixture(scope="module")
def server(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptServer]:
    """With the demo's user logged in; it does not wait long for a provider."""
    data = tmp_path_factory.mktemp("simulator") / "data"
    with running(checkout, data=data, TETHER_DIAL_SECONDS="1") as server:
        server.log_in(server.printed["user"])
        yield server


@pytest.fixture(scope="module")
def seeded(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demo whose providers were never simulated, as there are from before they were."""
    data = tmp_path_factory.mktemp("simulator") / "seeded data"
    with running(checkout, data=data, TETHER_SIMULATOR="0") as server:
        assert not TOLD & server.printed.keys()
        server.kill()
    return data


@pytest.fixture
def data(seeded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(seeded, tmp_path / "data")


@pytest.mark.parametrize("digit", [0, 1, 2, 3, 4, 5, 6, 9])
def test_the_demo_has_somebody_called(server: ScriptServer, digit: int) -> None:
    number = f"+1416555015{digit}"

    answer = server.dial(number)

    assert answer.status_code == 200, answer.text
    dialled = {call["id"]: call for call in server.simulated()["calls"]}[answer.json()["conversationId"]]
    assert (dialled["direction"], dialled["from"], dialled["to"]) == ("outbound", server.printed["aiNumber"], number)
    (call,) = server.get(f"/api/calls/history?toNumber=%2B{number[1:]}")["calls"]
    assert call["aiAgentId"] == server.printed["agentId"]


def test_a_number_that_the_provider_refuses(server: ScriptServer) -> None:
    answer = server.dial("+14165550157")

    assert (answer.status_code, answer.json()["code"]) == (500, "PROVIDER_ERROR")
    (call,) = server.get("/api/calls/history?toNumber=%2B14165550157")["calls"]
    assert call["status"] == "failed"


def test_a_number_at_which_the_provider_does_not_answer_us(server: ScriptServer) -> None:
    answer = server.dial("+14165550158")

    assert (answer.status_code, answer.json()["code"]) == (500, "PROVIDER_UNKNOWN")
    assert [call["to"] for call in server.simulated()["calls"]].count("+14165550158") == 1


@pytest.mark.parametrize(
    ("provider", "to"),
    [
        ("elevenlabs", "+14165550100"),
        ("sinch", "+14165550100"),
        ("sinch", "+14165550103"),
        ("twilio", "+14165550102"),
    ],
)
def test_the_demos_numbers_can_be_called(server: ScriptServer, provider: str, to: str) -> None:
    server.call_in(provider, from_number="+14165550177", to=to)

    assert [call["to"] for call in server.simulated()["calls"] if call["provider"] == provider].count(to) == 1


def test_a_demo_from_before_gains_accounts_and_keeps_them_over_a_kill(checkout: Path, data: Path) -> None:
    with running(checkout, data=data) as server:
        first = server.printed
        assert first.keys() >= TOLD
        server.kill()

    with running(checkout, data=data) as server:
        # Ports may be others.
        addresses = {"baseUrl": "", "simulatorUrl": ""}
        assert {**server.printed, **addresses} == {**first, **addresses}
        server.log_in(server.printed["user"])
        assert server.dial("+14165550150").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_everything_that_is_under_way(checkout: Path, data: Path, number: signal.Signals) -> None:
    with running(checkout, data=data) as server:
        server.log_in(server.printed["user"])
        server.dial("+14165550150")
        # A provider that does not answer holds a thread of ours for longer than the end may take.
        waiting = threading.Thread(target=_dial_in_vain, args=(server,), daemon=True)
        waiting.start()
        while len(server.simulated()["calls"]) < 2:
            assert waiting.is_alive()
        server.process.send_signal(number)
        server.process.wait(PATIENCE)

        with pytest.raises(requests.ConnectionError):
            server.simulated()


def _dial_in_vain(server: ScriptServer) -> None:
    with suppress(requests.RequestException):
        server.dial("+14165550158")
