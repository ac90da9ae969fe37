"""What a minute of an agent costs stays with its id at ElevenLabs, whatever its organization does to its agents."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from functools import partial

import pytest

from calls.models import AgentRate, Prompt
from calls.services.agent_calls.prompts import PromptValues, create_prompt, delete_prompt, update_prompt
from tests.admin_site import add_to, admin_of, make_superuser, page_of
from tests.at_once import at_once
from tests.clients import ApiClient, logged_in
from tests.factories import make_organization, make_prompt, make_user
from tests.refusals import assert_refused
from tests.statements import statements_made
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.errors import ErrorCode, TetherError

CREATE = "/api/prompts/create"
DEFAULT, DEAR, CHEAP = Decimal("0.1"), Decimal(5), Decimal("0.01")
MIA = "agent_mia"


@pytest.fixture
def user(db: None) -> User:
    """Nobody of the organization may do more to agents."""
    return make_user(access_role=AccessRole.SUPERADMIN)


@pytest.fixture
def mia(home: Organization) -> Prompt:
    return make_prompt(home, name="Mia", elevenlabs_agent_id=MIA, rate_per_minute=DEAR)


def at(prompt_id: str) -> str:
    return f"/api/prompts/{prompt_id}"


def made(api: ApiClient, agent_id: str = "") -> str:
    answer = api.post(CREATE, {"name": "Mia", "voiceEnabled": True, "elevenlabsAgentId": agent_id})
    assert answer.status == 201, answer
    return str(answer.body["prompt"]["_id"])


def given(api: ApiClient, prompt_id: str, agent_id: str) -> None:
    answer = api.put(at(prompt_id), {"elevenlabsAgentId": agent_id})
    assert answer.status == 200, answer


def rate_of(prompt_id: str) -> Decimal:
    return Prompt.objects.get(pk=prompt_id).rate_per_minute


def test_an_agent_that_is_deleted_and_made_again_costs_the_same(api: ApiClient, mia: Prompt) -> None:
    for _ in range(2):
        assert api.delete(at(mia.pk)).status == 200
        mia = Prompt.objects.get(pk=made(api, MIA))
        assert mia.rate_per_minute == DEAR


def test_an_id_that_goes_to_another_agent_takes_its_rate_along(api: ApiClient, mia: Prompt) -> None:
    given(api, mia.pk, "")

    assert rate_of(made(api, MIA)) == DEAR


def test_an_agent_that_was_there_before_gets_the_rate_with_the_id(
    api: ApiClient, home: Organization, mia: Prompt
) -> None:
    old = make_prompt(home)
    given(api, mia.pk, "")
    given(api, old.pk, MIA)

    assert rate_of(old.pk) == DEAR


def test_ids_that_change_places_keep_their_rates(api: ApiClient, home: Organization, mia: Prompt) -> None:
    leo = make_prompt(home, elevenlabs_agent_id="agent_leo", rate_per_minute=CHEAP)
    given(api, leo.pk, "")
    given(api, mia.pk, "agent_leo")
    given(api, leo.pk, MIA)

    assert (rate_of(mia.pk), rate_of(leo.pk)) == (CHEAP, DEAR)


def test_a_low_rate_is_not_lent_to_one_id_after_the_other(api: ApiClient, home: Organization) -> None:
    leo = make_prompt(home, elevenlabs_agent_id="agent_leo", rate_per_minute=CHEAP)

    given(api, leo.pk, "agent_new")
    assert rate_of(leo.pk) == DEFAULT
    given(api, leo.pk, "")
    assert rate_of(leo.pk) == DEFAULT
    given(api, leo.pk, "agent_leo")
    assert rate_of(leo.pk) == CHEAP


def test_a_rate_that_was_set_before_the_id_comes_stays(api: ApiClient, home: Organization) -> None:
    prompt = make_prompt(home, rate_per_minute=CHEAP)

    given(api, prompt.pk, "agent_new")

    assert rate_of(prompt.pk) == CHEAP


def test_an_id_that_is_refused_changes_no_rate(api: ApiClient, home: Organization, mia: Prompt) -> None:
    leo = make_prompt(home, elevenlabs_agent_id="agent_leo", rate_per_minute=CHEAP)

    assert_refused(api.put(at(leo.pk), {"elevenlabsAgentId": MIA}), 409, "PROMPT_EXISTS")

    assert (rate_of(mia.pk), rate_of(leo.pk)) == (DEAR, CHEAP)
    assert not AgentRate.objects.exists()


def test_a_rate_is_of_one_organization(mia: Prompt) -> None:
    other = logged_in(make_user(access_role=AccessRole.SUPERADMIN))
    logged_in(make_user(organization=mia.organization, access_role=AccessRole.SUPERADMIN)).delete(at(mia.pk))

    assert rate_of(made(other, MIA)) == DEFAULT


def test_a_department_head_deletes_an_agent_and_its_rate_is_kept(
    api: ApiClient, home: Organization, mia: Prompt
) -> None:
    head = logged_in(make_user(organization=home, access_role=AccessRole.DEPARTMENT_HEAD))
    assert head.delete(at(mia.pk)).status == 200

    assert rate_of(made(api, MIA)) == DEAR


# ---- The platform's staff --------------------------------------------------------------------------------------------


def test_what_the_page_shows_is_what_is_saved(home: Organization, mia: Prompt) -> None:
    root = admin_of(make_superuser())
    form = {"name": "Mia", "elevenlabs_agent_id": "agent_new", "rate_per_minute": "5"}

    assert root.post(page_of(mia), form).status_code == 302
    assert rate_of(mia.pk) == DEAR
    # Of the id before, too.
    assert root.post(page_of(make_prompt(home)), {**form, "elevenlabs_agent_id": MIA, "rate_per_minute": "2"})
    assert Prompt.objects.get(elevenlabs_agent_id=MIA).rate_per_minute == 2


def test_an_agent_that_staff_add_has_the_rate_of_its_id_unless_they_say_another(
    home: Organization, mia: Prompt
) -> None:
    root = make_superuser()
    delete_prompt(user=root, organization_id=home.pk, prompt_id=mia.pk)
    form = {"organization": home.pk, "name": "Mia", "elevenlabs_agent_id": MIA}

    assert admin_of(root).post(add_to(Prompt), {**form, "rate_per_minute": "0.1000"}).status_code == 302
    again = Prompt.objects.get()
    assert again.rate_per_minute == DEAR
    delete_prompt(user=root, organization_id=home.pk, prompt_id=again.pk)
    assert admin_of(root).post(add_to(Prompt), {**form, "rate_per_minute": "3"}).status_code == 302
    assert Prompt.objects.get().rate_per_minute == 3


def test_nobody_else_sets_the_rate(user: User, home: Organization, mia: Prompt) -> None:
    with pytest.raises(TetherError) as making:
        create_prompt(user=user, organization_id=home.pk, values={"name": "Leo", "rate_per_minute": CHEAP})
    with pytest.raises(TetherError) as changing:
        update_prompt(user=user, organization_id=home.pk, prompt_id=mia.pk, changes={"rate_per_minute": CHEAP})

    assert {making.value.code, changing.value.code} == {ErrorCode.FORBIDDEN}
    assert [(prompt.name, prompt.rate_per_minute) for prompt in Prompt.objects.all()] == [("Mia", DEAR)]


# ---- Statements, and doing both at once ------------------------------------------------------------------------------


def test_a_change_that_moves_no_id_costs_two_statements_and_those_of_the_audit_log(
    user: User, home: Organization, mia: Prompt
) -> None:
    with statements_made() as made:
        update_prompt(user=user, organization_id=home.pk, prompt_id=mia.pk, changes={"name": "Leo"})

    assert len(made) == 2 + 3, made


@pytest.mark.django_db(transaction=True)
def test_who_takes_an_id_in_the_moment_it_is_free_gets_its_rate() -> None:
    user = make_user(access_role=AccessRole.SUPERADMIN, organization=make_organization())
    home = user.home_id
    for _ in range(8):
        mia = create_prompt(user=user, organization_id=home, values={"name": "Mia", "elevenlabs_agent_id": MIA})
        Prompt.objects.filter(pk=mia.pk).update(rate_per_minute=DEAR)

        at_once([partial(_released, user, mia.pk), partial(_taken, user)])

        assert Prompt.objects.get(elevenlabs_agent_id=MIA).rate_per_minute == DEAR
        Prompt.objects.all().delete()
        AgentRate.objects.all().delete()


def _released(user: User, prompt_id: str) -> None:
    update_prompt(user=user, organization_id=user.home_id, prompt_id=prompt_id, changes={"elevenlabs_agent_id": ""})


def _taken(user: User) -> None:
    """A new agent with the id, as soon as that is to be had."""
    values: PromptValues = {"name": "Leo", "elevenlabs_agent_id": MIA}
    while True:
        with suppress(TetherError):
            create_prompt(user=user, organization_id=user.home_id, values=values)
            return
