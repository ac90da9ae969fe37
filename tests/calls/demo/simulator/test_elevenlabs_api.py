"""ElevenLabs' endpoints: who may ask, what is refused and how, lists, numbers, recordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Simulator
from tests.calls.demo.simulator.worlds import (
    AGENT,
    API_KEY,
    NUMBER_ID,
    OUR_NUMBER,
    customer,
    dial,
    elevenlabs,
)
from tests.waiting import PATIENCE

FIXTURES = Path(__file__).parents[3] / "fixtures" / "elevenlabs"
TRUNK = {"address": "trunk.example", "transport": "tls", "credentials": {"username": "us", "password": "secret"}}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "sip-trunk/outbound-call"),
        ("GET", "conversations"),
        ("GET", "conversations/conv_1"),
        ("GET", "conversations/conv_1/audio"),
        ("POST", "phone-numbers"),
        ("GET", "phone-numbers"),
        ("PATCH", f"phone-numbers/{NUMBER_ID}"),
        ("DELETE", f"phone-numbers/{NUMBER_ID}"),
    ],
)
def test_a_wrong_or_missing_key_is_401(simulator: Simulator, method: str, path: str) -> None:
    wrong = elevenlabs(simulator, method, path, key="sk_other", json={})
    missing = requests.request(method, f"{simulator.url}/v1/convai/{path}", json={}, timeout=PATIENCE)

    assert (wrong.status_code, wrong.json()["detail"]["status"]) == (401, "invalid_api_key")
    assert (missing.status_code, missing.json()["detail"]["status"]) == (401, "needs_authorization")
    assert simulator.happened()["calls"] == []


@pytest.mark.parametrize(
    ("change", "loc", "kind"),
    [
        ({"agent_id": None}, ["agent_id"], "missing"),
        ({"agent_id": 7}, ["agent_id"], "string_type"),
        ({"to_number": "12025550190"}, ["to_number"], "value_error"),
        ({"conversation_initiation_client_data": []}, ["conversation_initiation_client_data"], "dict_type"),
        (
            {"conversation_initiation_client_data": {"dynamic_variables": {"contact": {"name": "Jo"}}}},
            ["conversation_initiation_client_data", "dynamic_variables", "contact"],
            "union_error",
        ),
        (
            {"conversation_initiation_client_data": {"dynamic_variables": {"system__time": "x"}}},
            ["conversation_initiation_client_data", "dynamic_variables", "system__time"],
            "value_error",
        ),
    ],
)
def test_a_wrong_field_is_422_with_its_place(
    simulator: Simulator, change: dict[str, Any], loc: list[str], kind: str
) -> None:
    answer = dial(simulator, **{"to_number": customer(0), **change})

    assert answer.status_code == 422
    (error,) = answer.json()["detail"]
    assert (error["loc"], error["type"]) == (["body", *loc], kind)


def test_a_body_that_is_not_json_is_422(simulator: Simulator) -> None:
    answer = elevenlabs(
        simulator,
        "POST",
        "sip-trunk/outbound-call",
        data=b"{",
    )
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "body"


def test_an_unknown_agent_or_number_is_404(simulator: Simulator) -> None:
    agent = dial(simulator, customer(0), agent_id="agent_2")
    number = dial(simulator, customer(0), agent_phone_number_id="phnum_2")

    assert (agent.status_code, agent.json()["detail"]["status"]) == (404, "agent_not_found")
    assert (number.status_code, number.json()["detail"]["status"]) == (404, "phone_number_not_found")


def test_an_account_with_other_agents_knows_every_id() -> None:
    number = ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER)
    account = ElevenLabsAccount(api_key=API_KEY, agents={AGENT: "Mia"}, has_other_agents=True, phone_numbers=(number,))
    with Simulator(account) as simulator:
        assigned = elevenlabs(simulator, "PATCH", f"phone-numbers/{NUMBER_ID}", json={"agent_id": "agent_2"})

        assert dial(simulator, customer(0), agent_id="agent_2").json()["success"] is True
        assert assigned.json()["assigned_agent"]["agent_id"] == "agent_2"


def test_conversations_are_filtered_and_paged_newest_first(simulator: Simulator) -> None:
    ids = [
        dial(simulator, customer(0), conversation_initiation_client_data={"user_id": f"call-{n}"}).json()[
            "conversation_id"
        ]
        for n in range(5)
    ]

    def listed(**query: Any) -> dict[str, Any]:
        document: dict[str, Any] = elevenlabs(simulator, "GET", "conversations", params=query).json()
        return document

    first = listed(page_size=2)
    second = listed(page_size=2, cursor=first["next_cursor"])
    last = listed(page_size=2, cursor=second["next_cursor"])
    pages = [[item["conversation_id"] for item in page["conversations"]] for page in (first, second, last)]
    assert pages == [ids[:2:-1], ids[2:0:-1], ids[:1]]
    assert (last["has_more"], last["next_cursor"]) == (False, None)

    assert [item["conversation_id"] for item in listed(user_id="call-3")["conversations"]] == [ids[3]]
    assert listed(agent_id="agent_2")["conversations"] == []
    assert listed(call_start_after_unix=2_000_000_000_000)["conversations"] == []
    assert len(listed(agent_id=AGENT, call_start_after_unix=1)["conversations"]) == 5


def test_a_page_size_out_of_range_is_422(simulator: Simulator) -> None:
    for size in ("0", "101", "many"):
        answer = elevenlabs(simulator, "GET", "conversations", params={"page_size": size})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["query", "page_size"]


def test_audio_is_there_once_the_conversation_is_done(simulator: Simulator) -> None:
    conversation_id = dial(simulator, customer(0)).json()["conversation_id"]
    early = elevenlabs(simulator, "GET", f"conversations/{conversation_id}/audio")
    simulator.settle()
    late = elevenlabs(simulator, "GET", f"conversations/{conversation_id}/audio")

    assert (early.status_code, early.headers["Content-Type"]) == (404, "application/json")
    assert (late.status_code, late.headers["Content-Type"]) == (200, "audio/mpeg")
    assert elevenlabs(simulator, "GET", f"conversations/{conversation_id}").json()["has_audio"] is True


def test_a_conversation_says_which_audio_there_is(simulator: Simulator) -> None:
    """Of each kind, as the strict parser of their npm package wants it."""
    conversation_id = dial(simulator, customer(0)).json()["conversation_id"]
    simulator.settle()

    theirs = json.loads((FIXTURES / "conversation.json").read_text())
    kinds_of_audio = {name for name in theirs if name.endswith("_audio")}
    assert len(kinds_of_audio) == 4
    assert elevenlabs(simulator, "GET", f"conversations/{conversation_id}").json().keys() >= kinds_of_audio


def test_a_conversation_of_another_account_is_not_found(simulator: Simulator) -> None:
    simulator.add_account(ElevenLabsAccount(api_key="sk_other"))
    conversation_id = dial(simulator, customer(0)).json()["conversation_id"]

    for path in (f"conversations/{conversation_id}", f"conversations/{conversation_id}/audio", "conversations/conv_0"):
        assert elevenlabs(simulator, "GET", path, key="sk_other").status_code == 404
    assert elevenlabs(simulator, "GET", "conversations", key="sk_other").json()["conversations"] == []
    assert elevenlabs(simulator, "GET", "phone-numbers", key="sk_other").json() == []


def test_a_number_is_imported_assigned_used_and_deleted(simulator: Simulator) -> None:
    body = {"provider": "sip_trunk", "phone_number": "+12025550123", "label": "Main", "outbound_trunk_config": TRUNK}
    number_id = elevenlabs(simulator, "POST", "phone-numbers", json=body).json()["phone_number_id"]
    path = f"phone-numbers/{number_id}"
    assigned = elevenlabs(simulator, "PATCH", path, json={"agent_id": AGENT})
    shown = elevenlabs(simulator, "GET", path).json()

    assert assigned.json() == shown
    assert shown["assigned_agent"] == {"agent_id": AGENT, "agent_name": "Mia"}
    assert (shown["phone_number"], shown["provider"], shown["label"]) == ("+12025550123", "sip_trunk", "Main")
    assert (shown["outbound_trunk"]["has_auth_credentials"], shown["outbound_trunk"]["username"]) == (True, "us")
    assert "secret" not in str(shown)
    listed = elevenlabs(simulator, "GET", "phone-numbers").json()
    assert {item["phone_number"] for item in listed} == {OUR_NUMBER, "+12025550123"}
    assert dial(simulator, customer(0), agent_phone_number_id=number_id).json()["success"] is True
    assert simulator.happened()["calls"][0]["from"] == "+12025550123"

    assert elevenlabs(simulator, "PATCH", path, json={"agent_id": None}).json()["assigned_agent"] is None
    assert elevenlabs(simulator, "DELETE", path).status_code == 200
    assert elevenlabs(simulator, "GET", path).status_code == 404
    assert elevenlabs(simulator, "DELETE", path).json()["detail"]["status"] == "phone_number_not_found"


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"provider": "sinch"}, ["provider"]),
        ({"phone_number": None}, ["phone_number"]),
        ({"label": None}, ["label"]),
        ({"outbound_trunk_config": {}}, ["outbound_trunk_config", "address"]),
        ({"outbound_trunk_config": {"address": "a", "transport": "sctp"}}, ["outbound_trunk_config", "transport"]),
        ({"provider": "twilio", "token": "x"}, ["sid"]),
    ],
)
def test_a_number_is_imported_only_from_a_whole_body(
    simulator: Simulator, change: dict[str, Any], loc: list[str]
) -> None:
    body = {"provider": "sip_trunk", "phone_number": "+12025550123", "label": "Main", **change}
    answer = elevenlabs(simulator, "POST", "phone-numbers", json=body)

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["detail"]] == [["body", *loc]]


def test_an_unknown_path_is_404_and_a_wrong_method_405(simulator: Simulator) -> None:
    assert elevenlabs(simulator, "GET", "voices").json() == {"detail": "Not Found"}
    assert elevenlabs(simulator, "GET", "sip-trunk/outbound-call").json() == {"detail": "Method Not Allowed"}
    assert requests.get(f"{simulator.url}/", timeout=PATIENCE).status_code == 404
