"""POST /api/calls/voice-ai/tools/sync: our tools at ElevenLabs, and which of them an agent has."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from calls.demo.simulator import ElevenLabsAccount, Pace, Simulator
from calls.models import Prompt, RegisteredTool, VoiceAccount
from calls.providers.tools import TOOLS
from tests.calls.api.configuring import VOICE_AI, superadmin_of
from tests.calls.demo.simulator.worlds import elevenlabs
from tests.calls.webhooks.elevenlabs_office import API_KEY, TOOL_SECRET, make_account, make_agent
from tests.clients import ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_prompt, make_user
from tests.refusals import assert_fault, assert_refused
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.locks import CacheLock

pytestmark = pytest.mark.django_db

TOOLS_PATH, SYNC = "/api/calls/voice-ai/tools", "/api/calls/voice-ai/tools/sync"
NAMES = [tool.name for tool in TOOLS]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(ElevenLabsAccount(api_key=API_KEY), pace=Pace.quick()) as running:
        yield running


@pytest.fixture
def account(user: User, simulator: Simulator) -> VoiceAccount:
    return make_account(user, base_url=simulator.url)


@pytest.fixture
def boss(home: Organization, account: VoiceAccount) -> ApiClient:
    return superadmin_of(home)


def there(simulator: Simulator, key: str = API_KEY) -> list[dict[str, Any]]:
    """The tools at ElevenLabs, the oldest first."""
    return list(reversed(elevenlabs(simulator, "GET", "tools?page_size=100", key=key).json()["tools"]))


def secrets(simulator: Simulator, key: str = API_KEY) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = elevenlabs(simulator, "GET", "secrets", key=key).json()["secrets"]
    return found


def tools_of(simulator: Simulator, agent_id: str) -> list[str]:
    agent = elevenlabs(simulator, "GET", f"agents/{agent_id}").json()
    names = {tool["id"]: tool["tool_config"]["name"] for tool in there(simulator)}
    return [names[each] for each in agent["conversation_config"]["agent"]["prompt"]["tool_ids"]]


def states(api: ApiClient) -> dict[str, str]:
    tools = api.get(TOOLS_PATH).body["tools"]
    return {tool["name"]: tool["sync"]["state"] for tool in tools if "sync" in tool}


def test_every_tool_is_made_at_elevenlabs_with_our_address_and_the_secret_as_its_header(
    simulator: Simulator, boss: ApiClient
) -> None:
    with override_settings(PUBLIC_BASE_URL="https://calls.example.com"):
        answer = boss.post(SYNC, {})

    assert answer.status == 200, answer
    assert_is("VoiceAiToolsSyncResponse", answer.body)
    assert [tool["tool_config"]["name"] for tool in there(simulator)] == NAMES
    [secret] = secrets(simulator)
    offered = {tool["name"]: tool for tool in boss.get(TOOLS_PATH).body["tools"]}
    for tool in there(simulator):
        config, ours = tool["tool_config"], offered[tool["tool_config"]["name"]]
        assert config["api_schema"] == {
            "url": f"https://calls.example.com/api/webhook/elevenlabs/tools/{ours['name']}",
            "method": "POST",
            "content_type": "application/json",
            "request_headers": {"Authorization": {"secret_id": secret["secret_id"]}},
            "request_body_schema": ours["parameters"],
        }
        assert (config["type"], config["tool_error_handling_mode"]) == ("webhook", "summarized")
        assert config["description"] == ours["description"]
        kept = ["transfer_number"] if ours["name"] == "transfer" else []
        assert config["assignments"] == [
            {"source": "response", "dynamic_variable": name, "value_path": name} for name in kept
        ]
        assert ours["sync"]["toolId"] == tool["id"]
    assert states(boss) == dict.fromkeys(NAMES, "synced")


def test_the_secret_is_kept_there_under_a_name_of_the_organization_and_told_nowhere(
    simulator: Simulator, boss: ApiClient, home: Organization, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = boss.post(SYNC, {})

    assert simulator.kept_secrets() == {f"tether_calls_{home.pk}": f"Bearer {TOOL_SECRET}"}
    for told in (caplog.text, str(answer.body), str(there(simulator))):
        assert TOOL_SECRET not in told


def test_a_second_sync_makes_nothing_anew_and_brings_everything_up_to_date(
    simulator: Simulator, boss: ApiClient, home: Organization
) -> None:
    boss.post(SYNC, {})
    before = there(simulator)
    tool_id = before[0]["id"]
    changed = {**before[0]["tool_config"], "description": "Something else"}
    assert elevenlabs(simulator, "PATCH", f"tools/{tool_id}", json={"tool_config": changed}).ok
    secret = boss.post(VOICE_AI, {"generateToolSecret": True}).body["toolSecret"]

    assert boss.post(SYNC, {}).status == 200

    assert there(simulator) == before
    assert simulator.kept_secrets() == {f"tether_calls_{home.pk}": f"Bearer {secret}"}
    assert RegisteredTool.objects.of_organization(home.pk).count() == len(NAMES)


def test_what_was_deleted_there_is_made_again(simulator: Simulator, boss: ApiClient) -> None:
    boss.post(SYNC, {})
    gone = there(simulator)[1]
    assert elevenlabs(simulator, "DELETE", f"tools/{gone['id']}").ok

    assert boss.post(SYNC, {}).status == 200

    assert sorted(tool["tool_config"]["name"] for tool in there(simulator)) == sorted(NAMES)


def test_in_another_workspace_everything_is_made_anew(simulator: Simulator, boss: ApiClient) -> None:
    boss.post(SYNC, {})
    simulator.reset()

    assert boss.post(SYNC, {}).status == 200

    assert [tool["tool_config"]["name"] for tool in there(simulator)] == NAMES
    [secret] = secrets(simulator)
    sent = {
        tool["tool_config"]["api_schema"]["request_headers"]["Authorization"]["secret_id"] for tool in there(simulator)
    }
    assert sent == {secret["secret_id"]}


@pytest.mark.parametrize(
    ("fault", "code", "state"),
    [
        ({"status": 429}, "PROVIDER_ERROR", "failed"),
        ({"status": 401}, "PROVIDER_ERROR", "failed"),
        ({"status": 503}, "PROVIDER_UNKNOWN", "asked"),
        ({"status": 503, "after": True}, "PROVIDER_UNKNOWN", "asked"),
        ({"fault": "close"}, "PROVIDER_UNKNOWN", "asked"),
        ({"fault": "close", "after": True}, "PROVIDER_UNKNOWN", "asked"),
    ],
)
def test_a_provider_that_fails_half_way_leaves_what_is_done_and_the_next_sync_goes_on(
    simulator: Simulator, boss: ApiClient, fault: dict[str, Any], code: str, state: str
) -> None:
    boss.post(SYNC, {})
    for tool in there(simulator)[2:]:
        assert elevenlabs(simulator, "DELETE", f"tools/{tool['id']}").ok
    simulator.fail("elevenlabs", "tools", **fault)

    assert_refused(boss.post(SYNC, {}), 500, code)
    assert states(boss)[NAMES[1]] == "synced"
    assert states(boss)[NAMES[2]] == state

    assert boss.post(SYNC, {}).status == 200
    assert [tool["tool_config"]["name"] for tool in there(simulator)] == NAMES
    assert states(boss) == dict.fromkeys(NAMES, "synced")


def test_a_tool_that_alone_is_refused_keeps_no_other_from_being_made(simulator: Simulator, boss: ApiClient) -> None:
    simulator.fail("elevenlabs", "tools", status=422)

    answer = boss.post(SYNC, {})

    assert_refused(answer, 500, "PROVIDER_ERROR")
    assert NAMES[0] in answer.body["error"]
    assert states(boss) == {**dict.fromkeys(NAMES, "synced"), NAMES[0]: "failed"}
    [failed] = [tool["sync"] for tool in boss.get(TOOLS_PATH).body["tools"] if tool["name"] == NAMES[0]]
    assert failed["error"] == "refused"


def test_a_secret_whose_making_was_never_answered_is_not_made_twice(simulator: Simulator, boss: ApiClient) -> None:
    simulator.fail("elevenlabs", "secrets", "close", after=True)

    assert_refused(boss.post(SYNC, {}), 500, "PROVIDER_UNKNOWN")
    assert boss.post(SYNC, {}).status == 200

    assert len(secrets(simulator)) == 1


def test_one_run_at_a_time(simulator: Simulator, boss: ApiClient, home: Organization) -> None:
    other = CacheLock("tools-sync", home.pk, seconds=60)
    assert other.acquire()

    assert_refused(boss.post(SYNC, {}), 409, "SYNC_IN_PROGRESS")
    assert there(simulator) == []
    other.release()
    assert boss.post(SYNC, {}).status == 200


# ---- The agent -------------------------------------------------------------------------------------------------------


def test_the_chosen_tools_are_given_to_the_agent_and_its_others_stay(
    simulator: Simulator, boss: ApiClient, user: User
) -> None:
    agent = make_agent(user, "agent_1")
    theirs = {
        "tool_config": {
            "type": "webhook",
            "name": "weather",
            "description": "Tells it.",
            "api_schema": {"url": "https://w.example"},
        }
    }
    tool_id = elevenlabs(simulator, "POST", "tools", json=theirs).json()["id"]
    told = {"conversation_config": {"agent": {"prompt": {"prompt": "Be kind.", "tool_ids": [tool_id]}}}}
    assert elevenlabs(simulator, "PATCH", "agents/agent_1", json=told).ok

    answer = boss.post(SYNC, {"agentId": agent.pk, "tools": ["get-contact", "create-note"]})

    assert answer.status == 200, answer
    assert answer.body["agent"]["_id"] == agent.pk
    assert tools_of(simulator, "agent_1") == ["weather", "get-contact", "create-note"]
    assert boss.post(SYNC, {"agentId": agent.pk, "tools": ["do-not-call"]}).status == 200
    assert tools_of(simulator, "agent_1") == ["weather", "do-not-call"]
    assert boss.post(SYNC, {"agentId": agent.pk, "tools": []}).status == 200
    assert tools_of(simulator, "agent_1") == ["weather"]
    assert boss.post(SYNC, {"agentId": agent.pk}).status == 200
    assert tools_of(simulator, "agent_1") == ["weather", *NAMES]
    shown = elevenlabs(simulator, "GET", "agents/agent_1").json()["conversation_config"]["agent"]["prompt"]
    assert shown["prompt"] == "Be kind."
    agent.refresh_from_db()
    assert agent.tools.split() == NAMES


def transfers_of(simulator: Simulator, agent_id: str = "agent_1") -> list[dict[str, Any]]:
    """The rules by which it hands callers over."""
    config = elevenlabs(simulator, "GET", f"agents/{agent_id}").json()["conversation_config"]
    tool = config["agent"]["prompt"]["built_in_tools"].get("transfer_to_number") or {"params": {"transfers": []}}
    rules: list[dict[str, Any]] = tool["params"]["transfers"]
    return rules


def destinations(simulator: Simulator) -> list[dict[str, str]]:
    return [rule["transfer_destination"] for rule in transfers_of(simulator)]


OURS = {"type": "phone_dynamic_variable", "phone_number": "transfer_number"}
THEIRS = {"type": "phone", "phone_number": "+14165550142"}


def change_transfers(simulator: Simulator, *rules: dict[str, Any]) -> None:
    params = {"system_tool_type": "transfer_to_number", "transfers": list(rules), "enable_client_message": False}
    tool = {"type": "system", "name": "transfer_to_number", "description": "Theirs.", "params": params}
    told = {"conversation_config": {"agent": {"prompt": {"built_in_tools": {"transfer_to_number": tool}}}}}
    assert elevenlabs(simulator, "PATCH", "agents/agent_1", json=told).ok


def test_who_has_the_tool_transfer_hands_over_to_the_number_that_it_answers(
    simulator: Simulator, boss: ApiClient, user: User
) -> None:
    agent = make_agent(user, "agent_1")

    assert boss.post(SYNC, {"agentId": agent.pk, "tools": ["get-contact"]}).status == 200
    assert transfers_of(simulator) == []
    for _ in range(2):
        assert boss.post(SYNC, {"agentId": agent.pk, "tools": ["transfer"]}).status == 200
        assert destinations(simulator) == [OURS]
    config = elevenlabs(simulator, "GET", "agents/agent_1").json()["conversation_config"]
    assert config["agent"]["dynamic_variables"] == {"dynamic_variable_placeholders": {"transfer_number": ""}}
    assert boss.post(SYNC, {"agentId": agent.pk, "tools": ["get-contact"]}).status == 200
    assert transfers_of(simulator) == []


def test_rules_of_others_and_what_they_made_of_ours_stay(simulator: Simulator, boss: ApiClient, user: User) -> None:
    agent = make_agent(user, "agent_1")
    theirs = {"transfer_destination": THEIRS, "condition": "Somebody asks for sales.", "transfer_type": "conference"}
    changed = {"transfer_destination": OURS, "condition": "As told.", "transfer_type": "sip_refer"}
    change_transfers(simulator, theirs)

    assert boss.post(SYNC, {"agentId": agent.pk, "tools": ["transfer"]}).status == 200
    assert destinations(simulator) == [THEIRS, OURS]
    change_transfers(simulator, changed, theirs)
    assert boss.post(SYNC, {"agentId": agent.pk, "tools": ["transfer"]}).status == 200
    assert transfers_of(simulator) == [changed, theirs]
    assert boss.post(SYNC, {"agentId": agent.pk, "tools": []}).status == 200
    assert transfers_of(simulator) == [theirs]
    config = elevenlabs(simulator, "GET", "agents/agent_1").json()["conversation_config"]
    tool = config["agent"]["prompt"]["built_in_tools"]["transfer_to_number"]
    assert (tool["description"], tool["params"]["enable_client_message"]) == ("Theirs.", False)


def test_an_agent_that_elevenlabs_does_not_know_gets_none(user: User, home: Organization) -> None:
    with Simulator(ElevenLabsAccount(api_key=API_KEY, agents={"agent_1": "Mia"}), pace=Pace.quick()) as simulator:
        make_account(user, base_url=simulator.url)
        agent = make_agent(user, "agent_2")
        assert_refused(superadmin_of(home).post(SYNC, {"agentId": agent.pk}), 500, "PROVIDER_ERROR")
        assert len(there(simulator)) == len(NAMES)


def test_only_an_agent_of_the_organization_that_is_synced_can_be_given_tools(
    simulator: Simulator, boss: ApiClient, home: Organization
) -> None:
    unsynced = make_prompt(home)
    stranger = make_user()
    assert stranger.organization is not None
    theirs = make_prompt(stranger.organization, elevenlabs_agent_id="agent_2")

    assert_refused(boss.post(SYNC, {"agentId": unsynced.pk}), 400, "AGENT_NOT_SYNCED")
    assert_refused(boss.post(SYNC, {"agentId": theirs.pk}), 400, "AGENT_NOT_FOUND")
    assert there(simulator) == []
    assert Prompt.objects.get(pk=theirs.pk).tools == ""


# ---- Refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN])
def test_it_is_for_superadmins_as_the_secret_is(
    simulator: Simulator, account: VoiceAccount, home: Organization, role: AccessRole
) -> None:
    member = logged_in(make_user(organization=home, access_role=role))

    assert_refused(member.post(SYNC, {}), 403, "FORBIDDEN")
    assert there(simulator) == []


def test_without_an_account_or_a_tool_secret_nothing_is_asked(
    simulator: Simulator, user: User, home: Organization
) -> None:
    boss = superadmin_of(home)
    assert_refused(boss.post(SYNC, {}), 400, "PROVIDER_NOT_CONFIGURED")
    make_account(user, base_url=simulator.url, secrets={"api_key": API_KEY})
    assert_refused(boss.post(SYNC, {}), 400, "PROVIDER_NOT_CONFIGURED")
    assert not simulator.happened()["requests"].keys() - {"elevenlabs tools-list"}


@pytest.mark.parametrize(
    ("body", "field"),
    [({"tools": ["fly"]}, "tools.0"), ({"tools": "get-contact"}, "tools"), ({"agentId": "x"}, "agentId")],
)
def test_what_is_no_tool_or_agent_is_refused(boss: ApiClient, body: dict[str, Any], field: str) -> None:
    assert_fault(boss.post(SYNC, body), field)


def test_two_organizations_in_one_workspace_keep_their_tools_apart(
    simulator: Simulator, boss: ApiClient, home: Organization
) -> None:
    other = make_user(access_role=AccessRole.SUPERADMIN)
    make_account(other, base_url=simulator.url)
    theirs = logged_in(other)

    assert boss.post(SYNC, {}).status == 200
    assert theirs.post(SYNC, {}).status == 200

    assert len(there(simulator)) == 2 * len(NAMES)
    assert len(secrets(simulator)) == 2
    own, foreign = ({tool["sync"]["toolId"] for tool in each.get(TOOLS_PATH).body["tools"]} for each in (boss, theirs))
    assert own.isdisjoint(foreign)
