"""An agent says first who calls: in what its provider has, and in each call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import Prompt
from contacts.models import DialDecision
from tests.calls.api.ai.outbound import Office, assert_refused, conversation, customer, dials, outbound
from tests.clients import ApiClient
from tether_calls.accounts.models import Organization

pytestmark = pytest.mark.django_db

WHO = "This is an automated call of Example Corp. It is recorded."


def path(office: Office, rest: str = "") -> str:
    return f"/api/prompts/{office.agent.pk}{rest}"


def told(simulator: Simulator, answer: Any) -> Any:
    given = conversation(simulator, answer.body["conversationId"])["conversation_initiation_client_data"]
    return given["conversation_config_override"]


def held_to_rules(office: Office) -> None:
    Organization.objects.filter(pk=office.user.home_id).update(rule_packs=["us_telemarketing"])


def test_it_is_said_before_the_first_message(api: ApiClient, office: Office, simulator: Simulator) -> None:
    assert api.put(path(office), {"disclosure": WHO, "firstMessage": "Hello!"}).status == 200

    answer = outbound(api, phoneNumber=customer(1))

    assert told(simulator, answer) == {"agent": {"first_message": f"{WHO}\nHello!"}}


def test_an_agent_without_one_says_what_it_always_says(api: ApiClient, office: Office, simulator: Simulator) -> None:
    assert api.put(path(office), {"disclosure": " ", "firstMessage": "Hello!"}).status == 200

    assert told(simulator, outbound(api, phoneNumber=customer(1))) == {}


def test_its_provider_is_told_when_it_is_synced_and_not_with_each_call(
    api: ApiClient, office: Office, simulator: Simulator
) -> None:
    assert api.put(path(office), {"disclosure": WHO, "firstMessage": "Hello!"}).status == 200
    differing = api.post(path(office, "/sync"), {}).body["differences"]
    assert ("firstMessage", f"{WHO}\nHello!") in [(each["field"], each["ours"]) for each in differing]
    assert api.post(path(office, "/sync"), {"keep": "ours"}).status == 200

    answer = outbound(api, phoneNumber=customer(1))

    assert told(simulator, answer) == {}
    # What is taken over from there has it not twice.
    assert api.post(path(office, "/sync"), {"keep": "theirs"}).status == 200
    agent = Prompt.objects.get(pk=office.agent.pk)
    assert (agent.disclosure, agent.first_message) == (WHO, "Hello!")


def test_it_is_part_of_versions(api: ApiClient, office: Office) -> None:
    for text in (WHO, "Another."):
        assert api.put(path(office), {"disclosure": text}).status == 200

    versions = api.get(path(office, "/versions")).body["versions"]

    assert [version["disclosure"] for version in versions][:2] == ["Another.", WHO]
    assert api.post(path(office, f"/versions/{versions[1]['_id']}/restore"), {}).status in (200, 201)
    assert api.get(path(office)).body["prompt"]["disclosure"] == WHO


def test_a_rule_pack_that_demands_one_has_no_agent_call_without(
    api: ApiClient, office: Office, simulator: Simulator
) -> None:
    held_to_rules(office)

    refused = outbound(api, phoneNumber=customer(1), purpose="service")

    assert_refused(refused, 400, "AGENT_NOT_COMPLIANT")
    assert "nextAllowedAt" not in refused.body
    assert (DialDecision.objects.get().code, dials(simulator)) == ("AGENT_NOT_COMPLIANT", 0)

    assert api.put(path(office), {"disclosure": WHO}).status == 200
    assert outbound(api, phoneNumber=customer(1), purpose="service").status == 200


@pytest.mark.parametrize("percent", [1, 50, 99])
@pytest.mark.parametrize("own", [WHO, ""])
def test_of_two_versions_that_share_calls_both_have_one_or_no_call_is_planned(
    api: ApiClient, office: Office, own: str, percent: int
) -> None:
    held_to_rules(office)
    assert api.put(path(office), {"disclosure": own}).status == 200
    silent = {"disclosure": "" if own else WHO, "activate": False}
    other = api.post(path(office, "/versions"), silent).body["version"]["_id"]
    assert api.put(path(office, "/split"), {"versionId": other, "percent": percent}).status == 200
    asked = {"phoneNumber": customer(1), "purpose": "service"}

    verdict = api.post("/api/calls/may-call", {**asked, "agentId": office.agent.pk}).body
    refused = outbound(api, **asked, schedule={"notBefore": (timezone.now() + timedelta(hours=1)).isoformat()})

    assert (verdict["allowed"], verdict["code"]) == (False, "AGENT_NOT_COMPLIANT")
    assert_refused(refused, 400, "AGENT_NOT_COMPLIANT")


@pytest.mark.parametrize(("percent", "is_allowed"), [(0, False), (100, True)])
def test_a_version_that_speaks_in_no_call_counts_for_nothing(
    api: ApiClient, office: Office, percent: int, is_allowed: bool
) -> None:
    held_to_rules(office)
    other = api.post(path(office, "/versions"), {"disclosure": WHO, "activate": False}).body["version"]["_id"]
    Prompt.objects.filter(pk=office.agent.pk).update(split_version=other, split_percent=percent)

    verdict = api.post(
        "/api/calls/may-call", {"phoneNumber": customer(1), "purpose": "service", "agentId": office.agent.pk}
    )

    assert verdict.body["allowed"] is is_allowed
