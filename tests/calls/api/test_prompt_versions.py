"""What agents say, in versions: /api/prompts/{promptId}/versions, and which of them spoke in a call."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call, Prompt, PromptVersion
from calls.services.agent_calls.choose_version import is_among
from tests.clients import ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_call, make_prompt, make_user
from tests.refusals import assert_every_body_is_checked, assert_fault, assert_refused
from tests.statements import statements_made
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

AGENT = {"name": "Mia", "prompt": "Be brief.", "firstMessage": "Hello.", "voiceId": "v1"}


@pytest.fixture
def prompt(api: ApiClient) -> Prompt:
    return Prompt.objects.get(pk=api.post("/api/prompts/create", AGENT).body["prompt"]["_id"])


def at(prompt: Prompt, *more: str) -> str:
    return "/".join((f"/api/prompts/{prompt.pk}", *more))


def versions(api: ApiClient, prompt: Prompt, **query: Any) -> list[dict[str, Any]]:
    answer = api.get(at(prompt, "versions"), **query)
    assert answer.status == 200, answer
    assert_is("PromptVersionsPageResponse", answer.body)
    found: list[dict[str, Any]] = answer.body["versions"]
    return found


def test_a_new_agent_has_a_first_version_of_whoever_made_it(api: ApiClient, user: User, prompt: Prompt) -> None:
    [first] = versions(api, prompt)

    assert (first["version"], first["isCurrent"]) == (1, True)
    assert {name: first[name] for name in ("prompt", "firstMessage", "voiceId")} == {
        name: AGENT[name] for name in ("prompt", "firstMessage", "voiceId")
    }
    assert first["madeBy"] == {"_id": user.pk, "fullName": user.full_name, "email": user.email}


@pytest.mark.parametrize(
    "change", [{"prompt": "Be kind."}, {"firstMessage": ""}, {"voiceId": "v2"}, {"language": "fr"}]
)
def test_whatever_changes_what_it_says_is_a_version(api: ApiClient, prompt: Prompt, change: dict[str, str]) -> None:
    answer = api.put(at(prompt), {**change, "note": "Warmer"})

    assert (answer.body["prompt"]["version"], answer.body["message"]) == (2, "Agent updated")
    second, first = versions(api, prompt)
    assert second == {**second, **change, "note": "Warmer", "version": 2, "isCurrent": True}
    assert (first["prompt"], first["isCurrent"]) == ("Be brief.", False)


@pytest.mark.parametrize("change", [{"name": "Alex"}, {"prompt": "Be brief."}, {"voiceEnabled": True}, {}])
def test_what_leaves_it_saying_the_same_is_none(api: ApiClient, prompt: Prompt, change: dict[str, Any]) -> None:
    assert api.put(at(prompt), change).body["prompt"]["version"] == 1
    assert len(versions(api, prompt)) == 1


def test_an_agent_from_before_versions_keeps_what_it_said(api: ApiClient, home: Organization) -> None:
    old = make_prompt(home, prompt="As it was.")

    api.put(at(old), {"prompt": "As it is."})

    assert [(each["version"], each["prompt"]) for each in versions(api, old)] == [(2, "As it is."), (1, "As it was.")]
    assert "madeBy" not in versions(api, old)[1]


def test_a_version_is_made_by_itself_and_said_from_then_on(api: ApiClient, prompt: Prompt) -> None:
    answer = api.post(at(prompt, "versions"), {"firstMessage": "Good day.", "note": "Formal"})

    assert answer.status == 201, answer
    assert_is("PromptVersionResponse", answer.body)
    assert (answer.body["version"]["version"], answer.body["version"]["prompt"]) == (2, "Be brief.")
    agent = api.get(at(prompt)).body["prompt"]
    assert (agent["version"], agent["firstMessage"]) == (2, "Good day.")


def test_one_that_is_not_activated_changes_nothing_that_is_said(api: ApiClient, prompt: Prompt) -> None:
    answer = api.post(at(prompt, "versions"), {"firstMessage": "Hey!", "activate": False})

    assert answer.body["version"]["isCurrent"] is False
    assert api.get(at(prompt)).body["prompt"]["firstMessage"] == "Hello."
    assert api.put(at(prompt), {"firstMessage": "Hi."}).body["prompt"]["version"] == 3


def test_an_older_version_is_restored_by_a_new_one(api: ApiClient, prompt: Prompt) -> None:
    api.put(at(prompt), {"prompt": "Worse.", "firstMessage": "", "voiceId": "v2"})
    older = versions(api, prompt)[1]

    answer = api.post(at(prompt, "versions", older["_id"], "restore"), {"note": "Was better"})

    assert answer.status == 201, answer
    restored = answer.body["version"]
    assert (restored["version"], restored["restoredFrom"], restored["note"]) == (3, 1, "Was better")
    found = api.get(at(prompt)).body["prompt"]
    assert {name: found[name] for name in AGENT} == AGENT
    assert [each["version"] for each in versions(api, prompt)] == [3, 2, 1]


def test_one_version_is_read_and_a_list_has_pages(api: ApiClient, prompt: Prompt) -> None:
    for number in range(3):
        api.put(at(prompt), {"prompt": f"Text {number}"})
    listed = versions(api, prompt, page=2, size=1)

    assert [each["version"] for each in listed] == [3]
    answer = api.get(at(prompt, "versions", listed[0]["_id"]))
    assert answer.body == {"success": True, "version": listed[0]}


def test_a_list_of_versions_costs_user_agent_page_and_count(api: ApiClient, prompt: Prompt) -> None:
    with statements_made() as made:
        versions(api, prompt)
    assert len(made) == 4


# ---- Two at once -----------------------------------------------------------------------------------------------------


def test_whoever_was_slower_is_told_both_texts(api: ApiClient, home: Organization, prompt: Prompt) -> None:
    colleague = logged_in(make_user(organization=home, access_role=AccessRole.ADMIN))
    read = api.get(at(prompt)).body["prompt"]["version"]
    assert colleague.put(at(prompt), {"prompt": "Be warm.", "version": read}).status == 200

    answer = api.put(at(prompt), {"prompt": "Be strict.", "version": read})

    assert answer.status == 409, answer
    assert_is("PromptConflictResponse", answer.body)
    assert answer.body["code"] == "PROMPT_CHANGED"
    assert answer.body["current"] == {
        "version": 2,
        "prompt": "Be warm.",
        "firstMessage": "Hello.",
        "disclosure": "",
        "voiceId": "v1",
        "language": "",
    }
    assert answer.body["yours"]["prompt"] == "Be strict."
    prompt.refresh_from_db()
    assert (prompt.prompt, prompt.versions_made) == ("Be warm.", 2)
    assert api.put(at(prompt), {"prompt": "Be strict.", "version": 2}).body["prompt"]["version"] == 3


def test_new_and_restored_versions_are_as_careful(api: ApiClient, prompt: Prompt) -> None:
    first = versions(api, prompt)[0]["_id"]
    api.put(at(prompt), {"prompt": "Be warm."})

    for path in (at(prompt, "versions"), at(prompt, "versions", first, "restore")):
        answer = api.post(path, {"version": 1})
        assert (answer.status, answer.body["code"]) == (409, "PROMPT_CHANGED")
    assert len(versions(api, prompt)) == 2


def test_who_changes_nothing_of_what_is_said_is_in_nobodys_way(api: ApiClient, prompt: Prompt) -> None:
    api.put(at(prompt), {"prompt": "Be warm."})

    assert api.put(at(prompt), {"name": "Alex", "version": 1}).status == 200


# ---- Other words -----------------------------------------------------------------------------------------------------


def test_voice_ai_is_another_word_for_voice_enabled(api: ApiClient, prompt: Prompt) -> None:
    for told, enabled in (({"voiceAI": {"enabled": True}}, True), ({"voiceEnabled": False}, False)):
        found = api.put(at(prompt), told).body["prompt"]
        assert (found["voiceEnabled"], found["voiceAI"]) == (enabled, {"enabled": enabled})
    assert_fault(api.put(at(prompt), {"voiceEnabled": True, "voiceAI": {"enabled": False}}), "voiceAI.enabled")
    assert_fault(api.put(at(prompt), {"voiceAI": {}}), "voiceAI.enabled")


def test_description_and_temperature_are_kept(api: ApiClient, prompt: Prompt) -> None:
    found = api.put(at(prompt), {"description": "For the front desk", "temperature": 0.3}).body["prompt"]
    assert (found["description"], found["temperature"], found["version"]) == ("For the front desk", 0.3, 1)
    found = api.put(at(prompt), {"description": "", "temperature": None}).body["prompt"]
    assert "description" not in found
    assert "temperature" not in found


@pytest.mark.parametrize("value", [-0.1, 1.1, "0.3", True, []])
def test_what_is_no_temperature_is_refused(api: ApiClient, prompt: Prompt, value: Any) -> None:
    assert_fault(api.put(at(prompt), {"temperature": value}), "temperature")


# ---- Who may, and whose ----------------------------------------------------------------------------------------------


def test_every_role_reads_versions_and_a_sales_rep_writes_none(
    api: ApiClient, home: Organization, prompt: Prompt
) -> None:
    rep = logged_in(make_user(organization=home, access_role=AccessRole.SALES_REP))
    [first] = versions(rep, prompt)

    for answer in (
        rep.post(at(prompt, "versions"), {}),
        rep.post(at(prompt, "versions", first["_id"], "restore"), {}),
        rep.put(at(prompt, "split"), {"versionId": first["_id"], "percent": 10}),
        rep.delete(at(prompt, "split")),
    ):
        assert_refused(answer, 403, "FORBIDDEN")


def test_another_organization_finds_neither_agent_nor_version(
    other_api: ApiClient, api: ApiClient, prompt: Prompt
) -> None:
    first = versions(api, prompt)[0]["_id"]
    for answer in (
        other_api.get(at(prompt, "versions")),
        other_api.get(at(prompt, "versions", first)),
        other_api.post(at(prompt, "versions"), {}),
        other_api.post(at(prompt, "versions", first, "restore"), {}),
        other_api.put(at(prompt, "split"), {"versionId": first, "percent": 10}),
        other_api.delete(at(prompt, "split")),
    ):
        assert_refused(answer, 404, "PROMPT_NOT_FOUND")
    assert PromptVersion.objects.count() == 1


def test_a_version_of_another_agent_is_none_of_this_one(api: ApiClient, prompt: Prompt) -> None:
    other = api.post("/api/prompts/create", AGENT).body["prompt"]["_id"]
    theirs = PromptVersion.objects.get(agent_id=other).pk
    for answer in (
        api.get(at(prompt, "versions", theirs)),
        api.get(at(prompt, "versions", new_object_id())),
        api.post(at(prompt, "versions", theirs, "restore"), {}),
        api.put(at(prompt, "split"), {"versionId": theirs, "percent": 10}),
    ):
        assert_refused(answer, 404, "PROMPT_VERSION_NOT_FOUND")


def test_bodies_are_checked(api: ApiClient, prompt: Prompt) -> None:
    assert_every_body_is_checked(api, "POST", at(prompt, "versions"))
    assert_fault(api.post(at(prompt, "versions"), {"note": "x" * 501}), "note")
    assert_fault(api.put(at(prompt), {"version": 0}), "version")
    first = versions(api, prompt)[0]["_id"]
    for percent in (0, 100, "10", 1.5):
        assert_fault(api.put(at(prompt, "split"), {"versionId": first, "percent": percent}), "percent")


# ---- Splits ----------------------------------------------------------------------------------------------------------


def test_two_versions_share_the_calls_until_the_split_ends(api: ApiClient, prompt: Prompt) -> None:
    other = api.post(at(prompt, "versions"), {"firstMessage": "Hey!", "activate": False}).body["version"]

    answer = api.put(at(prompt, "split"), {"versionId": other["_id"], "percent": 30})

    assert answer.body["prompt"]["split"] == {"versionId": other["_id"], "version": 2, "percent": 30}
    assert api.get(at(prompt)).body["prompt"]["split"]["percent"] == 30
    assert "split" not in api.delete(at(prompt, "split")).body["prompt"]


def test_a_version_without_a_language_shares_no_calls_with_one_that_has(api: ApiClient, prompt: Prompt) -> None:
    first = versions(api, prompt)[0]["_id"]
    api.put(at(prompt), {"language": "fr", "prompt": "Sois bref."})
    assert_fault(api.put(at(prompt, "split"), {"versionId": first, "percent": 30}), "versionId")
    assert "split" not in api.get(at(prompt)).body["prompt"]


def test_a_version_shares_no_calls_with_itself(api: ApiClient, prompt: Prompt) -> None:
    first = versions(api, prompt)[0]["_id"]
    assert_fault(api.put(at(prompt, "split"), {"versionId": first, "percent": 30}), "versionId")


@pytest.mark.parametrize("percent", [0, 1, 30, 99, 100])
def test_a_share_is_that_share_of_ids_that_follow_each_other(percent: int) -> None:
    ids = [f"68f2c5d1{number:016x}" for number in range(20_000)]

    among = [each for each in ids if is_among(each, percent=percent)]

    assert abs(len(among) / len(ids) - percent / 100) < 0.01
    assert among == [each for each in ids if is_among(each, percent=percent)]


def test_a_deleted_agent_takes_its_versions_along_and_leaves_the_calls(
    api: ApiClient, user: User, prompt: Prompt
) -> None:
    other = api.post(at(prompt, "versions"), {"firstMessage": "Hey!", "activate": False}).body["version"]
    api.put(at(prompt, "split"), {"versionId": other["_id"], "percent": 30})
    call = make_call(user, ai_agent=prompt, prompt_version_id=prompt.version_id)

    assert api.delete(at(prompt)).status == 200

    assert not PromptVersion.objects.exists()
    call = Call.objects.get(pk=call.pk)
    assert (call.ai_agent_id, call.prompt_version_id) == (None, prompt.version_id)


def test_analytics_tell_versions_apart(api: ApiClient, user: User, prompt: Prompt) -> None:
    api.put(at(prompt), {"prompt": "Be warm."})
    second, first = versions(api, prompt)
    for version, count in ((first, 1), (second, 2)):
        for _ in range(count):
            make_call(user, ai_agent=prompt, prompt_version_id=version["_id"])
    make_call(user)

    answer = api.get("/api/calls/analytics", metric="count", groupBy="version", startDate="2026-05-01")

    assert answer.status == 200, answer
    told = {
        (group["key"].get("version"), group["key"].get("versionName")): group["values"]["count"]
        for group in answer.body["series"]
    }
    assert told == {(first["_id"], "1"): 1, (second["_id"], "2"): 2, (None, None): 1}
