"""Which version of an agent spoke in a call that came in: the one that its provider has, whatever is split."""

from __future__ import annotations

import pytest

from calls.models import Call, Prompt, PromptVersion
from calls.services.agent_calls import choose_version
from tests.calls.webhooks.elevenlabs_office import (
    AGENT,
    deliver,
    inbound_transcription,
    make_account,
    make_agent,
    make_ai_number,
)
from tests.clients import ApiClient
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(user: User, api: ApiClient) -> Prompt:
    """One with two versions, which says the second."""
    make_account(user)
    agent = make_agent(user, AGENT)
    make_ai_number(user, agent)
    for text in ("Be long.", "Be brief."):
        assert api.put(f"/api/prompts/{agent.pk}", {"prompt": text}).status == 200
    agent.refresh_from_db()
    return agent


def version_of_a_caller(conversation_id: str = "conv_1") -> str | None:
    """Somebody calls the agent, and ElevenLabs tells of it afterwards."""
    assert deliver(inbound_transcription(conversation_id)).status == 200
    call = Call.objects.get(provider_call_id=conversation_id)
    assert call.direction == "inbound"
    version_id: str | None = call.prompt_version_id
    return version_id


def test_a_call_that_comes_in_keeps_the_version_that_the_agent_says(agent: Prompt, api: ApiClient) -> None:
    assert version_of_a_caller() == agent.version_id

    # Whatever it says later.
    api.put(f"/api/prompts/{agent.pk}", {"prompt": "Something else."})
    deliver(inbound_transcription("conv_1"))
    assert Call.objects.get().prompt_version_id == agent.version_id
    agent.refresh_from_db()
    assert version_of_a_caller("conv_2") == agent.version_id
    call = Call.objects.get(provider_call_id="conv_2")
    assert api.get(f"/api/calls/{call.pk}").body["call"]["promptVersionId"] == agent.version_id


def test_a_split_is_of_calls_that_go_out(agent: Prompt, api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = PromptVersion.objects.filter(agent=agent).order_by("number")[0]
    assert first.pk != agent.version_id
    assert api.put(f"/api/prompts/{agent.pk}/split", {"versionId": first.pk, "percent": 99}).status == 200
    monkeypatch.setattr(choose_version, "is_among", lambda *_, **__: True)

    assert version_of_a_caller() == agent.version_id


def test_until_it_is_synced_the_version_that_its_provider_has_is_the_one_that_spoke(agent: Prompt) -> None:
    first = PromptVersion.objects.filter(agent=agent).order_by("number")[0]
    Prompt.objects.filter(pk=agent.pk).update(synced_version=first)

    assert version_of_a_caller() == first.pk
