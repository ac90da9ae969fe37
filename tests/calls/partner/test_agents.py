"""GET /api/v1/agents."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Prompt
from tests.admin_site import make_phone_number
from tests.calls.partner.partners import AGENTS, partner_of, statements
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_call, make_prompt
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


def agents(partner: ApiClient) -> list[dict[str, Any]]:
    answer = partner.get(AGENTS)
    assert answer.status == 200, answer
    assert_is("PartnerAgentsResponse", answer.body)
    found: list[dict[str, Any]] = answer.body["agents"]
    return found


def make_ai_number(agent: Prompt, **fields: Any) -> str:
    defaults = {"provider": "sinch", "ai_enabled": True, "ai_agent": agent, "elevenlabs_phone_number_id": "pn_1"}
    return make_phone_number(agent.organization, **{**defaults, **fields}).phone_number


def test_it_lists_agents_with_what_they_have_done(partner: ApiClient, user: User, organization: Organization) -> None:
    agent = make_prompt(organization, name="Alex", elevenlabs_agent_id="agent_1")
    number = make_ai_number(agent)
    for duration in (60.0, 45.0, None):
        make_call(user, ai_agent=agent, duration=duration)
    make_call(user)

    assert agents(partner) == [
        {
            "id": agent.pk,
            "assistant_id": "agent_1",
            "name": "Alex",
            "role": None,
            "phone_number": number,
            "minutes_used": 1.75,
            "total_calls": 3,
            "can_make_calls": True,
        }
    ]


def test_an_agent_that_has_done_nothing_has_zeros_and_nulls(partner: ApiClient, organization: Organization) -> None:
    make_prompt(organization)

    (agent,) = agents(partner)

    assert (agent["minutes_used"], agent["total_calls"], agent["can_make_calls"]) == (0.0, 0, False)
    assert (agent["assistant_id"], agent["phone_number"]) == (None, None)


@pytest.mark.parametrize(
    ("of_agent", "of_number"),
    [
        ({"voice_enabled": False}, {}),
        ({"elevenlabs_agent_id": None}, {}),
        ({}, {"ai_enabled": False}),
        ({}, {"provider": "twilio"}),
        ({}, {"elevenlabs_phone_number_id": None}),
    ],
    ids=str,
)
def test_an_agent_that_lacks_something_cannot_make_calls(
    partner: ApiClient, organization: Organization, of_agent: dict[str, Any], of_number: dict[str, Any]
) -> None:
    make_ai_number(make_prompt(organization, **{"elevenlabs_agent_id": "agent_1", **of_agent}), **of_number)

    (agent,) = agents(partner)

    assert agent["can_make_calls"] is False


def test_the_newest_is_first(partner: ApiClient, organization: Organization) -> None:
    made = [make_prompt(organization).pk for _ in range(3)]

    assert [agent["id"] for agent in agents(partner)] == made[::-1]


def test_another_organizations_agents_and_calls_are_not_there(
    partner: ApiClient, other_partner: ApiClient, user: User, organization: Organization
) -> None:
    agent = make_prompt(organization)
    make_ai_number(agent)
    make_call(user, ai_agent=agent)

    assert agents(other_partner) == []


def test_it_costs_four_statements_however_many_there_are(user: User, organization: Organization) -> None:
    """Key; agents, numbers, calls."""
    for number in range(5):
        agent = make_prompt(organization, elevenlabs_agent_id=f"agent_{number}")
        make_ai_number(agent)
        make_call(user, ai_agent=agent)

    assert statements(partner_of(user), AGENTS) == 4
