"""/api/prompts: voice agents."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Call, PhoneNumber, Prompt
from tests.clients import ApiClient, vendor_of
from tests.contract.components import assert_is
from tests.factories import make_call, make_prompt, make_user
from tests.refusals import (
    NO_TEXTS,
    assert_every_body_is_checked,
    assert_fault,
    assert_only_a_member_may,
    assert_refused,
)
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

LIST = "/api/prompts/user"
CREATE = "/api/prompts/create"
AGENT = {
    "name": "Alex",
    "prompt": "You confirm appointments.\nBe brief, {{name}}.",
    "firstMessage": "Hi, this is Alex.",
    "voiceId": "EXAVITQu4vr4xnSDxMaL",
    "language": "fr",
    "voiceEnabled": True,
    "elevenlabsAgentId": "agent_01",
}


@pytest.fixture
def user(db: None) -> User:
    """May set all of an agent that users of the organization set; of the others `test_agent_writers` tells."""
    return make_user(access_role=AccessRole.SUPERADMIN)


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


def at(prompt: Prompt) -> str:
    return f"/api/prompts/{prompt.pk}"


def listed(api: ApiClient, **query: Any) -> dict[str, Any]:
    answer = api.get(LIST, **query)
    assert answer.status == 200, answer
    assert_is("PromptsPageResponse", answer.body)
    for prompt in answer.body["prompts"]:
        assert_is("PromptDocument", prompt)
    page: dict[str, Any] = answer.body
    return page


# ---- List and one --------------------------------------------------------------------------------------------------


def test_the_agents_of_the_organization_are_listed_newest_first(api: ApiClient, organization: Organization) -> None:
    prompts = [make_prompt(organization, name=f"Alex {number}") for number in range(12)]

    page = listed(api)

    assert [prompt["_id"] for prompt in page["prompts"]] == [prompt.pk for prompt in reversed(prompts)]
    assert (page["total"], page["page"], page["size"]) == (12, 1, 100)
    assert [prompt["name"] for prompt in listed(api, page=2, size=11)["prompts"]] == ["Alex 0"]


def test_an_organization_without_agents_has_an_empty_list(api: ApiClient) -> None:
    assert listed(api) == {"success": True, "prompts": [], "total": 0, "page": 1, "size": 100}


def test_a_list_costs_user_page_and_count(api: ApiClient, organization: Organization) -> None:
    for _ in range(12):
        make_prompt(organization)

    with CaptureQueriesContext(connection) as captured:
        listed(api)

    assert len(captured) == 3


@pytest.mark.parametrize(("name", "value"), [("page", "0"), ("size", "101"), ("userId", "x"), ("size", "\0")])
def test_a_parameter_that_cannot_be_is_refused(api: ApiClient, name: str, value: str) -> None:
    assert_fault(api.get(LIST, **{name: value}), name)


def test_what_an_agent_does_not_have_is_left_out(api: ApiClient, organization: Organization) -> None:
    answer = api.get(at(make_prompt(organization)))

    assert_is("PromptResponse", answer.body)
    assert set(answer.body["prompt"]) == {"_id", "name", "prompt", "voiceEnabled", "voiceAI", "createdAt", "updatedAt"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_agent_is_not_found(api: ApiClient, method: str) -> None:
    assert_refused(api.request(method, f"/api/prompts/{new_object_id()}"), 404, "PROMPT_NOT_FOUND")


@pytest.mark.parametrize("no_id", ["x", "0" * 23, "G" * 24, "%00"])
def test_what_is_no_id_is_no_path(api: ApiClient, no_id: str) -> None:
    assert_refused(api.get(f"/api/prompts/{no_id}"), 404, "NOT_FOUND")


# ---- Make ----------------------------------------------------------------------------------------------------------


def test_an_agent_is_made_for_the_users_organization(api: ApiClient, user: User) -> None:
    answer = api.post(CREATE, {**AGENT, "organizationId": new_object_id(), "more": [1]})

    assert answer.status == 201, answer
    assert_is("PromptResponse", answer.body)
    prompt = Prompt.objects.get()
    assert prompt.organization_id == user.organization_id
    assert answer.body == {**api.get(at(prompt)).body, "message": "Agent created"}
    found = answer.body["prompt"]
    assert found.pop("createdAt") <= found.pop("updatedAt")
    assert found == {"_id": prompt.pk, "version": 1, "voiceAI": {"enabled": True}, **AGENT}


def test_a_name_is_all_that_an_agent_needs(api: ApiClient) -> None:
    for _ in range(2):
        answer = api.post(CREATE, {"name": "Alex", "elevenlabsAgentId": "", "prompt": ""})
        assert answer.status == 201
        assert answer.body["prompt"]["voiceEnabled"] is False
        assert "elevenlabsAgentId" not in answer.body["prompt"]
    assert_fault(api.post(CREATE, {"prompt": "x"}), "name")


def test_one_agent_at_elevenlabs_speaks_for_one_of_ours(api: ApiClient, organization: Organization) -> None:
    api.post(CREATE, AGENT)
    other = make_prompt(organization)

    assert_refused(api.post(CREATE, AGENT), 409, "PROMPT_EXISTS")
    assert_refused(api.put(at(other), {"elevenlabsAgentId": "agent_01"}), 409, "PROMPT_EXISTS")

    assert Prompt.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("name", (*NO_TEXTS, "", " ", "x" * 201)),
        ("prompt", (*NO_TEXTS, "x" * 100_001)),
        ("firstMessage", (*NO_TEXTS, "x" * 10_001)),
        ("voiceId", (*NO_TEXTS, "x" * 101, "../x", "a b", "é")),
        ("language", (*NO_TEXTS, "FR", "fra", "fr-CA", "xx", "French", " ")),
        ("voiceEnabled", ("true", "", "yes", 1, 0, None, [], {})),
        ("elevenlabsAgentId", (*NO_TEXTS, "x" * 101, "../x", "a/b", "a?b", "é")),
    ],
)
def test_a_field_that_cannot_be_is_refused(
    api: ApiClient, organization: Organization, name: str, values: tuple[Any, ...]
) -> None:
    prompt = make_prompt(organization)

    for value in values:
        assert_fault(api.post(CREATE, {**AGENT, name: value}), name)
        assert_fault(api.put(at(prompt), {name: value}), name)
    assert Prompt.objects.get().name == "Alex"


@pytest.mark.parametrize(("method", "path"), [("POST", CREATE), ("PUT", f"/api/prompts/{'0' * 24}")])
def test_a_body_that_is_none_is_refused(api: ApiClient, method: str, path: str) -> None:
    assert_every_body_is_checked(api, method, path)


# ---- Change --------------------------------------------------------------------------------------------------------


def test_what_is_given_is_changed_and_nothing_else(api: ApiClient) -> None:
    made = api.post(CREATE, AGENT).body["prompt"]

    answer = api.put(
        f"/api/prompts/{made['_id']}", {"name": "Robin", "voiceEnabled": False, "voiceId": "", "language": ""}
    )

    assert answer.status == 200
    assert_is("PromptResponse", answer.body)
    assert answer.body == {**api.get(f"/api/prompts/{made['_id']}").body, "message": "Agent updated"}
    changed = {"name": "Robin", "voiceEnabled": False, "voiceAI": {"enabled": False}, "version": 2}
    expected = {**made, **changed, "updatedAt": answer.body["prompt"]["updatedAt"]}
    del expected["voiceId"], expected["language"]
    assert answer.body["prompt"] == expected


def test_an_empty_id_means_not_synced(api: ApiClient) -> None:
    made = api.post(CREATE, AGENT).body["prompt"]

    answer = api.put(f"/api/prompts/{made['_id']}", {"elevenlabsAgentId": ""})

    assert "elevenlabsAgentId" not in answer.body["prompt"]
    assert Prompt.objects.get().elevenlabs_agent_id is None


def test_a_document_that_was_read_can_be_put_back(api: ApiClient) -> None:
    made = api.post(CREATE, AGENT).body["prompt"]

    answer = api.put(f"/api/prompts/{made['_id']}", made)

    assert answer.body["prompt"] == {**made, "updatedAt": answer.body["prompt"]["updatedAt"]}


def test_an_unknown_agent_cannot_be_changed(api: ApiClient) -> None:
    assert_refused(api.put(f"/api/prompts/{new_object_id()}", {"name": "x"}), 404, "PROMPT_NOT_FOUND")


# ---- Delete --------------------------------------------------------------------------------------------------------


def test_an_agent_goes_and_its_calls_and_numbers_stay(api: ApiClient, organization: Organization, user: User) -> None:
    prompt, other = make_prompt(organization), make_prompt(organization)
    make_call(user, ai_agent=prompt)
    make_call(user, ai_agent=other)
    PhoneNumber.objects.create(
        organization=organization, provider="sinch", phone_number="+14165550100", ai_agent=prompt
    )

    answer = api.delete(at(prompt))

    assert (answer.status, answer.body) == (200, {"success": True, "message": "Agent deleted"})
    assert list(Prompt.objects.all()) == [other]
    assert list(Call.objects.order_by("id").values_list("ai_agent_id", flat=True)) == [None, other.pk]
    assert PhoneNumber.objects.get().ai_agent is None
    assert_refused(api.delete(at(prompt)), 404, "PROMPT_NOT_FOUND")


# ---- Who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", LIST, None),
        ("POST", CREATE, AGENT),
        ("GET", f"/api/prompts/{'0' * 24}", None),
        ("PUT", f"/api/prompts/{'0' * 24}", AGENT),
        ("DELETE", f"/api/prompts/{'0' * 24}", None),
    ],
)
def test_nobody_may_without_a_token_or_with_an_api_key(user: User, method: str, path: str, body: Any) -> None:
    assert_only_a_member_may([ApiClient(), vendor_of(user)], method, path, body)
