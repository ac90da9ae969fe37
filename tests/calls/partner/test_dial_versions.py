"""Which version of an agent speaks in calls that partners ask for: at once, and at a time."""

from __future__ import annotations

from typing import Any

import pytest

from calls.demo.simulator import Simulator
from calls.models import Call, ScheduledCall
from calls.services.agent_calls import choose_version
from tests.calls.api.ai.outbound import Office
from tests.calls.partner.dialling import assert_placed, dial, told_to_the_provider
from tests.calls.scheduling import come_due, dial_due, in_minutes
from tests.clients import ApiClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(api: ApiClient, office: Office) -> str:
    """The id of a version that is to speak in half of the calls."""
    path = f"/api/prompts/{office.agent.pk}"
    assert api.put(path, {"prompt": "Be brief.", "firstMessage": "Hello."}).status == 200
    told = {"prompt": "Be long, {{name}}.", "firstMessage": "", "activate": False}
    version_id: str = api.post(f"{path}/versions", told).body["version"]["_id"]
    assert api.put(f"{path}/split", {"versionId": version_id, "percent": 50}).status == 200
    office.agent.refresh_from_db()
    return version_id


def draw(monkeypatch: pytest.MonkeyPatch, is_other: bool) -> None:
    monkeypatch.setattr(choose_version, "is_among", lambda *_, **__: is_other)


def override_of(simulator: Simulator, call: Call) -> Any:
    return told_to_the_provider(simulator, call)["conversation_config_override"]


@pytest.mark.parametrize("is_other", [True, False])
def test_the_version_that_is_drawn_speaks_with_the_partners_variables(
    is_other: bool,
    partner: ApiClient,
    office: Office,
    simulator: Simulator,
    other: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw(monkeypatch, is_other)

    call = assert_placed(dial(partner, variables={"name": "Kim"}))

    assert call.prompt_version_id == (other if is_other else office.agent.version_id)
    told = override_of(simulator, call).get("agent", {})
    assert told.get("prompt", {}).get("prompt") == ("Be long, Kim." if is_other else None)


def test_a_repeated_request_is_the_same_call_with_the_same_version(
    partner: ApiClient, office: Office, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(monkeypatch, True)
    first = dial(partner, key="a")
    draw(monkeypatch, False)

    again = dial(partner, key="a")

    assert first.body["call_id"] == again.body["call_id"]
    assert Call.objects.get().prompt_version_id == other


@pytest.mark.parametrize("is_other", [True, False])
def test_a_call_at_a_time_has_its_version_drawn_when_it_is_dialled(
    is_other: bool,
    partner: ApiClient,
    office: Office,
    simulator: Simulator,
    other: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw(monkeypatch, not is_other)
    assert dial(partner, schedule={"not_before": in_minutes(60)}, variables={"name": "Kim"}).status == 202
    draw(monkeypatch, is_other)
    come_due()

    scheduled = dial_due(ScheduledCall.objects.get())

    call = Call.objects.get()
    assert (scheduled.state, scheduled.last_call_id) == ("in_progress", call.pk)
    assert call.prompt_version_id == (other if is_other else office.agent.version_id)
    told = override_of(simulator, call).get("agent", {})
    assert told.get("prompt", {}).get("prompt") == ("Be long, Kim." if is_other else None)


def test_a_split_that_has_ended_by_then_draws_none(
    api: ApiClient, partner: ApiClient, office: Office, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(monkeypatch, True)
    assert dial(partner, schedule={"not_before": in_minutes(60)}).status == 202
    api.delete(f"/api/prompts/{office.agent.pk}/split")
    come_due()

    dial_due(ScheduledCall.objects.get())

    assert Call.objects.get().prompt_version_id == office.agent.version_id
