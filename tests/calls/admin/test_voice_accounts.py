"""Accounts with providers in the admin: their secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.test import Client

from calls.demo.simulator import ElevenLabsAccount, Pace, Simulator
from calls.models import VoiceAccount
from calls.providers.tools import TOOLS
from tests.admin_site import (
    add_to,
    admin_of,
    found,
    list_of,
    make_account,
    make_staff,
    page_of,
    text_of,
)
from tests.factories import make_prompt, make_user
from tether_calls.accounts.models import AccessRole, Organization

TOKEN = "a-new-auth-token-9876"


def form_of(account: VoiceAccount, **fields: Any) -> dict[str, Any]:
    return {"account_id": account.account_id or "", "phone_number": account.phone_number, "base_url": "", **fields}


@pytest.mark.parametrize("provider", ["twilio", "sinch", "elevenlabs"])
def test_no_page_shows_more_of_a_secret_than_its_last_characters(
    root: Client, home: Organization, provider: str
) -> None:
    account = make_account(home, provider)
    staff = admin_of(make_staff(home))
    hidden = [value for name, value in account.secrets.items() if not name.endswith("_sid")]

    for client in (root, staff):
        for path in (list_of(VoiceAccount), page_of(account), page_of(account, "history")):
            page = client.get(path).content.decode()
            assert not [secret for secret in hidden if secret in page or secret[-5:] in page]
        assert f"********{hidden[0][-4:]}" in text_of(client.get(page_of(account)))


def test_staff_read_their_account_and_change_nothing(home: Organization) -> None:
    account = make_account(home)
    staff = admin_of(make_staff(home))

    assert staff.post(page_of(account), form_of(account, twilio_auth_token=TOKEN)).status_code == 403
    assert staff.get(add_to(VoiceAccount)).status_code == 403
    assert b'name="twilio_auth_token"' not in staff.get(page_of(account)).content


def test_what_is_typed_replaces_and_what_is_empty_stays(root: Client, home: Organization) -> None:
    account = make_account(home)
    before = dict(account.secrets)

    answer = root.post(page_of(account), form_of(account, twilio_auth_token=TOKEN, phone_number="+14165550100"))

    assert answer.status_code == 302
    account.refresh_from_db()
    assert account.secrets == {**before, "auth_token": TOKEN}
    assert account.phone_number == "+14165550100"
    assert not [entry for entry in LogEntry.objects.all() if TOKEN in entry.change_message]


def test_a_new_account_leads_to_the_page_that_asks_for_its_credentials(root: Client, home: Organization) -> None:
    form = {"organization": home.pk, "provider": "sinch", "account_id": "key", "phone_number": "", "base_url": ""}

    answer = root.post(add_to(VoiceAccount), form)

    account = VoiceAccount.objects.get(organization=home)
    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(account))
    assert b'name="sinch_application_secret"' in root.get(page_of(account)).content
    assert b'name="twilio_auth_token"' not in root.get(page_of(account)).content


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phone_number": "416 555"}, "phone_number"),
        ({"base_url": "nowhere at all"}, "base_url"),
        ({"twilio_auth_token": "two words"}, "twilio_auth_token"),
        ({"twilio_auth_token": "x" * 201}, "twilio_auth_token"),
        ({"is_active": "on", "account_id": ""}, "is_active"),
    ],
)
def test_what_is_wrong_is_said_and_not_saved(
    root: Client, home: Organization, fields: dict[str, str], field: str
) -> None:
    account = make_account(home)

    answer = root.post(page_of(account), form_of(account, **fields))

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]


def test_elevenlabs_carries_no_browser_calls(root: Client, home: Organization) -> None:
    account = make_account(home, "elevenlabs")
    assert root.post(page_of(account), form_of(account, is_active="on")).status_code == 200


def test_a_second_account_and_a_second_active_one_are_refused_with_words(root: Client, home: Organization) -> None:
    make_account(home, is_active=True)
    sinch = make_account(home, "sinch")
    again = {"organization": home.pk, "provider": "twilio", "account_id": "", "phone_number": "", "base_url": ""}

    assert root.post(add_to(VoiceAccount), again).status_code == 200
    assert root.post(page_of(sinch), form_of(sinch, is_active="on")).status_code == 200


def test_a_complete_account_becomes_the_active_one(root: Client, home: Organization) -> None:
    account = make_account(home)
    assert root.post(page_of(account), form_of(account, is_active="on")).status_code == 302
    account.refresh_from_db()
    assert account.is_active


def test_an_account_whose_key_is_gone_is_shown_as_such_and_can_be_entered_anew(
    root: Client, home: Organization, settings: Any
) -> None:
    account = make_account(home)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert account in found(root, VoiceAccount)
    assert "None of ENCRYPTION_KEYS opens" in text_of(root.get(page_of(account)))
    assert root.post(page_of(account), form_of(account, phone_number="+14165550100")).status_code == 302
    assert root.post(page_of(account), form_of(account, twilio_auth_token=TOKEN)).status_code == 302
    assert VoiceAccount.objects.get().secrets == {"auth_token": TOKEN}


def test_an_account_is_deleted(root: Client, home: Organization) -> None:
    account = make_account(home)
    assert root.post(page_of(account, "delete"), {"post": "yes"}).status_code == 302
    assert not VoiceAccount.objects.exists()


@pytest.mark.parametrize("typed", ["+1 (416) 555-0142", "0014165550142", "+1\u00a0416\u2011555\u20110142"])
def test_the_number_is_typed_and_looked_for_as_people_write_it(root: Client, home: Organization, typed: str) -> None:
    account = make_account(home, phone_number="")

    assert root.post(page_of(account), form_of(account, phone_number=typed)).status_code == 302
    account.refresh_from_db()
    assert account.phone_number == "+14165550142"
    assert found(root, VoiceAccount, q=typed) == found(root, VoiceAccount, q="555-0142") == [account]
    assert root.post(page_of(account), form_of(account, phone_number="")).status_code == 302
    account.refresh_from_db()
    assert account.phone_number == ""


# ---- Tools -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(ElevenLabsAccount(api_key="sk_test"), pace=Pace.quick()) as running:
        yield running


@pytest.fixture
def agents_account(home: Organization, simulator: Simulator) -> VoiceAccount:
    secrets = {"api_key": "sk_test", "tool_secret": TOKEN}
    return make_account(home, "elevenlabs", secrets=secrets, base_url=simulator.url)


def test_a_click_syncs_the_tools_and_gives_an_agent_those_that_are_ticked(
    root: Client, home: Organization, agents_account: VoiceAccount
) -> None:
    agent = make_prompt(home, name="Mia", elevenlabs_agent_id="agent_1")
    make_prompt(home, name="Not synced")
    page = text_of(root.get(page_of(agents_account)))
    assert "never synced" in page
    assert "Mia" in page
    assert "Not synced" not in page

    form = {"agent": agent.pk, "tools": ["get-contact"]}
    answer = root.post(page_of(agents_account, "sync_tools"), form, follow=True)

    assert f"{len(TOOLS)} tools are registered. “Mia” has 1 of them." in text_of(answer)
    assert "never synced" not in text_of(answer)
    assert TOKEN not in answer.content.decode()
    agent.refresh_from_db()
    assert agent.tools == "get-contact"


def test_what_the_provider_refuses_is_said_on_the_page(
    root: Client, agents_account: VoiceAccount, simulator: Simulator
) -> None:
    simulator.fail("elevenlabs", "tools", status=422)

    answer = text_of(root.post(page_of(agents_account, "sync_tools"), follow=True))

    assert f"ElevenLabs refused {TOOLS[0].name}" in answer
    assert "Failed" in answer


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.ADMIN])
def test_staff_without_the_role_see_the_tools_and_sync_none(
    home: Organization, agents_account: VoiceAccount, simulator: Simulator, role: AccessRole
) -> None:
    staff = admin_of(make_user(organization=home, is_staff=True, access_role=role))

    assert b"Sync tools" not in staff.get(page_of(agents_account)).content
    staff.post(page_of(agents_account, "sync_tools"))
    assert simulator.happened()["requests"] == {}


def test_staff_of_another_organization_find_no_account_to_sync(
    agents_account: VoiceAccount, simulator: Simulator
) -> None:
    stranger = admin_of(make_user(is_staff=True, access_role=AccessRole.SUPERADMIN))

    assert stranger.post(page_of(agents_account, "sync_tools")).status_code == 302
    assert simulator.happened()["requests"] == {}


def test_accounts_of_carriers_have_no_tools(root: Client, home: Organization) -> None:
    assert b"Tools of agents" not in root.get(page_of(make_account(home))).content
