"""The embedded default: the server process sends webhooks itself, also what a killed one had begun."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import requests

from tests.calls.services.webhooks_out.receiving import HOOK, OK, Receiver, verified
from tests.factories import missed_call_body
from tests.http_targets import TargetServer, stall
from tests.script_server import PROJECT, ScriptServer, Seeded, in_the_database, running
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.slow,
]


def subscribed_at(server: ScriptServer, receiver: Receiver) -> str:
    """The secret of a subscription of the demo's organization."""
    made = requests.post(
        f"{server.printed['baseUrl']}/api/v1/webhooks",
        json={"name": "CRM", "url": receiver.url, "subscribed_events": ["call.ended"]},
        headers={"Authorization": f"Bearer {server.printed['partnerKey']}"},
        timeout=PATIENCE,
    )
    assert made.status_code == 201, made.text
    return str(made.json()["secret"])


def test_a_call_is_told_of_by_the_one_process_also_after_it_was_killed(seeded: Seeded, tmp_path: Path) -> None:
    data = seeded.copy_to(tmp_path / "data")
    with TargetServer({HOOK: OK}) as target:
        receiver = Receiver(target)
        variables = {"TETHER_FETCH_EXEMPT_HOSTS": target.host, "TETHER_WEBHOOK_SECONDS": "600"}
        with running(PROJECT, data=data, **variables) as server:
            secret = subscribed_at(server, receiver)
            first = server.ingest(missed_call_body(), key=server.printed["apiKey"]).json()["callId"]
            wait_until(lambda: receiver.requests, log=server.log)
            assert verified(secret, receiver.requests[0])["call"]["id"] == first

            receiver.answers(stall())
            second = server.ingest(missed_call_body(), key=server.printed["apiKey"]).json()["callId"]
            wait_until(lambda: len(receiver.requests) == 2, log=server.log)
            server.kill()
        # As if so much time had passed that no attempt can be under way any more.
        in_the_database(data, "UPDATE calls_webhookmessage SET leased_until = datetime('now', '-1 second')")

        receiver.answers(OK)
        with running(PROJECT, data=data, **variables) as server:
            wait_until(lambda: len(receiver.requests) == 3, log=server.log)

    cut_off, again = receiver.requests[1:]
    assert cut_off.headers["webhook-id"] == again.headers["webhook-id"]
    assert json.loads(cut_off.body) == json.loads(again.body) == verified(secret, again)
    assert verified(secret, again)["call"]["id"] == second
