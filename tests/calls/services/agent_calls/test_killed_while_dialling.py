"""The server killed after the provider has accepted a dial and before that is saved: the call is found again."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import requests

from calls.demo.simulator import Simulator
from tests.calls.api.ai.outbound import AGENT, NUMBER_ID, OUR_NUMBER, customer
from tests.calls.services.reconciling.forgotten import API_KEY, silent_providers
from tests.script_server import PROJECT, ScriptServer, Seeded, running
from tests.waiting import PATIENCE, wait_until

# The demo's organization gets an account at the simulator, an agent and a number.
_OFFICE = f"""
from calls.models import PhoneNumber, Prompt, VoiceAccount
from tether_calls.accounts.models import User
user = User.objects.get(email="{{email}}")
own = {{{{"organization": user.organization}}}}
Prompt.objects.filter(**own).delete()
VoiceAccount.objects.filter(provider="elevenlabs", **own).delete()
PhoneNumber.objects.filter(**own).delete()
Prompt.objects.create(name="Mia", voice_enabled=True, elevenlabs_agent_id="{AGENT}", **own)
VoiceAccount.objects.create(provider="elevenlabs", secrets={{{{"api_key": "{API_KEY}"}}}}, base_url="{{url}}", **own)
PhoneNumber.objects.create(
    user=user, provider="sinch", phone_number="{OUR_NUMBER}", ai_enabled=True,
    elevenlabs_phone_number_id="{NUMBER_ID}", **own)
"""


def kill_while_dialling(server: ScriptServer, simulator: Simulator) -> None:
    """Asks for a call, and kills the server once the provider has begun it; its answer never comes."""
    errors: list[BaseException] = []

    def ask() -> None:
        headers = {"Authorization": f"Bearer {server.token}"}
        url = f"{server.printed['baseUrl']}/api/calls/ai/outbound"
        try:
            requests.post(url, json={"phoneNumber": customer(0)}, headers=headers, timeout=PATIENCE)
        except requests.RequestException as error:
            errors.append(error)

    simulator.fail("elevenlabs", "outbound-call", "stall", after=True)
    asker = threading.Thread(target=ask)
    asker.start()
    wait_until(lambda: simulator.happened()["calls"])
    server.kill()
    asker.join(PATIENCE)
    assert len(errors) == 1, "the user got an answer although the provider gave none"


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="script/server is on SQLite")
def test_a_call_that_was_accepted_when_the_server_was_killed_is_settled_by_reconciliation(
    seeded: Seeded, tmp_path: Path
) -> None:
    data = seeded.copy_to(tmp_path / "data")
    with silent_providers() as simulator:
        with running(PROJECT, data=data) as server:
            login = server.printed["user"]
            server.manage("shell", "-c", _OFFICE.format(email=login["email"], url=simulator.url))
            server.log_in(login)
            before = server.call_ids()
            kill_while_dialling(server, simulator)
        happened = simulator.settle()

        with running(PROJECT, data=data) as server:
            server.log_in(login)
            (call_id,) = set(server.call_ids()) - set(before)
            assert server.get(f"/api/calls/{call_id}")["call"]["status"] == "initiated"

            said = server.manage("reconcile_calls", "--call", call_id)

            assert "1 settled" in said
            call = server.get(f"/api/calls/{call_id}")["call"]
            assert (call["status"], call["providerCallId"]) == ("completed", happened["calls"][0]["id"])
            assert call["aiTranscript"]
            assert server.play(call_id).startswith((b"ID3", b"\xff"))
        assert simulator.happened()["dials"] == 1
