"""POST /api/v1/calls: variables, as the agent gets them and the call keeps them."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from calls.demo.simulator import Simulator
from calls.models import Call
from tests.calls.api.ai.outbound import Office, conversation, dials, outbound
from tests.calls.partner.dialling import assert_placed, dial, told_to_the_provider
from tests.calls.partner.partners import assert_error
from tests.clients import ApiClient

pytestmark = pytest.mark.django_db

HOSTILE = {
    "__class__": "a key",
    "__init__": {"__globals__": "another"},
    "format": "{0.__class__} %(x)s ${HOME} {% now %}",
    "camelCase": {"snake_case": {"Kebab-Case": [1, None]}},
    "": "",
}


@pytest.fixture
def talkative(office: Office) -> Office:
    office.agent.prompt = "Talk to {{customer.name}} of {{company}} about {{__class__}}; be {{mood}}."
    office.agent.first_message = "Hello {{customer.name}}, {{greeting}}"
    office.agent.save()
    return office


def test_they_fill_the_instructions_and_the_first_message(
    partner: ApiClient, talkative: Office, simulator: Simulator
) -> None:
    variables = {"customer": {"name": "Lee"}, "company": "Example & Sons", "greeting": "{{company}}", **HOSTILE}

    answer = dial(partner, variables=variables)

    call = assert_placed(answer)
    given = told_to_the_provider(simulator, call)
    assert given["conversation_config_override"] == {
        "agent": {
            "prompt": {"prompt": "Talk to Lee of Example & Sons about a key; be {{mood}}."},
            "first_message": "Hello Lee, {{company}}",
        }
    }
    assert answer.body["warnings"] == ["Unknown variable in the agent's instructions: mood"]
    # Else the provider would fill it in, which is not what the value says.
    assert given["dynamic_variables"]["company"] == "{{company}}"
    assert given["dynamic_variables"]["contact_name"] == "Dana Example"
    assert call.metadata == {"variables": variables}


def test_their_keys_come_back_as_they_came(api: ApiClient, partner: ApiClient, office: Office) -> None:
    call = assert_placed(dial(partner, variables=HOSTILE))

    assert api.get(f"/api/calls/{call.pk}").body["call"]["metadata"] == {"variables": HOSTILE}


def test_they_outlive_what_the_provider_tells(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    call = assert_placed(dial(partner, variables={"a": "x"}))

    assert conversation(simulator, call.provider_call_id or "")["user_id"] == call.pk
    assert Call.objects.get().metadata == {"variables": {"a": "x"}}


def test_unknown_ones_are_warned_of_without_any(partner: ApiClient, talkative: Office, simulator: Simulator) -> None:
    answer = dial(partner)

    given = told_to_the_provider(simulator, assert_placed(answer))
    assert given["conversation_config_override"] == {}
    named = " ".join(answer.body["warnings"])
    assert all(name in named for name in ("customer.name", "company", "__class__", "mood", "greeting"))


def test_reserved_ones_are_left_out_with_a_warning(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    answer = dial(partner, variables={"contact_name": "Mallory", "system__time": "never"})

    call = assert_placed(answer)
    assert told_to_the_provider(simulator, call)["dynamic_variables"]["contact_name"] == "Dana Example"
    assert len(answer.body["warnings"]) == 2
    assert call.metadata == {"variables": {"contact_name": "Mallory", "system__time": "never"}}


def test_other_apis_leave_the_agents_texts_alone(api: ApiClient, talkative: Office, simulator: Simulator) -> None:
    assert outbound(api, contactId=talkative.contact.pk).status == 200

    given = told_to_the_provider(simulator, Call.objects.get())
    assert given["conversation_config_override"] == {}
    assert "mood" not in given["dynamic_variables"]


@pytest.mark.parametrize(
    "variables",
    [1, "text", [], True, {"a": "x" * 16_384}, {"a": [[[[[[[[[[[1]]]]]]]]]]]}, {"a": 2**64}, {"a": "\0"}],
    ids=lambda value: str(value)[:20],
)
def test_invalid_variables(partner: ApiClient, office: Office, simulator: Simulator, variables: Any) -> None:
    assert_error(dial(partner, variables=variables), 400, "invalid_variables")
    assert dials(simulator) == 0


def test_how_large_they_may_be_is_a_setting(partner: ApiClient, office: Office, settings: Settings) -> None:
    settings.TETHER_VARIABLES_MAX_BYTES = 20

    assert_error(dial(partner, variables={"a": "x" * 20}), 400, "invalid_variables")
    assert_placed(dial(partner, variables={"a": "x"}))


def test_a_text_that_they_make_too_long_is_refused(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    office.agent.prompt = "{{a}}" * 1_000
    office.agent.save()

    assert_error(dial(partner, variables={"a": "x" * 16_000}), 400, "invalid_variables")
    assert dials(simulator) == 0
