"""Asking for calls as a partner, and what is said of it."""

from __future__ import annotations

from typing import Any

import requests

from calls.demo.simulator import Simulator
from calls.models import Call
from tests.calls.api.ai.outbound import AGENT, conversation, customer
from tests.calls.partner.partners import CALLS
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.waiting import PATIENCE

# Every word that POST /api/v1/calls may say, by status.
COMPONENTS = {
    200: "PartnerQueuedCall",
    202: "PartnerScheduledCall",
    201: "PartnerQueuedCall",
    402: "PartnerFundsError",
    403: "PartnerCallError",
}


def body(**fields: Any) -> dict[str, Any]:
    """A call to somebody who answers; fields given as None are left out."""
    given = {"phone_number": customer(0), "agent_id": AGENT, **fields}
    return {name: value for name, value in given.items() if value is not None}


def post(client: ApiClient, sent: Any, *, key: str | None = None) -> Answer:
    """Send a body, as it is when it is bytes; whatever the answer is, it must be what the document says of it."""
    return checked(client.post(CALLS, sent, headers={} if key is None else {"Idempotency-Key": key}))


def dial(client: ApiClient, *, key: str | None = None, **fields: Any) -> Answer:
    return post(client, body(**fields), key=key)


def checked(answer: Answer) -> Answer:
    assert_is(COMPONENTS.get(answer.status, "PartnerError"), answer.body)
    return answer


def post_over_http(live_url: str, client: ApiClient, sent: Any, **headers: str) -> requests.Response:
    answer = requests.post(
        live_url + CALLS, json=sent, headers={"Authorization": f"Bearer {client.token}", **headers}, timeout=PATIENCE
    )
    assert_is(COMPONENTS.get(answer.status_code, "PartnerError"), answer.json())
    return answer


def assert_placed(answer: Answer) -> Call:
    assert answer.status == 201, answer
    return Call.objects.get(pk=answer.body["call_id"])


def told_to_the_provider(simulator: Simulator, call: Call) -> dict[str, Any]:
    """What the agent was started with."""
    assert call.provider_call_id is not None
    given: dict[str, Any] = conversation(simulator, call.provider_call_id)["conversation_initiation_client_data"]
    return given
