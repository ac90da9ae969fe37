"""The demo's accounts with the simulated providers: made once, and pointed at each start's simulator."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests
from django.db import connection

from calls.demo.access import Demo, provide_demo
from calls.models import PhoneNumber, Prompt, VoiceAccount, VoiceProvider
from calls.providers.elevenlabs.client import ElevenLabsClient
from calls.providers.elevenlabs.provider import ELEVENLABS
from calls.selectors.voice_accounts.accounts import credentials_of
from calls.services.voice_accounts.configure_account import configure_account
from calls.services.voice_accounts.toggle_ai_number import disable_ai_number, enable_ai_number
from tests.calls.demo.starts import EVERYTHING_TOLD, TOLD_OF, started, told
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("simulated")]

TELEPHONE = "+14165550177"


def call_in(document: dict[str, Any], **wish: str) -> dict[str, str]:
    """Somebody calls in; returns the URLs that the provider tries, by event, until it gives us up."""
    url = f"{document['simulatorUrl']}/simulator"
    answer = requests.post(f"{url}/inbound", json={"from": TELEPHONE, **wish}, timeout=PATIENCE)
    assert answer.status_code == 201, answer.text
    while True:
        calls = requests.get(f"{url}/calls", timeout=PATIENCE).json()["calls"]
        (call,) = (call for call in calls if call["id"] == answer.json()["id"])
        if call["callbacks"] and (call["provider"] == "elevenlabs" or call["status"] in ("FINAL", "failed")):
            return {note["event"]: note["url"] for note in call["callbacks"]}


# ---- The first start


def test_its_organization_has_an_account_with_each_simulated_provider_and_sinch_is_active(
    first_start: dict[str, Any],
) -> None:
    accounts = VoiceAccount.objects.filter(organization_id=first_start["organizationId"])

    assert {account.provider for account in accounts} == set(TOLD_OF)
    assert [account.provider for account in accounts if account.is_active] == [VoiceProvider.SINCH]
    assert {account.base_url for account in accounts} == {first_start["simulatorUrl"]}
    (its_own,) = set(VoiceAccount.objects.exclude(pk__in=accounts).values_list("organization__name", flat=True))
    assert its_own == "Penniless Example"


def test_the_file_tells_of_all_that_it_takes_to_sign_and_to_call(first_start: dict[str, Any]) -> None:
    assert told(first_start) == EVERYTHING_TOLD
    assert first_start["agentId"] == Prompt.objects.get(name="Mia").pk
    assert first_start["aiNumber"] == "+14165550100"
    assert first_start["superadmin"] == first_start["admin"]
    assert User.objects.get(email=first_start["superadmin"]["email"]).access_role == "SUPERADMIN"


def test_the_secrets_are_encrypted_in_the_database(first_start: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM calls_voiceaccount")
        stored = " ".join(row[0] for row in cursor.fetchall())

    for name in ("elevenlabsWebhookSecret", "elevenlabsToolSecret", "sinchApplicationSecret", "twilioAuthToken"):
        assert first_start[name] not in stored


def test_the_credentials_open_the_simulator_and_the_numbers_of_agents_are_known_there(base_url: str) -> None:
    with started(base_url) as document:
        credentials = credentials_of(document["organizationId"], ELEVENLABS)
        assert credentials is not None
        imported = ElevenLabsClient(credentials).imported_numbers()
        twilio = document["twilioAccountSid"], document["twilioAuthToken"]
        a_call_at_twilio = f"{document['simulatorUrl']}/2010-04-01/Accounts/{twilio[0]}/Calls/CA1.json"
        sinch = document["sinchApplicationKey"], document["sinchApplicationSecret"]
        a_call_at_sinch = f"{document['simulatorUrl']}/calling/v1/calls/id/1"

        # No such call, but nobody asks who we are.
        assert requests.get(a_call_at_twilio, auth=twilio, timeout=PATIENCE).status_code == 404
        assert requests.get(a_call_at_sinch, auth=sinch, timeout=PATIENCE).status_code == 404
    numbers = PhoneNumber.objects.filter(organization_id=document["organizationId"], ai_enabled=True)
    assert imported == {number.phone_number: number.elevenlabs_phone_number_id for number in numbers}
    assert set(imported) == {"+14165550100", "+14165550101"}


def test_callbacks_go_to_our_webhooks(base_url: str) -> None:
    ours = f"{base_url}/api/webhook"
    with started(base_url) as document:
        assert call_in(document, provider="elevenlabs", to="+14165550100") == {
            "personalization": f"{ours}/elevenlabs/personalization"
        }
        assert call_in(document, provider="sinch", to="+14165550103")["ice"] == f"{ours}/calls/sinch"
        assert call_in(document, provider="twilio", to="+14165550102") == {
            "voice": f"{ours}/calls/twilio/inbound",
            "status failed": f"{ours}/calls/twilio/status",
        }
        browser = {"provider": "twilio", "from": "client:robin", "to": "+14165550191"}
        assert call_in(document, **browser)["voice"] == f"{ours}/calls/twilio/outbound"


def test_a_number_and_an_agent_of_ones_own_can_be_enabled(base_url: str) -> None:
    with started(base_url) as document:
        agent = Prompt.objects.create(
            organization_id=document["organizationId"], name="Ada", voice_enabled=True, elevenlabs_agent_id="agent_own"
        )
        number = enable_ai_number(
            organization_id=document["organizationId"], phone_number="+14165550103", agent_id=agent.pk
        )

    assert number.elevenlabs_phone_number_id


# ---- Further starts


def test_another_start_has_the_same_credentials_numbers_and_address(first_start: dict[str, Any], base_url: str) -> None:
    numbers = list(PhoneNumber.objects.values())

    with started(base_url) as document:
        assert document == first_start
    assert list(PhoneNumber.objects.values()) == numbers


def test_where_its_port_is_taken_the_accounts_follow_to_another(first_start: dict[str, Any], base_url: str) -> None:
    port = int(first_start["simulatorUrl"].rpartition(":")[2])

    with socket.create_server(("127.0.0.1", port)), started(base_url) as document:
        assert document["simulatorUrl"] != first_start["simulatorUrl"]
        assert document == {**first_start, "simulatorUrl": document["simulatorUrl"]}
    assert {account.base_url for account in VoiceAccount.objects.all()} == {document["simulatorUrl"]}


def test_a_demo_from_before_there_were_accounts_gains_them(base_url: str) -> None:
    before = provide_demo(base_url=base_url)
    assert told(before.document) == set()
    assert "aiNumber" not in before.document

    with started(base_url) as document:
        assert told(document) == EVERYTHING_TOLD
        assert document["aiNumber"] == "+14165550100"
        assert {**document, **before.document} == document


def test_the_file_is_the_same_when_only_the_demo_is_asked_for(first_start: dict[str, Any], base_url: str) -> None:
    assert provide_demo(base_url=base_url) == Demo(first_start, ())


def test_a_number_that_agents_no_longer_answer_stays_so(base_url: str, organization_id: str) -> None:
    with started(base_url):
        disable_ai_number(organization_id=organization_id, phone_number="+14165550100")

    with started(base_url) as document:
        credentials = credentials_of(organization_id, ELEVENLABS)
        assert credentials is not None
        assert set(ElevenLabsClient(credentials).imported_numbers()) == {"+14165550101"}
        assert document["aiNumber"] == "+14165550101"


def test_a_new_tool_secret_is_what_the_next_simulator_sends(
    first_start: dict[str, Any], base_url: str, organization_id: str
) -> None:
    changes = {"elevenlabs_tool_secret": "tool_new"}
    configure_account(organization_id=organization_id, provider=VoiceProvider.ELEVENLABS, changes=changes)

    with started(base_url) as document:
        assert document == {**first_start, "elevenlabsToolSecret": "tool_new"}
