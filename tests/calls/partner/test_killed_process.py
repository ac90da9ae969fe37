"""The server killed while a partner's call is being dialled: the same request later gets that call, and no other."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.script_server import PROJECT, ScriptServer, Seeded, in_the_database, running
from tests.waiting import PATIENCE, wait_until

# Somebody whose call is placed, but the simulator never says so.
UNHEARD = "+14165550198"


def dial(server: ScriptServer) -> requests.Response:
    headers = {"Authorization": f"Bearer {server.printed['partnerKey']}", "Idempotency-Key": "one"}
    body = {"phone_number": UNHEARD, "agent_id": server.printed["agentId"]}
    return requests.post(f"{server.printed['baseUrl']}/api/v1/calls", json=body, headers=headers, timeout=PATIENCE)


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="looks into SQLite")
def test_a_call_whose_server_was_killed_before_it_could_answer_is_not_dialled_again(
    seeded: Seeded, tmp_path: Path
) -> None:
    data = seeded.copy_to(tmp_path / "data")

    def send(server: ScriptServer) -> None:
        with suppress(requests.RequestException):
            dial(server)

    with running(PROJECT, data=data) as server:
        sender = threading.Thread(target=send, args=(server,))
        sender.start()
        wait_until(lambda: server.simulated()["dials"])
        server.kill()
        sender.join(PATIENCE)
    ((call_id, status),) = in_the_database(data, "SELECT call_id, status FROM calls_idempotentrequest")
    assert (call_id is not None, status) == (True, None)

    # As if the request had come just now, or a while ago: no start takes longer than an hour.
    began = "UPDATE calls_idempotentrequest SET created_at = datetime('now', ?)"
    in_the_database(data, began, "+1 hour")
    with running(PROJECT, data=data) as server:
        early = dial(server)
        assert (early.status_code, early.json()["error"]) == (409, "idempotency_in_progress")
        in_the_database(data, began, "-61 seconds")

        late = dial(server)

        assert (late.status_code, late.json()["call_id"], late.json()["status"]) == (201, call_id, "queued")
        assert late.headers["Idempotent-Replayed"] == "true"
        assert server.simulated()["dials"] == 0
        assert in_the_database(data, "SELECT count(*) FROM calls_call WHERE to_number = ?", UNHEARD) == [(1,)]
