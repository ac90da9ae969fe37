"""What a socket's client says is not for the log: there may be a token in it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.realtime.sockets import opened
from tests.script_server import PROJECT, environment
from tests.server_process import end_group, free_ports
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

# As docs/operations.md has it.
UVICORN = (
    "--lifespan on --ws tether_calls.common.socket_protocol:SharedTexts --ws-max-size 65536"
    " --no-access-log --no-proxy-headers"
)


@contextmanager
def uvicorn(log: Path, **variables: str) -> Iterator[str]:
    """The socket's process of production, on the embedded parts; yields its base URL."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), *UVICORN.split()]
    variables = environment(log.parent / "data", DJANGO_SETTINGS_MODULE="tether_calls.settings.base", **variables)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "tether_calls.asgi:application"],
            cwd=PROJECT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until(lambda: f"running on http://127.0.0.1:{port}" in log.read_text())
        yield f"http://127.0.0.1:{port}"
    finally:
        end_group(process, stop=signal.SIGTERM)


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_neither_a_sockets_address_nor_its_tokens_are_logged(level: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with uvicorn(log, LOG_LEVEL=level) as base_url:
        with opened(base_url, path="/ws/events?token=secret-in-the-query", token="secret-in-the-subprotocol") as socket:
            assert socket.close_code() == 4401
        with opened(base_url, path="/ws/events?token=secret-in-the-query") as socket:
            socket.say({"type": "authenticate", "token": "secret-in-a-message"})
            assert socket.close_code() == 4401
        with pytest.raises(InvalidStatus), opened(base_url, path="/ws/secret-in-the-path"):
            pass

    lines = log.read_text()
    assert "Application startup complete" in lines
    assert "secret" not in lines
    assert "Traceback" not in lines
