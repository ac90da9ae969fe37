"""POST /api/prompts/{promptId}/sync, and the job: an agent of ours and the agent at ElevenLabs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from calls.demo.simulator import ElevenLabsAccount, Pace, Simulator
from calls.models import Prompt, PromptVersion, VoiceAccount
from calls.providers.elevenlabs.provider import ElevenLabs
from calls.providers.elevenlabs.settings import ElevenLabsCredentials
from calls.services.agent_sync import jobs
from calls.services.agent_sync.jobs import sync_agents
from tests.calls.api.configuring import superadmin_of
from tests.calls.demo.simulator.worlds import elevenlabs
from tests.calls.webhooks.elevenlabs_office import API_KEY, make_account
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_prompt, make_user
from tests.refusals import assert_fault, assert_refused
from tests.server_process import free_ports
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.locks import CacheLock

pytestmark = pytest.mark.django_db

AGENT = {"name": "Mia", "prompt": "Be brief.", "firstMessage": "Hello.", "voiceId": "v1", "voiceEnabled": True}
THEIRS = {
    "name": "Theirs",
    "conversation_config": {"agent": {"first_message": "Hi there.", "prompt": {"prompt": "Be theirs."}}},
}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(ElevenLabsAccount(api_key=API_KEY, agents={"agent_1": "Leo"}), pace=Pace.quick()) as running:
        yield running


@pytest.fixture
def account(user: User, simulator: Simulator) -> VoiceAccount:
    return make_account(user, base_url=simulator.url)


@pytest.fixture
def prompt(api: ApiClient, account: VoiceAccount) -> Prompt:
    return Prompt.objects.get(pk=api.post("/api/prompts/create", AGENT).body["prompt"]["_id"])


def sync(api: ApiClient, agent: Prompt, **body: Any) -> Answer:
    answer = api.post(f"/api/prompts/{agent.pk}/sync", body)
    if answer.status == 200:
        assert_is("PromptSyncResponse", answer.body)
    agent.refresh_from_db()
    return answer


def change(api: ApiClient, agent: Prompt, **body: Any) -> dict[str, Any]:
    answer = api.put(f"/api/prompts/{agent.pk}", body)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body["prompt"]
    return found


def agents(simulator: Simulator) -> list[dict[str, Any]]:
    """Those that were made, the newest first."""
    listed = elevenlabs(simulator, "GET", "agents").json()["agents"]
    ids = [each["agent_id"] for each in listed if each["agent_id"] != "agent_1"]
    return [elevenlabs(simulator, "GET", f"agents/{agent_id}").json() for agent_id in ids]


def spoken(agent: dict[str, Any]) -> tuple[str, str, str]:
    config = agent["conversation_config"]
    return config["agent"]["prompt"]["prompt"], config["agent"]["first_message"], config["tts"]["voice_id"]


def change_there(simulator: Simulator, agent_id: str, told: dict[str, Any]) -> None:
    assert elevenlabs(simulator, "PATCH", f"agents/{agent_id}", json=told).ok


def differing(answer: Answer) -> dict[str, tuple[Any, Any]]:
    return {each["field"]: (each["ours"], each["theirs"]) for each in answer.body["differences"]}


# ---- Made ------------------------------------------------------------------------------------------------------------


def test_an_agent_is_made_there_with_what_it_says_and_what_we_need(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    assert api.get(f"/api/prompts/{prompt.pk}").body["prompt"]["sync"] == {"state": "changed_here"}

    answer = sync(api, prompt)

    assert answer.status == 200, answer
    assert answer.body["differences"] == []
    assert answer.body["prompt"]["sync"]["state"] == "synced"
    [there] = agents(simulator)
    assert answer.body["prompt"]["elevenlabsAgentId"] == there["agent_id"]
    assert (there["name"], spoken(there)) == ("Mia", ("Be brief.", "Hello.", "v1"))
    assert list(there["conversation_config"]["agent"]["prompt"]["built_in_tools"]) == ["end_call"]
    permitted = there["platform_settings"]["overrides"]
    assert permitted["conversation_config_override"] == {
        "agent": {"first_message": True, "language": True, "prompt": {"prompt": True}},
        "tts": {"voice_id": True},
    }
    asked = there["platform_settings"]["workspace_overrides"]["conversation_initiation_client_data_webhook"]
    assert asked["url"] == "http://testserver/api/webhook/elevenlabs/personalization"
    assert list(simulator.kept_secrets().values()) == ["Bearer tool_test"]


def test_the_job_makes_what_is_to_be_called_with_and_nothing_else(
    api: ApiClient, prompt: Prompt, home: Organization, simulator: Simulator
) -> None:
    change(api, make_prompt(home, voice_enabled=False), name="Silent")
    # From before: nobody has changed it since.
    make_prompt(home)

    assert sync_agents() == 1

    assert [there["name"] for there in agents(simulator)] == ["Mia"]
    prompt.refresh_from_db()
    assert prompt.sync_state == "synced"
    assert sync_agents() == 0


def test_an_agent_whose_making_was_never_answered_is_found_and_not_made_twice(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    simulator.fail("elevenlabs", "agents", "close", after=True)

    assert_refused(sync(api, prompt), 500, "PROVIDER_UNKNOWN")
    assert (prompt.sync_state, prompt.sync_error, prompt.elevenlabs_agent_id) == ("error", "unknown", None)
    change(api, prompt, prompt="Be kind.")
    assert sync(api, prompt).status == 200

    [there] = agents(simulator)
    assert (prompt.elevenlabs_agent_id, spoken(there)[0]) == (there["agent_id"], "Be kind.")


def test_one_that_never_arrived_is_made_after_it_was_looked_for(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    simulator.fail("elevenlabs", "agents", "close")

    assert_refused(sync(api, prompt), 500, "PROVIDER_UNKNOWN")
    assert sync(api, prompt).status == 200

    assert len(agents(simulator)) == 1


def test_a_refusal_is_said_and_the_agent_stays_ours(api: ApiClient, prompt: Prompt, simulator: Simulator) -> None:
    simulator.fail("elevenlabs", "agents", status=422)

    assert_refused(sync(api, prompt), 500, "PROVIDER_ERROR")

    told = api.get(f"/api/prompts/{prompt.pk}").body["prompt"]["sync"]
    assert told == {"state": "error", "error": "refused"}
    assert prompt.making_since is None
    assert sync(api, prompt).status == 200


def test_a_refusal_half_way_leaves_what_is_done_and_the_next_sync_goes_on(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    simulator.fail("elevenlabs", "agent-change", status=422)

    assert_refused(sync(api, prompt), 500, "PROVIDER_ERROR")

    [there] = agents(simulator)
    assert (prompt.elevenlabs_agent_id, prompt.sync_state) == (there["agent_id"], "error")
    assert sync(api, prompt).body["prompt"]["sync"]["state"] == "synced"
    assert [each["agent_id"] for each in agents(simulator)] == [there["agent_id"]]


# ---- Changed ---------------------------------------------------------------------------------------------------------


def test_what_is_changed_here_is_written_there(api: ApiClient, prompt: Prompt, simulator: Simulator) -> None:
    sync(api, prompt)

    assert change(api, prompt, prompt="Be kind.", temperature=0.4)["sync"]["state"] == "changed_here"
    assert sync_agents() == 1

    [there] = agents(simulator)
    assert spoken(there) == ("Be kind.", "Hello.", "v1")
    assert there["conversation_config"]["agent"]["prompt"]["temperature"] == 0.4
    prompt.refresh_from_db()
    assert (prompt.sync_state, prompt.synced_version_id) == ("synced", prompt.version_id)


def test_what_is_changed_there_is_shown_and_not_overwritten(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    sync(api, prompt)
    change_there(simulator, prompt.elevenlabs_agent_id or "", THEIRS)

    answer = sync(api, prompt)

    assert differing(answer) == {
        "name": ("Mia", "Theirs"),
        "prompt": ("Be brief.", "Be theirs."),
        "firstMessage": ("Hello.", "Hi there."),
    }
    assert prompt.sync_state == "changed_there"
    assert spoken(agents(simulator)[0])[0] == "Be theirs."
    # Neither does a change here: whoever makes it may not know of the other.
    change(api, prompt, prompt="Be kind.")
    assert sync_agents() == 0
    assert spoken(agents(simulator)[0])[0] == "Be theirs."


def test_ours_is_kept_when_somebody_says_so(api: ApiClient, prompt: Prompt, simulator: Simulator) -> None:
    sync(api, prompt)
    change_there(simulator, prompt.elevenlabs_agent_id or "", THEIRS)

    assert sync(api, prompt, keep="ours").body["differences"] == []

    assert spoken(agents(simulator)[0]) == ("Be brief.", "Hello.", "v1")
    assert prompt.sync_state == "synced"


def test_theirs_is_kept_as_a_version_of_whoever_says_so(
    api: ApiClient, user: User, prompt: Prompt, simulator: Simulator
) -> None:
    sync(api, prompt)
    change_there(simulator, prompt.elevenlabs_agent_id or "", THEIRS)

    assert sync(api, prompt, keep="theirs").body["differences"] == []

    assert (prompt.name, prompt.prompt, prompt.first_message) == ("Theirs", "Be theirs.", "Hi there.")
    version = PromptVersion.objects.get(agent=prompt, number=2)
    assert (version.made_by_id, version.note) == (user.pk, "Taken over from the provider")
    assert (prompt.sync_state, prompt.synced_version_id) == ("synced", version.pk)


# ---- Its language ----------------------------------------------------------------------------------------------------


def language_there(simulator: Simulator) -> str:
    language: str = agents(simulator)[0]["conversation_config"]["agent"]["language"]
    return language


def model_there(simulator: Simulator) -> str:
    model: str = agents(simulator)[0]["conversation_config"]["tts"]["model_id"]
    return model


def speaking(language: str) -> dict[str, Any]:
    return {"conversation_config": {"agent": {"language": language}}}


def test_an_agent_speaks_the_language_that_it_is_given_and_else_its_providers(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    sync(api, prompt)
    assert language_there(simulator) == "en"
    change(api, prompt, language="fr", disclosure="Ici l'assistante de Dentaire Érable.", firstMessage="Bonjour.")
    assert sync_agents() == 1
    assert language_there(simulator) == "fr"
    assert spoken(agents(simulator)[0])[1] == "Ici l'assistante de Dentaire Érable.\nBonjour."
    # What is left open from now on stays as it is there.
    change(api, prompt, language="")
    assert sync(api, prompt).body["prompt"]["sync"]["state"] == "synced"
    assert language_there(simulator) == "fr"


def test_the_model_that_speaks_is_one_of_the_language_and_else_the_one_that_was_chosen_there(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    change(api, prompt, language="fr")
    sync(api, prompt)
    assert model_there(simulator) == "eleven_flash_v2_5"
    change_there(
        simulator, prompt.elevenlabs_agent_id or "", {"conversation_config": {"tts": {"model_id": "eleven_v3"}}}
    )

    change(api, prompt, language="es")
    assert sync(api, prompt).body["prompt"]["sync"]["state"] == "synced"
    assert model_there(simulator) == "eleven_v3"

    turbo = {"conversation_config": {"tts": {"model_id": "eleven_turbo_v2_5"}}}
    change_there(simulator, prompt.elevenlabs_agent_id or "", turbo)
    change(api, prompt, language="en")
    assert sync(api, prompt).body["prompt"]["sync"]["state"] == "synced"
    assert (language_there(simulator), model_there(simulator)) == ("en", "eleven_turbo_v2")


def test_an_agent_that_was_synced_before_there_were_languages_was_changed_by_nobody(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    sync(api, prompt)
    agent_id = prompt.elevenlabs_agent_id or ""
    permitted = {"conversation_config_override": {"agent": {"language": False}}}
    change_there(simulator, agent_id, {"platform_settings": {"overrides": permitted}})
    known = ElevenLabsCredentials(api_key=API_KEY, webhook_secret="", tool_secret="", base_url=simulator.url)
    kept = asdict(ElevenLabs().read_agent(known, agent_id))
    del kept["language"]
    digest = hashlib.sha256(json.dumps(kept | {"may_be_overridden": True}, sort_keys=True).encode()).hexdigest()
    Prompt.objects.update(synced_digest=digest)

    assert sync(api, prompt).body["differences"] == []

    [there] = agents(simulator)
    assert there["platform_settings"]["overrides"]["conversation_config_override"]["agent"]["language"] is True
    Prompt.objects.update(synced_digest=digest)
    change_there(simulator, agent_id, THEIRS)
    assert sync(api, prompt).body["prompt"]["sync"]["state"] == "changed_there"


def test_another_language_there_is_shown_before_anything_is_written(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    change(api, prompt, language="fr")
    sync(api, prompt)
    change_there(simulator, prompt.elevenlabs_agent_id or "", speaking("es"))

    assert differing(sync(api, prompt)) == {"language": ("fr", "es")}
    assert language_there(simulator) == "es"

    assert sync(api, prompt, keep="theirs").body["prompt"]["language"] == "es"
    version = PromptVersion.objects.get(agent=prompt, number=prompt.versions_made)
    assert (version.language, prompt.sync_state) == ("es", "synced")


def test_a_language_that_only_the_provider_has_stays_there(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    change(api, prompt, language="pt")
    sync(api, prompt)
    change_there(simulator, prompt.elevenlabs_agent_id or "", speaking("pt-br"))

    assert "language" not in sync(api, prompt, keep="theirs").body["prompt"]

    assert (language_there(simulator), prompt.sync_state) == ("pt-br", "synced")


def test_the_job_looks_for_changes_there_every_quarter_of_an_hour(
    api: ApiClient, prompt: Prompt, simulator: Simulator
) -> None:
    sync(api, prompt)
    change_there(simulator, prompt.elevenlabs_agent_id or "", THEIRS)
    assert sync_agents() == 0
    Prompt.objects.update(looked_at=timezone.now() - timedelta(minutes=16))

    assert sync_agents() == 1

    prompt.refresh_from_db()
    assert prompt.sync_state == "changed_there"


def test_an_agent_that_was_deleted_there_is_an_error(api: ApiClient, prompt: Prompt, simulator: Simulator) -> None:
    sync(api, prompt)
    simulator.reset()

    assert_refused(sync(api, prompt), 500, "PROVIDER_ERROR")

    assert (prompt.sync_state, prompt.sync_error) == ("error", "not_found")


def test_one_organizations_many_agents_at_a_provider_that_is_away_keep_no_others_waiting(
    api: ApiClient, prompt: Prompt, other_user: User, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nobody,) = free_ports(1)
    make_account(other_user, base_url=f"http://127.0.0.1:{nobody}")
    assert other_user.organization is not None
    long_ago = timezone.now() - timedelta(days=1)
    for number in range(5):
        make_prompt(
            other_user.organization, elevenlabs_agent_id=f"agent_there_{number}", sync_state="synced",
            looked_at=long_ago,
        )  # fmt: skip
    Prompt.objects.filter(pk=prompt.pk).update(looked_at=long_ago + timedelta(hours=1))
    monkeypatch.setattr(jobs, "_MOST", 2)

    assert [sync_agents(), sync_agents()] == [0, 1]

    prompt.refresh_from_db()
    assert prompt.sync_state == "synced"


@pytest.mark.parametrize("is_refused", [False, True])
def test_an_agent_that_is_deleted_while_its_provider_is_asked_is_not_found(
    api: ApiClient, prompt: Prompt, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    sync(api, prompt)
    change(api, prompt, prompt="Be kind.")
    change_there(simulator, prompt.elevenlabs_agent_id or "", THEIRS)
    read = ElevenLabs.read_agent

    def is_deleted_meanwhile(provider: ElevenLabs, credentials: ElevenLabsCredentials, agent_id: str) -> Any:
        Prompt.objects.filter(pk=prompt.pk).delete()
        return read(provider, credentials, "agent_unknown" if is_refused else agent_id)

    monkeypatch.setattr(ElevenLabs, "read_agent", is_deleted_meanwhile)

    answer = api.post(f"/api/prompts/{prompt.pk}/sync", {})

    expected = (500, "PROVIDER_ERROR") if is_refused else (404, "PROMPT_NOT_FOUND")
    assert (answer.status, answer.body["code"]) == expected


# ---- Adopted ---------------------------------------------------------------------------------------------------------


def test_an_agent_that_is_adopted_by_its_id_is_compared_before_it_is_written(
    account: VoiceAccount, home: Organization, simulator: Simulator
) -> None:
    boss = superadmin_of(home)
    change_there(simulator, "agent_1", THEIRS)
    adopted = make_prompt(home, name="Leo", prompt="Be ours.")
    assert "sync" not in change(boss, adopted, elevenlabsAgentId="agent_1")
    change(boss, adopted, prompt="Be ours indeed.")
    assert sync_agents() == 0

    answer = sync(boss, adopted)

    assert differing(answer)["prompt"] == ("Be ours indeed.", "Be theirs.")
    assert differing(answer)["overridesPermitted"] == (True, False)
    assert adopted.sync_state == "changed_there"
    assert elevenlabs(simulator, "GET", "agents/agent_1").json()["name"] == "Theirs"
    assert sync(boss, adopted, keep="theirs").body["prompt"]["prompt"] == "Be theirs."
    there = elevenlabs(simulator, "GET", "agents/agent_1").json()
    assert there["platform_settings"]["overrides"]["conversation_config_override"]["tts"] == {"voice_id": True}


def test_another_id_is_another_agent_of_which_nothing_is_known(
    api: ApiClient, prompt: Prompt, home: Organization, simulator: Simulator
) -> None:
    sync(api, prompt)

    found = change(superadmin_of(home), prompt, elevenlabsAgentId="agent_1")

    assert "sync" not in found
    prompt.refresh_from_db()
    assert (prompt.synced_digest, prompt.synced_version_id) == ("", None)


# ---- Which version speaks --------------------------------------------------------------------------------------------


def test_until_it_is_synced_the_version_from_before_is_the_one_that_speaks(api: ApiClient, prompt: Prompt) -> None:
    sync(api, prompt)
    first = prompt.version_id
    change(api, prompt, prompt="Be kind.")

    prompt.refresh_from_db()
    assert prompt.spoken_version_id == first
    sync(api, prompt)
    assert prompt.spoken_version_id == prompt.version_id != first


# ---- Refused ---------------------------------------------------------------------------------------------------------


def test_a_sales_rep_and_another_organization_sync_nothing(
    home: Organization, prompt: Prompt, other_api: ApiClient, simulator: Simulator
) -> None:
    rep = logged_in(make_user(organization=home, access_role=AccessRole.SALES_REP))

    assert_refused(sync(rep, prompt), 403, "FORBIDDEN")
    assert_refused(sync(other_api, prompt), 404, "PROMPT_NOT_FOUND")
    assert agents(simulator) == []


def test_one_run_at_a_time(api: ApiClient, home: Organization, prompt: Prompt, simulator: Simulator) -> None:
    other = CacheLock("agent-sync", home.pk, prompt.pk, seconds=60)
    assert other.acquire()

    assert_refused(sync(api, prompt), 409, "SYNC_IN_PROGRESS")

    assert agents(simulator) == []
    other.release()


def test_without_an_account_nothing_is_asked_and_the_job_goes_on(api: ApiClient, home: Organization) -> None:
    agent = Prompt.objects.get(pk=api.post("/api/prompts/create", AGENT).body["prompt"]["_id"])

    assert_refused(sync(api, agent), 400, "PROVIDER_NOT_CONFIGURED")
    assert sync_agents() == 0
    agent.refresh_from_db()
    assert agent.sync_state == "changed_here"


def test_what_is_to_be_kept_is_ours_or_theirs(api: ApiClient, prompt: Prompt) -> None:
    assert_fault(sync(api, prompt, keep="both"), "keep")


def test_an_account_that_is_away_is_asked_once_in_a_run(api: ApiClient, prompt: Prompt, simulator: Simulator) -> None:
    api.post("/api/prompts/create", {**AGENT, "name": "Second"})
    simulator.fail("elevenlabs", "*", status=503, times=5)

    assert sync_agents() == 0

    made = {name: count for name, count in simulator.happened()["requests"].items() if name == "elevenlabs agents"}
    assert made == {"elevenlabs agents": 1}


@override_settings(PUBLIC_BASE_URL="https://calls.example.com")
def test_the_job_knows_our_address_where_it_is_set(prompt: Prompt, simulator: Simulator) -> None:
    sync_agents()

    [there] = agents(simulator)
    asked = there["platform_settings"]["workspace_overrides"]["conversation_initiation_client_data_webhook"]
    assert asked["url"] == "https://calls.example.com/api/webhook/elevenlabs/personalization"


def test_an_agent_has_the_tools_that_were_chosen_for_it(
    api: ApiClient, home: Organization, prompt: Prompt, simulator: Simulator
) -> None:
    sync(api, prompt)
    boss = superadmin_of(home)
    told = {"agentId": prompt.pk, "tools": ["get-contact"]}
    assert boss.post("/api/calls/voice-ai/tools/sync", told).status == 200
    change_there(
        simulator, prompt.elevenlabs_agent_id or "", {"conversation_config": {"agent": {"prompt": {"tool_ids": []}}}}
    )
    change(api, prompt, prompt="Be kind.")

    assert sync(api, prompt).status == 200

    [there] = agents(simulator)
    assert len(there["conversation_config"]["agent"]["prompt"]["tool_ids"]) == 1
