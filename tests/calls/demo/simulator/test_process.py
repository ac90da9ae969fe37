"""The simulator as a process of its own, and its configuration file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from calls.demo.simulator import read_config
from tests.calls.demo.simulator.worlds import (
    AGENT,
    API_KEY,
    NUMBER_ID,
    OUR_NUMBER,
    customer,
)
from tests.waiting import PATIENCE

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[4]


def test_it_runs_as_a_process_until_it_is_told_to_end(tmp_path: Path) -> None:
    config = tmp_path / "simulator.json"
    number = {"phone_number_id": NUMBER_ID, "phone_number": OUR_NUMBER, "agent_id": AGENT}
    accounts = [
        {"provider": "elevenlabs", "api_key": API_KEY, "phone_numbers": [number]},
        {"provider": "sinch", "application_key": "key", "application_secret": "c2VjcmV0"},
        {"provider": "twilio", "account_sid": "AC1", "auth_token": "token"},
    ]
    config.write_text(json.dumps({"accounts": accounts, "pace": {"ringing": 3600}}))
    with _process("--config", str(config)) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        body = {"agent_id": AGENT, "agent_phone_number_id": NUMBER_ID, "to_number": customer(0)}
        answer = requests.post(
            f"{url}/v1/convai/sip-trunk/outbound-call", json=body, headers={"xi-api-key": API_KEY}, timeout=PATIENCE
        )
        assert answer.json()["success"] is True
        process.send_signal(signal.SIGTERM)  # the call would ring for an hour
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")


def test_it_refuses_production_settings() -> None:
    with _process(settings="tether_calls.settings.production") as process:
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (2, "")
    assert "not for production" in errors


def _process(*arguments: str, settings: str = "") -> subprocess.Popen[str]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings}
    command = [sys.executable, "-m", "calls.demo.simulator", *arguments]
    return subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(
    "text",
    [b"{", b"[]", b'{"accounts": [{"provider": "x"}]}', b'{"pace": {"ringing": "long"}}', b'{"surprise": 1}'],
)
def test_a_wrong_configuration_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_config(text)


def test_it_imports_nothing_of_the_application() -> None:
    roots = "('django', 'rest_framework', 'requests', 'tether_calls', 'contacts', 'conversations')"
    code = f"import sys, calls.demo.simulator; print([m for m in sys.modules if m.split('.')[0] in {roots}])"
    finished = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"
