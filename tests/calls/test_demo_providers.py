"""The demo's accounts with the simulated providers: made once, pointed at each start's simulator, never taken over."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from django.db import connection

from calls.demo.access import Demo, provide_demo
from calls.demo.people import OTHER, USER
from calls.demo.providers import DemoProviders
from calls.models import PhoneNumber, Prompt, VoiceAccount, VoiceProvider
from calls.providers.credentials import ElevenLabsCredentials
from calls.providers.elevenlabs.client import ElevenLabsClient
from calls.selectors.accounts import credentials_of
from calls.services.configure_account import configure_account
from calls.services.remove_account import remove_account
from calls.services.toggle_ai_number import disable_ai_number, enable_ai_number
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

TELEPHONE = "+14165550177"
TOLD_OF = {
    VoiceProvider.ELEVENLABS: {"elevenlabsWebhookSecret", "elevenlabsToolSecret"},
    VoiceProvider.SINCH: {"sinchApplicationKey", "sinchApplicationSecret"},
    VoiceProvider.TWILIO: {"twilioAccountSid", "twilioAuthToken"},
}
EVERYTHING_TOLD = {"simulatorUrl"}.union(*TOLD_OF.values())
# A key that opens something, and what it is called when it is entered.
OWN_KEYS = {
    VoiceProvider.ELEVENLABS: {"elevenlabs_api_key": "sk_own"},
    VoiceProvider.SINCH: {"sinch_application_key": "own-key"},
    VoiceProvider.TWILIO: {"twilio_account_sid": "AC0wn"},
}


@pytest.fixture(autouse=True)
def _simulates(settings: Any, tmp_path: Path) -> None:
    """Also where the tests run on servers, which several processes may share."""
    settings.DATA_DIR = tmp_path
    settings.TETHER_SIMULATOR = True


@pytest.fixture
def base_url() -> str:
    """Ours, where nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def started(base_url: str) -> Iterator[dict[str, Any]]:
    """What demo.json says while the providers are simulated."""
    with DemoProviders() as providers:

        def connect(organization_id: str) -> None:
            providers.connect(organization_id, base_url=base_url)

        yield provide_demo(base_url=base_url, connect=connect).document


@pytest.fixture
def first_start(base_url: str) -> dict[str, Any]:
    """What demo.json said at a start that is over."""
    with started(base_url) as document:
        return document


@pytest.fixture
def organization_id(first_start: dict[str, Any]) -> str:
    return str(first_start["organizationId"])


def account(provider: VoiceProvider) -> VoiceAccount:
    return VoiceAccount.objects.get(provider=provider)


def told(document: dict[str, Any]) -> set[str]:
    """The keys that speak of accounts."""
    return EVERYTHING_TOLD & document.keys()


def call_in(document: dict[str, Any], **wish: str) -> dict[str, str]:
    """Somebody calls in; returns the URLs that the provider tries, by event, until it gives us up."""
    url = f"{document['simulatorUrl']}/simulator"
    answer = requests.post(f"{url}/inbound", json={"from": TELEPHONE, **wish}, timeout=5)
    assert answer.status_code == 201, answer.text
    while True:
        calls = requests.get(f"{url}/calls", timeout=5).json()["calls"]
        (call,) = (call for call in calls if call["id"] == answer.json()["id"])
        if call["callbacks"] and (call["provider"] == "elevenlabs" or call["status"] in ("FINAL", "failed")):
            return {note["event"]: note["url"] for note in call["callbacks"]}


# ---- The first start


def test_its_organization_has_an_account_with_each_provider_and_sinch_is_active(first_start: dict[str, Any]) -> None:
    accounts = VoiceAccount.objects.filter(organization_id=first_start["organizationId"])

    assert {account.provider for account in accounts} == set(VoiceProvider)
    assert [account.provider for account in accounts if account.is_active] == [VoiceProvider.SINCH]
    assert {account.base_url for account in accounts} == {first_start["simulatorUrl"]}
    assert VoiceAccount.objects.count() == len(accounts)


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
        credentials = credentials_of(document["organizationId"], ElevenLabsCredentials)
        assert credentials is not None
        imported = ElevenLabsClient(credentials).imported_numbers()
        twilio = document["twilioAccountSid"], document["twilioAuthToken"]
        a_call_at_twilio = f"{document['simulatorUrl']}/2010-04-01/Accounts/{twilio[0]}/Calls/CA1.json"
        sinch = document["sinchApplicationKey"], document["sinchApplicationSecret"]
        a_call_at_sinch = f"{document['simulatorUrl']}/calling/v1/calls/id/1"

        # No such call, but nobody asks who we are.
        assert requests.get(a_call_at_twilio, auth=twilio, timeout=5).status_code == 404
        assert requests.get(a_call_at_sinch, auth=sinch, timeout=5).status_code == 404
    numbers = PhoneNumber.objects.filter(ai_enabled=True)
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
        credentials = credentials_of(organization_id, ElevenLabsCredentials)
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


# ---- What is somebody's own


@pytest.mark.parametrize("provider", VoiceProvider)
def test_an_account_with_a_key_of_somebodys_own_is_left_alone_and_not_told(
    base_url: str, organization_id: str, provider: VoiceProvider
) -> None:
    configure_account(organization_id=organization_id, provider=provider, changes=OWN_KEYS[provider])
    before = VoiceAccount.objects.filter(provider=provider).values().get()

    with started(base_url) as document:
        assert told(document) == EVERYTHING_TOLD - TOLD_OF[provider]
    assert VoiceAccount.objects.filter(provider=provider).values().get() == before


@pytest.mark.parametrize("address", ["", "https://api.elevenlabs.io", "http://127.0.0.1.example.com:80"])
def test_an_account_that_is_pointed_elsewhere_is_left_alone_and_not_told(
    base_url: str, organization_id: str, address: str
) -> None:
    VoiceAccount.objects.filter(provider=VoiceProvider.ELEVENLABS).update(base_url=address)

    with started(base_url) as document:
        assert told(document) == EVERYTHING_TOLD - TOLD_OF[VoiceProvider.ELEVENLABS]
    assert account(VoiceProvider.ELEVENLABS).base_url == address


def test_an_account_that_was_removed_does_not_come_back(base_url: str, organization_id: str) -> None:
    remove_account(organization_id=organization_id, provider=VoiceProvider.TWILIO)

    with started(base_url) as document:
        assert told(document) == EVERYTHING_TOLD - TOLD_OF[VoiceProvider.TWILIO]
    assert not VoiceAccount.objects.filter(provider=VoiceProvider.TWILIO).exists()


def test_accounts_that_no_key_opens_any_more_are_no_obstacle(base_url: str, first_start: Any, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with started(base_url) as document:
        assert told(document) == set()


def test_where_all_accounts_are_somebodys_own_nothing_is_simulated(base_url: str, organization_id: str) -> None:
    VoiceAccount.objects.update(base_url="")

    with DemoProviders() as providers:
        providers.connect(organization_id, base_url=base_url)
        assert providers.url is None


def test_switched_off_it_makes_no_account_and_tells_of_none(
    base_url: str, first_start: dict[str, Any], settings: Any
) -> None:
    settings.TETHER_SIMULATOR = False
    VoiceAccount.objects.filter(provider=VoiceProvider.TWILIO).delete()

    with started(base_url) as document:
        assert told(document) == set()
    assert VoiceAccount.objects.count() == 2


def test_the_other_organization_has_no_accounts(first_start: dict[str, Any]) -> None:
    other, user = User.objects.get(email=OTHER.email), User.objects.get(email=USER.email)

    assert not VoiceAccount.objects.of_organization(other.home_id).exists()
    assert VoiceAccount.objects.of_organization(user.home_id).count() == 3
