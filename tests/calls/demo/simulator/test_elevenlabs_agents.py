"""ElevenLabs' endpoints for agents, their tools and secrets: what is kept, merged and refused."""

from __future__ import annotations

from typing import Any

import pytest

from calls.demo.simulator import Simulator
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import AGENT, customer, dial, elevenlabs

TOOL = {
    "type": "webhook",
    "name": "get-contact",
    "description": "Looks somebody up.",
    "api_schema": {
        "url": "https://calls.example.com/tool",
        "request_body_schema": {
            "type": "object",
            "properties": {"note": {"type": "string", "description": "What."}},
        },
    },
}


def make_tool(simulator: Simulator, **config: Any) -> Any:
    return elevenlabs(simulator, "POST", "tools", json={"tool_config": {**TOOL, **config}})


def make_agent(simulator: Simulator, **body: Any) -> str:
    told = {"conversation_config": {"agent": {"first_message": "Hi."}}, "name": "Mia", **body}
    agent_id: str = elevenlabs(simulator, "POST", "agents/create", json=told).json()["agent_id"]
    return agent_id


def change(simulator: Simulator, agent_id: str, **body: Any) -> Any:
    return elevenlabs(simulator, "PATCH", f"agents/{agent_id}", json=body)


def agent(simulator: Simulator, agent_id: str) -> dict[str, Any]:
    found: dict[str, Any] = elevenlabs(simulator, "GET", f"agents/{agent_id}").json()
    return found


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "tools"), ("GET", "tools"), ("PATCH", "tools/tool_1"), ("DELETE", "tools/tool_1")),
        *(("POST", "secrets"), ("GET", "secrets"), ("PATCH", "secrets/sec_1")),
        *(("POST", "agents/create"), ("GET", "agents"), ("GET", f"agents/{AGENT}"), ("PATCH", f"agents/{AGENT}")),
    ],
)
def test_a_wrong_key_is_401(simulator: Simulator, method: str, path: str) -> None:
    assert elevenlabs(simulator, method, path, key="sk_other", json={}).status_code == 401


@pytest.mark.parametrize(
    "config",
    [
        {"name": "has a blank"},
        {"name": None},
        {"type": "fax"},
        {"response_timeout_secs": 2},
        {"api_schema": None},
        {"api_schema": {"url": "ftp://calls.example.com"}},
        {"api_schema": {**TOOL["api_schema"], "method": "LOOK"}},  # type: ignore[dict-item]
        *(
            {"api_schema": {"url": "https://x.example", "request_body_schema": {"properties": {"note": value}}}}
            for value in ({"type": "string"}, {"type": "string", "description": "x", "dynamic_variable": "y"}, "text")
        ),
    ],
)
def test_a_tool_that_cannot_be_is_422(simulator: Simulator, config: dict[str, Any]) -> None:
    assert make_tool(simulator, **config).status_code == 422
    assert elevenlabs(simulator, "GET", "tools").json()["tools"] == []


def test_a_tool_without_a_method_is_called_with_get(simulator: Simulator) -> None:
    assert make_tool(simulator).json()["tool_config"]["api_schema"]["method"] == "GET"


def test_tools_are_replaced_whole_and_may_have_one_name(simulator: Simulator) -> None:
    first, second = (make_tool(simulator).json()["id"] for _ in range(2))
    assert first != second
    told = {"tool_config": {**TOOL, "name": "other"}}
    assert elevenlabs(simulator, "PATCH", f"tools/{first}", json=told).json()["tool_config"]["name"] == "other"
    assert elevenlabs(simulator, "PATCH", f"tools/{first}", json={"tool_config": {"name": "x"}}).status_code == 422
    page = elevenlabs(simulator, "GET", "tools?page_size=1").json()
    rest = elevenlabs(simulator, "GET", f"tools?page_size=1&cursor={page['next_cursor']}").json()
    assert [tool["id"] for tool in (*page["tools"], *rest["tools"])] == [second, first]
    assert not rest["has_more"]
    assert elevenlabs(simulator, "GET", "tools?search=oth").json()["tools"][0]["id"] == first


def test_a_header_names_a_secret_that_there_is_and_nobody_reads_it(simulator: Simulator) -> None:
    told = {"type": "new", "name": "ours", "value": "Bearer secret"}
    made = elevenlabs(simulator, "POST", "secrets", json=told)
    secret_id = made.json()["secret_id"]
    headers = {"request_headers": {"Authorization": {"secret_id": secret_id}}}
    tool = make_tool(simulator, api_schema={"url": "https://x.example", **headers})
    assert tool.status_code == 200
    for answer in (made, tool, elevenlabs(simulator, "GET", "secrets"), elevenlabs(simulator, "GET", "tools")):
        assert "Bearer secret" not in answer.text
    headers["request_headers"]["Authorization"]["secret_id"] = "sec_other"
    assert make_tool(simulator, api_schema={"url": "https://x.example", **headers}).status_code == 404


def test_what_is_sent_of_an_agent_is_merged_and_lists_are_replaced(simulator: Simulator) -> None:
    tools = [make_tool(simulator).json()["id"] for _ in range(2)]
    made = make_agent(simulator, tags=["ours"])
    change(simulator, made, conversation_config={"agent": {"prompt": {"prompt": "Be kind.", "tool_ids": tools}}})
    before = agent(simulator, made)["version_id"]

    change(simulator, made, conversation_config={"agent": {"prompt": {"tool_ids": tools[:1]}}})

    told = agent(simulator, made)["conversation_config"]["agent"]
    assert (told["first_message"], told["prompt"]["prompt"], told["prompt"]["tool_ids"]) == (
        "Hi.",
        "Be kind.",
        tools[:1],
    )
    version = agent(simulator, made)["version_id"]
    assert version != before
    change(simulator, made, name="Leo", platform_settings={"auth": {"enable_auth": True}})
    assert (agent(simulator, made)["name"], agent(simulator, made)["version_id"]) == ("Leo", version)


def test_an_agent_speaks_a_language_that_its_model_can(simulator: Simulator) -> None:
    made = make_agent(simulator)

    refused = change(simulator, made, conversation_config={"agent": {"language": "fr"}})

    assert (refused.status_code, refused.json()["detail"]["message"]) == (
        400,
        "Non-english Agents must use turbo or flash v2_5.",
    )
    model = {"tts": {"model_id": "eleven_flash_v2_5"}}
    assert change(simulator, made, conversation_config={"agent": {"language": "fr"}, **model}).status_code == 200
    assert change(simulator, made, conversation_config={"agent": {"language": "en"}}).status_code == 400
    assert agent(simulator, made)["conversation_config"]["agent"]["language"] == "fr"


def test_what_was_read_of_an_agent_with_tools_cannot_be_sent_back(simulator: Simulator) -> None:
    made = make_agent(simulator)
    tool = make_tool(simulator).json()["id"]
    told = {"agent": {"prompt": {"tool_ids": [tool]}}}
    assert change(simulator, made, conversation_config=told).status_code == 200
    assert change(simulator, made, conversation_config=agent(simulator, made)["conversation_config"]).status_code == 422
    unknown = {"agent": {"prompt": {"tool_ids": ["tool_other"]}}}
    assert change(simulator, made, conversation_config=unknown).status_code == 404
    assert change(simulator, made, conversation_config={"agent": {"prompt": {"temperature": 2}}}).status_code == 422


def test_agents_are_listed_by_tag_and_name(simulator: Simulator) -> None:
    made = make_agent(simulator, tags=["ours"], name="Mia the second")
    for query in ("tags=ours", "search=mia%20the"):
        [found] = elevenlabs(simulator, "GET", f"agents?{query}").json()["agents"]
        assert (found["agent_id"], found["tags"]) == (made, ["ours"])
    assert len(elevenlabs(simulator, "GET", "agents").json()["agents"]) == 2
    assert elevenlabs(simulator, "GET", "agents/agent_other").status_code == 404


@pytest.mark.parametrize("is_permitted", [True, False])
def test_an_override_that_is_not_permitted_ends_a_call_that_was_dialled(
    simulator: Simulator, ours: Receiver, is_permitted: bool
) -> None:
    made = make_agent(simulator)
    permitted = {"conversation_config_override": {"tts": {"voice_id": is_permitted}}}
    change(simulator, made, platform_settings={"overrides": permitted})
    client_data = {"conversation_config_override": {"tts": {"voice_id": "v2"}}}

    answer = dial(simulator, customer(0), agent_id=made, conversation_initiation_client_data=client_data)

    assert answer.json()["success"]
    simulator.settle()
    told = elevenlabs(simulator, "GET", f"conversations/{answer.json()['conversation_id']}").json()
    assert told["status"] == ("done" if is_permitted else "failed")
    if not is_permitted:
        assert told["metadata"]["error"] == {
            "code": 1008,
            "reason": "Override for field 'voice_id' is not allowed by config",
        }


def hand_over_to(**destination: Any) -> dict[str, Any]:
    """Of a conversation_config: the system tool with one rule."""
    rule = {"transfer_destination": destination, "condition": "Somebody asks for it."}
    params = {"system_tool_type": "transfer_to_number", "transfers": [rule]}
    tool = {"type": "system", "name": "transfer_to_number", "description": "", "params": params}
    return {"agent": {"prompt": {"built_in_tools": {"transfer_to_number": tool}}}}


@pytest.mark.parametrize("is_given", [True, False])
def test_a_conversation_without_the_variable_that_its_agent_hands_over_by_ends_at_once(
    simulator: Simulator, is_given: bool
) -> None:
    made = make_agent(simulator)
    rule = hand_over_to(type="phone_dynamic_variable", phone_number="transfer_number")
    assert change(simulator, made, conversation_config=rule).status_code == 200
    client_data = {"dynamic_variables": {"transfer_number": ""} if is_given else {}}

    answer = dial(simulator, customer(0), agent_id=made, conversation_initiation_client_data=client_data)

    simulator.settle()
    told = elevenlabs(simulator, "GET", f"conversations/{answer.json()['conversation_id']}").json()
    missing = "Missing required dynamic variables in tools: {'transfer_number'}"
    assert told["metadata"]["error"] == (None if is_given else {"code": 1008, "reason": missing})


@pytest.mark.parametrize(
    "destination",
    [{}, {"type": "phone"}, {"type": "fax", "phone_number": "+1"}, {"type": "sip_uri", "phone_number": "+1"}],
)
def test_a_transfer_to_nowhere_is_refused(simulator: Simulator, destination: dict[str, Any]) -> None:
    made = make_agent(simulator)
    assert change(simulator, made, conversation_config=hand_over_to(**destination)).status_code == 422
