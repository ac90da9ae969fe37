"""script/server simulates the demo's providers: AI calls are dialled there, at every start, and it ends with it."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import requests

from tests.at_once import at_once
from tests.script_server import PROJECT, ScriptServer, Seeded, running
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.slow,
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


def test_a_demo_from_before_gains_accounts_and_keeps_them_over_a_kill(seeded: Seeded, tmp_path: Path) -> None:
    """From before providers were simulated."""
    assert not TOLD & seeded.printed.keys()
    data = seeded.copy_to(tmp_path / "data")

    with running(PROJECT, data=data) as server:
        first = server.printed
        assert first.keys() >= TOLD
        server.kill()

    with running(PROJECT, data=data) as server:
        # Ports may be others.
        addresses = {"baseUrl": "", "simulatorUrl": ""}
        assert {**server.printed, **addresses} == {**first, **addresses}
        server.log_in(server.printed["user"])
        assert server.dial("+14165550150").status_code == 200


def test_a_signal_ends_it_with_everything_that_is_under_way(seeded: Seeded, tmp_path: Path) -> None:
    """Both at once: most of the time they wait for requests that do not end."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    at_once([partial(_ends_by, number, seeded.copy_to(tmp_path / number.name)) for number in numbers])


def _ends_by(number: signal.Signals, data: Path) -> None:
    with running(PROJECT, data=data) as server:
        server.log_in(server.printed["user"])
        server.dial("+14165550150")
        # A provider that does not answer holds a thread of ours for longer than the end may take.
        waiting = threading.Thread(target=_dial_in_vain, args=(server,), daemon=True)
        waiting.start()
        wait_until(lambda: len(server.simulated()["calls"]) > 1)
        assert waiting.is_alive()
        server.process.send_signal(number)
        server.process.wait(PATIENCE)

        with pytest.raises(requests.ConnectionError):
            server.simulated()


def _dial_in_vain(server: ScriptServer) -> None:
    with suppress(requests.RequestException):
        server.dial("+14165550158")
