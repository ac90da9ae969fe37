"""What a browser does with calls, and what comes of it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from calls.models import Call, CallStatus
from tests.clients import Answer, ApiClient
from tests.contract.components import assert_is
from tests.factories import make_call
from tests.statements import statements_made
from tether_calls.accounts.models import User

INITIATE = "/api/calls/sdk/initiate"
INBOUND = "/api/calls/sdk/inbound"
ANSWER = "/api/calls/sdk/answer"
REJECT = "/api/calls/sdk/reject"
CALLER = "+14165550199"
OURS = "+14165550100"


def call_in(answer: Answer) -> dict[str, Any]:
    """The call of an answer that must be a success."""
    assert answer.status == 200, answer
    assert_is("CallsCallSuccessResponse", answer.body)
    assert_is("CallDocument", answer.body["call"])
    call: dict[str, Any] = answer.body["call"]
    return call


def assert_refused(answer: Answer, code: str, *paths: str, status: int = 400) -> None:
    assert answer.status == status, answer
    assert_is("CallsErrorResponse", answer.body)
    assert answer.body["code"] == code
    if paths:
        assert [detail["path"] for detail in answer.body["error"]["details"]] == list(paths)


def ringing_call(user: User, /, **fields: Any) -> Call:
    """An inbound call that nobody has answered yet."""
    defaults: dict[str, Any] = {
        "provider": "sinch",
        "direction": "inbound",
        "status": CallStatus.RINGING,
        "from_number": CALLER,
        "to_number": OURS,
        "start_time": timezone.now(),
        "duration": None,
    }
    return make_call(user, **{**defaults, **fields})


def statements(client: ApiClient, path: str, body: Any = None) -> int:
    """How many a success costs, the user's among them."""
    with statements_made() as made:
        assert client.post(path, body).status == 200
    return len(made)
