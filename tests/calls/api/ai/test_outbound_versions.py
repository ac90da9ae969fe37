"""Which version of an agent speaks in a call that it makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from calls.demo.simulator import Simulator
from calls.models import Call
from calls.services.agent_calls import choose_version
from tests.calls.api.ai.outbound import Office, conversation, customer, make_office, outbound, simulating
from tests.clients import ApiClient
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulating() as running:
        yield running


@pytest.fixture
def office(user: User, simulator: Simulator) -> Office:
    return make_office(user, simulator)


@pytest.fixture
def other(api: ApiClient, office: Office) -> dict[str, Any]:
    """A version that the agent says in none of its calls."""
    path = f"/api/prompts/{office.agent.pk}"
    assert api.put(path, {"prompt": "Be brief.", "firstMessage": "Hello."}).status == 200
    told = {"prompt": "Be long.", "firstMessage": "", "voiceId": "v2", "activate": False}
    version: dict[str, Any] = api.post(f"{path}/versions", told).body["version"]
    return version


def split(api: ApiClient, office: Office, version: dict[str, Any], percent: int) -> None:
    path = f"/api/prompts/{office.agent.pk}/split"
    assert api.put(path, {"versionId": version["_id"], "percent": percent}).status == 200


def override_of(simulator: Simulator, answer: Any) -> Any:
    told = conversation(simulator, answer.body["conversationId"])["conversation_initiation_client_data"]
    return told["conversation_config_override"]


def test_a_call_keeps_the_version_that_the_agent_says(
    api: ApiClient, office: Office, simulator: Simulator, other: Any
) -> None:
    answer = outbound(api, contactId=office.contact.pk)

    call = Call.objects.get()
    office.agent.refresh_from_db()
    assert call.prompt_version_id == office.agent.version_id
    assert override_of(simulator, answer) == {}
    assert api.get(f"/api/calls/{call.pk}").body["call"]["promptVersionId"] == call.prompt_version_id


def test_a_later_version_does_not_change_which_one_spoke(api: ApiClient, office: Office, other: Any) -> None:
    outbound(api, contactId=office.contact.pk)
    before = Call.objects.get().prompt_version_id

    api.put(f"/api/prompts/{office.agent.pk}", {"prompt": "Something else."})

    assert Call.objects.get().prompt_version_id == before


@pytest.mark.parametrize("is_other", [True, False])
def test_the_version_that_is_drawn_speaks_and_elevenlabs_is_told_all_of_it(
    api: ApiClient, office: Office, simulator: Simulator, other: Any, is_other: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    split(api, office, other, 50)
    monkeypatch.setattr(choose_version, "is_among", lambda *_, **__: is_other)

    answer = outbound(api, contactId=office.contact.pk)

    office.agent.refresh_from_db()
    assert Call.objects.get().prompt_version_id == (other["_id"] if is_other else office.agent.version_id)
    told = {"agent": {"prompt": {"prompt": "Be long."}, "first_message": ""}, "tts": {"voice_id": "v2"}}
    assert override_of(simulator, answer) == (told if is_other else {})


@pytest.mark.parametrize(("language", "told"), [("fr", {"language": "fr"}), ("en", {})])
def test_another_language_is_told_where_it_is_another_one(
    api: ApiClient,
    office: Office,
    simulator: Simulator,
    language: str,
    told: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = f"/api/prompts/{office.agent.pk}"
    assert api.put(path, {"language": "en", "prompt": "Be brief."}).status == 200
    texts = {"disclosure": "Voici un robot.", "firstMessage": "Bonjour.", "prompt": "Sois bref."}
    made = api.post(f"{path}/versions", {**texts, "language": language, "activate": False}).body["version"]
    split(api, office, made, 50)
    monkeypatch.setattr(choose_version, "is_among", lambda *_, **__: True)

    answer = outbound(api, contactId=office.contact.pk)
    simulator.settle()

    said = {"prompt": {"prompt": "Sois bref."}, "first_message": "Voici un robot.\nBonjour."}
    assert override_of(simulator, answer) == {"agent": {**said, **told}}
    spoken = conversation(simulator, answer.body["conversationId"])["metadata"]["main_language"]
    assert spoken == told.get("language", "en")


def test_a_version_without_a_language_is_silent_once_the_agent_has_one(
    api: ApiClient, office: Office, simulator: Simulator, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    split(api, office, other, 50)
    assert api.put(f"/api/prompts/{office.agent.pk}", {"language": "fr", "prompt": "Sois bref."}).status == 200
    monkeypatch.setattr(choose_version, "is_among", lambda *_, **__: True)

    answer = outbound(api, contactId=office.contact.pk)

    office.agent.refresh_from_db()
    assert Call.objects.get().prompt_version_id == office.agent.version_id
    assert override_of(simulator, answer) == {}


def test_the_same_request_again_is_the_same_call_with_the_same_version(
    api: ApiClient, office: Office, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    split(api, office, other, 50)
    drawn = iter([True, False])
    monkeypatch.setattr(choose_version, "is_among", lambda *_, **__: next(drawn))

    first, again = (outbound(api, contactId=office.contact.pk) for _ in range(2))

    assert again.body["deduplicated"]
    assert first.body["conversationId"] == again.body["conversationId"]
    assert Call.objects.get().prompt_version_id == other["_id"]


def test_calls_are_shared_by_their_own_ids(api: ApiClient, office: Office, other: Any) -> None:
    split(api, office, other, 40)

    for digit in (0, 1, 2, 3):
        outbound(api, phoneNumber=f"+1202555018{digit}")

    office.agent.refresh_from_db()
    for call in Call.objects.all():
        drawn = choose_version.is_among(call.pk, percent=40)
        assert call.prompt_version_id == (other["_id"] if drawn else office.agent.version_id)


def test_without_a_version_none_is_kept(api: ApiClient, office: Office) -> None:
    outbound(api, phoneNumber=customer(1))

    assert Call.objects.get().prompt_version_id is None
