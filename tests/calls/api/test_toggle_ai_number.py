"""Agents answer numbers: imported at ElevenLabs, here the simulator, over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from calls.demo.simulator import ElevenLabsAccount, Pace, Simulator
from calls.models import PhoneNumber, VoiceAccount
from calls.providers.connection import OneRequest
from tests.admin_site import make_account, make_phone_number
from tests.at_once import at_once
from tests.caches import gone
from tests.calls.api.configuring import TOGGLE, assert_refused, paths_of, superadmin_of
from tests.calls.demo.simulator.worlds import API_KEY, elevenlabs
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_prompt, make_user
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.object_id import new_object_id

# The simulator's names of the endpoints; the last is also the one that deletes.
LIST, IMPORT, CHANGE = "phone-numbers-list", "phone-numbers", "phone-number"
SIP_SECRET = "sip-password-of-nobody"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    agents = {"agent_1": "Mia", "agent_2": "Tom"}
    with Simulator(ElevenLabsAccount(api_key=API_KEY, agents=agents), pace=Pace.quick()) as running:
        yield running


@pytest.fixture
def home(user: User, simulator: Simulator) -> Organization:
    """An organization with an account at the simulated ElevenLabs."""
    assert user.organization is not None
    make_account(user.organization, "elevenlabs", secrets={"api_key": API_KEY}, base_url=simulator.url)
    return user.organization


@pytest.fixture
def boss(home: Organization) -> ApiClient:
    return superadmin_of(home)


@pytest.fixture
def number(home: Organization, user: User) -> PhoneNumber:
    return make_phone_number(home, provider="sinch", user=user, label="Reception")


def enable(client: ApiClient, number: PhoneNumber, agent_id: str | None, **more: Any) -> Answer:
    return client.post(TOGGLE, {"phoneNumber": number.phone_number, "aiEnabled": True, "aiAgentId": agent_id, **more})


def disable(client: ApiClient, number: PhoneNumber) -> Answer:
    return client.post(TOGGLE, {"phoneNumber": number.phone_number, "aiEnabled": False})


def imported(simulator: Simulator) -> list[dict[str, Any]]:
    """What ElevenLabs has."""
    rows: list[dict[str, Any]] = elevenlabs(simulator, "GET", "phone-numbers").json()
    return rows


def state_of(number: PhoneNumber) -> tuple[bool, str | None, str | None]:
    number.refresh_from_db()
    return number.ai_enabled, number.ai_agent_id, number.elevenlabs_phone_number_id


UNTOUCHED = (False, None, None)


def test_enabling_imports_the_number_and_assigns_the_agent(
    boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator, user: User
) -> None:
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")

    answer = enable(boss, number, agent.pk, userId=user.pk)

    assert answer.status == 200, answer
    assert_is("CallsPhoneNumberResponse", answer.body)
    (there,) = imported(simulator)
    assert answer.body["phoneNumber"] == {
        "provider": "sinch",
        "phoneNumber": number.phone_number,
        "label": "Reception",
        "userId": user.pk,
        "isDefault": False,
        "isInboundEnabled": True,
        "aiEnabled": True,
        "aiAgentId": agent.pk,
        "elevenlabsPhoneNumberId": there["phone_number_id"],
    }
    assert (there["phone_number"], there["label"]) == (number.phone_number, "Reception")
    assert there["assigned_agent"]["agent_id"] == "agent_1"
    assert there["outbound_trunk"]["address"] == "use1.sip.sinch.com"
    assert state_of(number) == (True, agent.pk, there["phone_number_id"])


def test_the_trunk_is_that_of_the_organizations_sinch_account(
    boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator
) -> None:
    trunk = {"sip_address": "ours.pstn.sinch.com:5061", "sip_username": "us", "sip_password": SIP_SECRET}
    make_account(home, "sinch", secrets=trunk)

    answer = enable(boss, number, make_prompt(home, elevenlabs_agent_id="agent_1").pk)

    (there,) = imported(simulator)
    assert (there["outbound_trunk"]["address"], there["outbound_trunk"]["username"]) == (trunk["sip_address"], "us")
    assert SIP_SECRET.encode() not in answer.content


def test_disabling_undoes_it_and_again_is_nothing_new(
    boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator
) -> None:
    enable(boss, number, make_prompt(home, elevenlabs_agent_id="agent_1").pk)

    for _ in range(2):
        answer = disable(boss, number)
        assert answer.status == 200, answer
        assert answer.body["phoneNumber"]["aiEnabled"] is False
        assert (imported(simulator), state_of(number)) == ([], UNTOUCHED)


def test_another_agent_takes_over_without_a_second_import(
    boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator
) -> None:
    first, second = (make_prompt(home, elevenlabs_agent_id=f"agent_{n}") for n in (1, 2))
    enable(boss, number, first.pk)

    assert enable(boss, number, second.pk).status == 200

    (there,) = imported(simulator)
    assert there["assigned_agent"]["agent_id"] == "agent_2"
    assert state_of(number) == (True, second.pk, there["phone_number_id"])
    assert enable(boss, number, None).body["phoneNumber"]["aiAgentId"] == second.pk


def test_a_number_that_elevenlabs_has_forgotten_is_imported_anew_or_gone_already(
    boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator
) -> None:
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")
    PhoneNumber.objects.filter(pk=number.pk).update(elevenlabs_phone_number_id="phnum_gone", ai_agent=agent)

    assert enable(boss, number, None).status == 200
    (there,) = imported(simulator)
    assert state_of(number)[2] == there["phone_number_id"]
    PhoneNumber.objects.filter(pk=number.pk).update(elevenlabs_phone_number_id="phnum_gone")
    assert disable(boss, number).status == 200
    assert state_of(number) == UNTOUCHED


# ---- When the provider does not do it --------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", [LIST, IMPORT, CHANGE])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 401}, "PROVIDER_ERROR"),
        ({"status": 404}, "PROVIDER_ERROR"),
        ({"status": 422}, "PROVIDER_ERROR"),
        ({"status": 429}, "PROVIDER_ERROR"),
        ({"status": 500}, "PROVIDER_UNKNOWN"),
        ({"status": 504}, "PROVIDER_UNKNOWN"),
        ({"fault": "html"}, "PROVIDER_UNKNOWN"),
        ({"fault": "empty"}, "PROVIDER_UNKNOWN"),
        ({"fault": "close"}, "PROVIDER_UNKNOWN"),
    ],
    ids=str,
)
def test_nothing_is_saved_nor_left_there_when_the_provider_refuses(
    boss: ApiClient,
    number: PhoneNumber,
    home: Organization,
    simulator: Simulator,
    endpoint: str,
    fault: dict[str, Any],
    code: str,
) -> None:
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")
    simulator.fail("elevenlabs", endpoint, **{"fault": "status", **fault})

    answer = enable(boss, number, agent.pk)

    # A list that was not had has changed nothing.
    is_only_away = (endpoint, fault) == (LIST, {"status": 500})
    assert_refused(answer, 500, "PROVIDER_ERROR" if is_only_away else code)
    assert API_KEY.encode() not in answer.content
    assert (state_of(number), imported(simulator)) == (UNTOUCHED, [])
    assert enable(boss, number, agent.pk).status == 200


def test_an_import_whose_answer_was_lost_is_taken_over_the_next_time(
    boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator
) -> None:
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")
    # As it is left by an import that was done and not answered: there, and not known here.
    body = {"provider": "sip_trunk", "phone_number": number.phone_number, "label": "Reception"}
    there = elevenlabs(simulator, "POST", "phone-numbers", json=body).json()["phone_number_id"]

    assert enable(boss, number, agent.pk).status == 200

    assert [row["phone_number_id"] for row in imported(simulator)] == [there]
    assert state_of(number) == (True, agent.pk, there)


def test_an_agent_that_elevenlabs_does_not_know_is_refused_and_leaves_no_import(
    boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator
) -> None:
    answer = enable(boss, number, make_prompt(home, elevenlabs_agent_id="agent_9").pk)

    assert_refused(answer, 500, "PROVIDER_ERROR")
    assert (state_of(number), imported(simulator)) == (UNTOUCHED, [])


def test_a_number_that_the_provider_does_not_let_go_stays_enabled(
    boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator
) -> None:
    enable(boss, number, make_prompt(home, elevenlabs_agent_id="agent_1").pk)
    before = state_of(number)
    simulator.fail("elevenlabs", CHANGE, "status", status=500)

    assert_refused(disable(boss, number), 500, "PROVIDER_UNKNOWN")
    assert state_of(number) == before


@pytest.mark.parametrize("account", [None, {}, {"webhook_secret": "x"}])
def test_without_a_key_for_elevenlabs_it_is_refused(
    boss: ApiClient, number: PhoneNumber, home: Organization, account: dict[str, str] | None
) -> None:
    VoiceAccount.objects.all().delete()
    if account is not None:
        make_account(home, "elevenlabs", secrets=account)

    answer = enable(boss, number, make_prompt(home, elevenlabs_agent_id="agent_1").pk)

    assert_refused(answer, 400, "PROVIDER_NOT_CONFIGURED")
    assert state_of(number) == UNTOUCHED


def test_the_provider_is_asked_outside_of_any_transaction(
    transactional_db: None,
    boss: ApiClient,
    number: PhoneNumber,
    home: Organization,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    within: list[bool] = []
    ask = OneRequest.ask

    def watched(door: OneRequest, request: Any) -> Any:
        within.append(connection.in_atomic_block)
        return ask(door, request)

    monkeypatch.setattr(OneRequest, "ask", watched)

    enable(boss, number, make_prompt(home, elevenlabs_agent_id="agent_1").pk)
    disable(boss, number)

    # List, import, assign; delete.
    assert within == [False] * 4


def test_of_two_at_once_one_import_is_left(
    transactional_db: None, boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator
) -> None:
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")

    answers = at_once([lambda: enable(ApiClient(boss.token), number, agent.pk).status] * 4)

    assert set(answers) <= {200, 409}
    (there,) = imported(simulator)
    assert state_of(number) == (True, agent.pk, there["phone_number_id"])


def test_without_the_cache_nothing_is_changed(
    boss: ApiClient, number: PhoneNumber, home: Organization, simulator: Simulator, settings: Any
) -> None:
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")
    settings.CACHES = gone()

    assert_refused(enable(boss, number, agent.pk), 500, "LOCK_UNAVAILABLE")
    assert_refused(disable(boss, number), 500, "LOCK_UNAVAILABLE")

    assert (state_of(number), imported(simulator)) == (UNTOUCHED, [])


def test_no_secret_is_logged(
    boss: ApiClient,
    number: PhoneNumber,
    home: Organization,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_account(home, "sinch", secrets={"sip_username": "us", "sip_password": SIP_SECRET})
    caplog.set_level(logging.DEBUG)
    simulator.fail("elevenlabs", IMPORT, "status", status=500)

    enable(boss, number, make_prompt(home, elevenlabs_agent_id="agent_1").pk)

    assert "elevenlabs: unknown" in caplog.text
    assert not [secret for secret in (API_KEY, SIP_SECRET) if secret in caplog.text]


# ---- Bad input, and who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"phoneNumber": None}, "phoneNumber"),
        ({"phoneNumber": ""}, "phoneNumber"),
        ({"phoneNumber": "416"}, "phoneNumber"),
        ({"phoneNumber": 5}, "phoneNumber"),
        ({"aiEnabled": None}, "aiEnabled"),
        ({"aiEnabled": "perhaps"}, "aiEnabled"),
        ({"aiEnabled": "yes"}, "aiEnabled"),
        ({"aiEnabled": 1}, "aiEnabled"),
        ({"aiAgentId": "agent_1"}, "aiAgentId"),
        ({"aiAgentId": {}}, "aiAgentId"),
        ({"aiAgentId": None}, "aiAgentId"),
        ({"userId": "x" * 24}, "userId"),
        ({"userId": 1}, "userId"),
    ],
)
def test_what_is_wrong_is_named(
    boss: ApiClient, number: PhoneNumber, home: Organization, fields: dict[str, Any], path: str
) -> None:
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")

    assert paths_of(enable(boss, number, agent.pk, **fields)) == [path]
    assert state_of(number) == UNTOUCHED


def test_a_twilio_number_is_on_no_trunk(boss: ApiClient, home: Organization) -> None:
    number = make_phone_number(home, provider="twilio")
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")
    assert paths_of(enable(boss, number, agent.pk)) == ["phoneNumber"]


def test_an_agent_must_be_the_organizations_and_be_synced(
    boss: ApiClient, number: PhoneNumber, home: Organization, other_user: User
) -> None:
    assert other_user.organization is not None
    theirs = make_prompt(other_user.organization, elevenlabs_agent_id="agent_1")

    for agent_id in (theirs.pk, new_object_id()):
        assert_refused(enable(boss, number, agent_id), 400, "AGENT_NOT_FOUND")
    assert_refused(enable(boss, number, make_prompt(home).pk), 400, "AGENT_NOT_SYNCED")
    assert state_of(number) == UNTOUCHED


def test_a_number_must_be_the_organizations_and_the_named_users(
    boss: ApiClient, number: PhoneNumber, home: Organization, other_user: User
) -> None:
    assert other_user.organization is not None
    agent = make_prompt(home, elevenlabs_agent_id="agent_1")
    theirs = make_phone_number(other_user.organization, provider="sinch")
    nobodys = PhoneNumber(phone_number="+14165559999")

    answers = [enable(boss, wanted, agent.pk) for wanted in (theirs, nobodys)]
    answers += [disable(boss, theirs), enable(boss, number, agent.pk, userId=other_user.pk)]

    for answer in answers:
        assert_refused(answer, 404, "PHONE_NUMBER_NOT_FOUND")
    assert (state_of(theirs), state_of(number)) == (UNTOUCHED, UNTOUCHED)


@pytest.mark.parametrize("role", [role for role in AccessRole if role is not AccessRole.SUPERADMIN])
def test_below_superadmin_it_is_refused(number: PhoneNumber, home: Organization, role: AccessRole) -> None:
    client = logged_in(make_user(organization=home, access_role=role))
    assert_refused(disable(client, number), 403, "FORBIDDEN")
    assert_refused(disable(ApiClient(), number), 401, "UNAUTHORIZED")
