"""The embedded default: the server process sends webhooks itself, also what a killed one had begun."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.calls.services.webhooks_out.receiving import HOOK, OK, Receiver, verified
from tests.factories import missed_call_body
from tests.http_targets import TargetServer, stall
from tests.script_server import PROJECT, ScriptServer, Seeded, running
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.slow,
]

SUBSCRIBE = """
from django.conf import settings
settings.TETHER_FETCH_EXEMPT_HOSTS = [{host!r}]
from calls.services.webhooks_out.subscriptions import subscribe
from tether_calls.accounts.models import User
user = User.objects.get(email={email!r})
made = subscribe(
    organization_id=user.home_id, name="CRM", url={url!r}, subscribed_events=["call.ended"], created_by=user)
print(made.secret)
"""


def subscribed_at(server: ScriptServer, receiver: Receiver) -> str:
    """The secret of a subscription of the demo's organization."""
    email, host = server.printed["user"]["email"], receiver.server.host
    code = SUBSCRIBE.format(email=email, host=host, url=receiver.url)
    return server.manage("shell", "-v", "0", "-c", code).strip()


def test_a_call_is_told_of_by_the_one_process_also_after_it_was_killed(seeded: Seeded, tmp_path: Path) -> None:
    data = seeded.copy_to(tmp_path / "data")
    with TargetServer({HOOK: OK}) as target:
        receiver = Receiver(target)
        variables = {"TETHER_FETCH_EXEMPT_HOSTS": target.host, "TETHER_WEBHOOK_SECONDS": "2"}
        with running(PROJECT, data=data, **variables) as server:
            secret = subscribed_at(server, receiver)
            first = server.ingest(missed_call_body(), key=server.printed["apiKey"]).json()["callId"]
            wait_until(lambda: receiver.requests, log=server.log)
            assert verified(secret, receiver.requests[0])["call"]["id"] == first

            receiver.answers(stall())
            second = server.ingest(missed_call_body(), key=server.printed["apiKey"]).json()["callId"]
            wait_until(lambda: len(receiver.requests) == 2, log=server.log)
            server.kill()

        receiver.answers(OK)
        with running(PROJECT, data=data, **variables) as server:
            wait_until(lambda: len(receiver.requests) == 3, log=server.log)

    cut_off, again = receiver.requests[1:]
    assert cut_off.headers["webhook-id"] == again.headers["webhook-id"]
    assert json.loads(cut_off.body) == json.loads(again.body) == verified(secret, again)
    assert verified(secret, again)["call"]["id"] == second
