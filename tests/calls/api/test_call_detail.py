"""GET /api/calls/{callId}."""

from __future__ import annotations

import pytest

from tests.calls.api.reading import HISTORY, add_recording, history
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_call, make_contact, make_user
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

TURNS = [{"role": "agent", "message": "Hello.", "timestamp": 0.5}, {"role": "user", "message": "Hi."}]


def test_a_call_is_read_as_in_history_with_its_transcript(api: ApiClient, user: User) -> None:
    assert user.organization is not None
    call = make_call(user, contact=make_contact(user.organization), ai_transcript=TURNS, metadata={"a_b": {"cD": None}})
    add_recording(call)

    answer = api.get(f"/api/calls/{call.pk}")

    assert answer.status == 200
    assert_is("CallsCallResponse", answer.body)
    assert answer.body == {"success": True, "call": {**history(api)["calls"][0], "aiTranscript": TURNS}}


def test_a_call_of_a_colleague_is_read(api: ApiClient, user: User) -> None:
    call = make_call(make_user(organization=user.organization))

    assert api.get(f"/api/calls/{call.pk}").body["call"]["_id"] == call.pk


def test_a_call_without_transcript_has_none(api: ApiClient, user: User) -> None:
    assert "aiTranscript" not in api.get(f"/api/calls/{make_call(user).pk}").body["call"]


def test_an_unknown_call_is_404(api: ApiClient) -> None:
    answer = api.get(f"/api/calls/{new_object_id()}")

    assert (answer.status, answer.body) == (
        404,
        {"success": False, "error": "Call not found", "code": "CALL_NOT_FOUND"},
    )


@pytest.mark.parametrize("call_id", ["x", "A" * 24, "a" * 25, "%00" * 24, "..", "a" * 23 + "%0A", "0" * 24 + "%20"])
def test_what_is_no_id_is_404(call_id: str, api: ApiClient) -> None:
    answer = api.request("GET", f"/api/calls/{call_id}")

    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


def test_parameters_of_no_meaning_do_not_hinder_it(api: ApiClient, user: User) -> None:
    assert api.get(f"/api/calls/{make_call(user).pk}", _="1").status == 200


@pytest.mark.parametrize(
    "path", [HISTORY, "/api/calls/statistics", f"/api/calls/{'a' * 24}", f"/api/calls/{'a' * 24}/recording"]
)
def test_without_a_token_nothing_is_read(path: str) -> None:
    assert ApiClient().get(path).status == 401
