"""Which role writes agents: the same whether it asks the API or the admin."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from calls.models import Prompt
from calls.services.agent_calls.prompts import update_prompt
from tests.admin_site import add_to, admin_of, list_of, make_superuser, page_of, text_of
from tests.clients import ApiClient, logged_in
from tests.factories import make_prompt, make_user
from tests.refusals import assert_fault, assert_refused
from tether_calls.accounts.models import AccessRole, Organization

CREATE = "/api/prompts/create"
WRITERS = (AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN, AccessRole.SUPERADMIN)
NOT_SUPERADMIN = (AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN)


def at(prompt: Prompt) -> str:
    return f"/api/prompts/{prompt.pk}"


def api_of(home: Organization, role: AccessRole) -> ApiClient:
    return logged_in(make_user(organization=home, access_role=role))


def staff_of(home: Organization, role: AccessRole) -> Client:
    return admin_of(make_user(organization=home, access_role=role, is_staff=True))


# ---- The API ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", AccessRole)
def test_every_role_reads_agents(home: Organization, role: AccessRole) -> None:
    prompt = make_prompt(home)
    api = api_of(home, role)

    assert api.get("/api/prompts/user").body["total"] == 1
    assert api.get(at(prompt)).body["prompt"]["_id"] == prompt.pk


def test_a_sales_rep_writes_no_agent(home: Organization) -> None:
    prompt = make_prompt(home, name="Mia")
    api = api_of(home, AccessRole.SALES_REP)

    for answer in (api.post(CREATE, {"name": "Alex"}), api.put(at(prompt), {"name": "Alex"}), api.delete(at(prompt))):
        assert_refused(answer, 403, "FORBIDDEN")
    # Before the body is looked at, and before the agent: also of one that is not there, or is another organization's.
    other = make_prompt(make_user().organization or home)
    for answer in (api.post(CREATE, b"{"), api.put(at(other), {}), api.delete(at(other))):
        assert_refused(answer, 403, "FORBIDDEN")

    assert [each.name for each in Prompt.objects.of_organization(home.pk)] == ["Mia"]


@pytest.mark.parametrize("role", WRITERS)
def test_a_department_head_and_above_write_agents(home: Organization, role: AccessRole) -> None:
    api = api_of(home, role)

    made = api.post(CREATE, {"name": "Alex"})
    assert made.status == 201, made
    path = f"/api/prompts/{made.body['prompt']['_id']}"
    assert api.put(path, {"name": "Robin"}).body["prompt"]["name"] == "Robin"
    assert api.delete(path).status == 200


@pytest.mark.parametrize("role", NOT_SUPERADMIN)
def test_which_agent_at_elevenlabs_it_is_is_for_superadmins_to_say(home: Organization, role: AccessRole) -> None:
    synced, unsynced = make_prompt(home, elevenlabs_agent_id="agent_1"), make_prompt(home)
    api = api_of(home, role)

    for answer in (
        api.post(CREATE, {"name": "Alex", "elevenlabsAgentId": "agent_2"}),
        api.put(at(unsynced), {"name": "Alex", "elevenlabsAgentId": "agent_2"}),
        api.put(at(synced), {"name": "Alex", "elevenlabsAgentId": "agent_2"}),
        api.put(at(synced), {"name": "Alex", "elevenlabsAgentId": ""}),
    ):
        assert_refused(answer, 403, "FORBIDDEN")

    found = Prompt.objects.of_organization(home.pk).order_by("pk").values_list("name", "elevenlabs_agent_id")
    assert list(found) == [("Alex", "agent_1"), ("Alex", None)]


@pytest.mark.parametrize("role", [AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN])
def test_an_id_that_is_sent_as_it_was_is_no_change(home: Organization, role: AccessRole) -> None:
    synced, unsynced = make_prompt(home, elevenlabs_agent_id="agent_1"), make_prompt(home)
    api = api_of(home, role)

    assert api.put(at(synced), {"name": "Robin", "elevenlabsAgentId": "agent_1"}).body["prompt"]["name"] == "Robin"
    assert api.put(at(unsynced), {"name": "Robin", "elevenlabsAgentId": ""}).body["prompt"]["name"] == "Robin"
    assert api.post(CREATE, {"name": "Kim", "elevenlabsAgentId": ""}).status == 201


def test_a_superadmin_says_which_agent_at_elevenlabs_it_is(home: Organization) -> None:
    prompt = make_prompt(home)
    api = api_of(home, AccessRole.SUPERADMIN)

    assert api.put(at(prompt), {"elevenlabsAgentId": "agent_1"}).body["prompt"]["elevenlabsAgentId"] == "agent_1"
    assert api.post(CREATE, {"name": "Kim", "elevenlabsAgentId": "agent_2"}).status == 201


def test_a_superadmin_of_another_organization_finds_no_agent(home: Organization) -> None:
    prompt = make_prompt(home, elevenlabs_agent_id="agent_1")
    stranger = logged_in(make_user(access_role=AccessRole.SUPERADMIN))

    assert_refused(stranger.put(at(prompt), {"elevenlabsAgentId": ""}), 404, "PROMPT_NOT_FOUND")
    assert_refused(stranger.delete(at(prompt)), 404, "PROMPT_NOT_FOUND")
    assert Prompt.objects.get(pk=prompt.pk).elevenlabs_agent_id == "agent_1"


# ---- The admin -------------------------------------------------------------------------------------------------------


def test_staff_who_are_sales_reps_read_agents_in_the_admin_and_write_none(home: Organization) -> None:
    prompt = make_prompt(home, name="Mia")
    staff = staff_of(home, AccessRole.SALES_REP)

    assert staff.get(list_of(Prompt)).status_code == 200
    assert staff.get(page_of(prompt)).status_code == 200
    assert staff.post(page_of(prompt), {"name": "Alex"}).status_code == 403
    assert staff.post(add_to(Prompt), {"name": "Alex"}).status_code == 403
    assert Prompt.objects.get().name == "Mia"


@pytest.mark.parametrize("role", [AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN])
def test_staff_write_agents_but_not_which_agent_at_elevenlabs_it_is(home: Organization, role: AccessRole) -> None:
    staff = staff_of(home, role)

    form = {"name": "Kim", "elevenlabs_agent_id": "agent_1", "rate_per_minute": "0"}
    assert staff.post(add_to(Prompt), form).status_code == 302
    made = Prompt.objects.get()
    assert (made.name, made.elevenlabs_agent_id, made.rate_per_minute) == ("Kim", None, Decimal("0.1"))
    assert staff.post(page_of(made), {**form, "name": "Robin"}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.elevenlabs_agent_id, made.rate_per_minute) == ("Robin", None, Decimal("0.1"))


def test_staff_who_are_superadmins_say_which_agent_at_elevenlabs_it_is(home: Organization) -> None:
    prompt = make_prompt(home)
    staff = staff_of(home, AccessRole.SUPERADMIN)

    form = {"name": "Robin", "elevenlabs_agent_id": "agent_1", "rate_per_minute": "0"}
    assert staff.post(page_of(prompt), form).status_code == 302
    prompt.refresh_from_db()
    assert (prompt.elevenlabs_agent_id, prompt.rate_per_minute) == ("agent_1", Decimal("0.1"))


@pytest.mark.parametrize("role", WRITERS)
def test_the_price_is_not_the_organizations_to_set(home: Organization, role: AccessRole) -> None:
    prompt = make_prompt(home, rate_per_minute=Decimal("0.25"))
    api = api_of(home, role)

    assert_refused(api.post(CREATE, {"name": "Kim", "ratePerMinute": "0.01"}), 403, "FORBIDDEN")
    assert_refused(api.put(at(prompt), {"name": "Kim", "ratePerMinute": "0"}), 403, "FORBIDDEN")

    assert [(each.name, each.rate_per_minute) for each in Prompt.objects.all()] == [("Alex", Decimal("0.25"))]


@pytest.mark.parametrize("value", ["", "-1", "1e2", "0.00001", "12345", "NaN", 0.25, 1, None, []])
def test_a_price_that_is_none_is_refused(home: Organization, value: Any) -> None:
    assert_fault(api_of(home, AccessRole.ADMIN).post(CREATE, {"name": "Kim", "ratePerMinute": value}), "ratePerMinute")


def test_platform_staff_have_every_role_and_set_the_price(home: Organization) -> None:
    root = make_superuser()
    root.organization, root.access_role = home, AccessRole.SALES_REP
    root.save()

    answer = logged_in(root).post(CREATE, {"name": "Kim", "elevenlabsAgentId": "agent_1", "ratePerMinute": "0.0125"})

    assert answer.status == 201, answer
    assert Prompt.objects.get().rate_per_minute == Decimal("0.0125")


def test_an_agent_that_goes_while_its_page_is_saved_is_said_to_be_gone(
    home: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = make_prompt(home)

    def save_too_late(**values: Any) -> Prompt:
        Prompt.objects.all().delete()
        return update_prompt(**values)

    monkeypatch.setattr("calls.admin.prompt.update_prompt", save_too_late)

    response = admin_of(make_superuser()).post(page_of(prompt), {"name": "Kim", "rate_per_minute": "0.1"}, follow=True)

    assert "Agent not found." in text_of(response)
