"""A fourth provider's account: configured by the API and in the admin, like those of the three that there are."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from calls.models import Call, Delivery, PhoneNumber, VoiceAccount
from tests.admin_site import add_to, found, list_of, page_of, text_of
from tests.calls import telephony
from tests.calls.api.configuring import ACTIVE, CONFIG, PROVIDERS, configure, paths_of, superadmin_of
from tests.calls.providers.orbit.office import (
    OUR_NUMBER,
    VALUES,
    deliver,
    event,
)
from tests.clients import ApiClient
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.usefixtures("registered")


ORBIT = {
    "provider": "orbit",
    "orbitWorkspace": VALUES["workspace"],
    "orbitApiKey": VALUES["api_key"],
    "orbitWebhookSecret": VALUES["webhook_secret"],
    "phoneNumber": OUR_NUMBER,
}


@pytest.fixture
def boss(user: User) -> ApiClient:
    return superadmin_of(user.organization)


# ---- The API -------------------------------------------------------------------------------------------------------


def test_it_is_configured_with_its_secrets_masked(boss: ApiClient, user: User) -> None:
    config = configure(boss, ORBIT, orbitTrunkAddress="trunk.example")

    del config["updatedAt"]
    assert config == {
        "provider": "orbit",
        "isConfigured": True,
        "isActive": False,
        "missing": [],
        "phoneNumber": OUR_NUMBER,
        "orbitWorkspace": "ws-1",
        "orbitApiKey": "********1234",
        "orbitWebhookSecret": "********5678",
        "orbitTrunkAddress": "trunk.example",
    }
    account = VoiceAccount.objects.get()
    assert (account.organization_id, account.account_id) == (user.organization_id, "ws-1")
    assert account.secrets == {name: VALUES[name] for name in ("api_key", "webhook_secret", "trunk_address")}


def test_a_mask_leaves_a_secret_and_null_removes_it(boss: ApiClient) -> None:
    configure(boss, ORBIT)

    assert configure(boss, {"provider": "orbit", "orbitApiKey": "********1234"})["orbitApiKey"] == "********1234"
    assert configure(boss, {"provider": "orbit", "orbitApiKey": None})["missing"] == ["orbitApiKey"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"orbitWorkspace": "another-1"}, "orbitWorkspace"),
        ({"orbitWorkspace": "ws-" + "x" * 98}, "orbitWorkspace"),
        ({"orbitApiKey": "two words"}, "orbitApiKey"),
        ({"twilioAuthToken": "a-token"}, "twilioAuthToken"),
        ({"provider": "twilio"}, "orbitWorkspace"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, str], path: str, boss: ApiClient) -> None:
    assert path in paths_of(boss.post(CONFIG, {**ORBIT, **fields}))
    assert not VoiceAccount.objects.exists()


def test_it_becomes_the_carrier_of_browser_calls_in_place_of_another(
    boss: ApiClient, api: ApiClient, other_api: ApiClient, user: User
) -> None:
    telephony.make_account(user, "sinch")
    refused = boss.post(ACTIVE, {"provider": "orbit"})
    assert (refused.status, refused.body["code"]) == (400, "PROVIDER_NOT_CONFIGURED")
    assert "Orbit is not configured" in str(refused.body)
    configure(boss, ORBIT)

    answer = boss.post(ACTIVE, {"provider": "orbit"})

    assert (answer.status, answer.body["message"]) == (200, "Orbit carries the calls from now on")
    assert answer.body["config"]["isActive"] is True
    assert api.get(PROVIDERS).body == {"success": True, "provider": "orbit", "phoneNumber": OUR_NUMBER}
    assert other_api.get(PROVIDERS).body == {"success": True}
    assert not VoiceAccount.objects.get(provider="sinch").is_active
    shown = {config["provider"]: config["isActive"] for config in boss.get(CONFIG).body["configs"]}
    assert shown == {"orbit": True, "sinch": False}


def test_it_is_forgotten(boss: ApiClient) -> None:
    configure(boss, ORBIT)

    assert boss.delete(f"{CONFIG}/orbit").body["message"] == "Configuration of Orbit removed"
    assert not VoiceAccount.objects.exists()


# ---- The admin -----------------------------------------------------------------------------------------------------


def form_of(account: VoiceAccount, **fields: Any) -> dict[str, Any]:
    return {"account_id": account.account_id or "", "phone_number": account.phone_number, "base_url": "", **fields}


def test_it_is_entered_shown_masked_and_made_active_in_the_admin(root: Client, home: Organization) -> None:
    form = {"organization": home.pk, "provider": "orbit", "account_id": "ws-1", "phone_number": "", "base_url": ""}
    assert root.post(add_to(VoiceAccount), form).status_code == 302
    account = VoiceAccount.objects.get()

    page = root.get(page_of(account))
    assert b'name="orbit_webhook_secret"' in page.content
    assert b'name="twilio_auth_token"' not in page.content
    assert "Workspace" in text_of(page)
    refused = root.post(page_of(account), form_of(account, is_active="on", orbit_api_key=VALUES["api_key"]))
    assert refused.context["adminform"].form.errors["is_active"] == ["Missing: webhook secret."]

    secrets = {f"orbit_{name}": VALUES[name] for name in ("api_key", "webhook_secret")}
    assert root.post(page_of(account), form_of(account, is_active="on", **secrets)).status_code == 302

    account.refresh_from_db()
    assert account.is_active
    assert account.secrets == {name: VALUES[name] for name in ("api_key", "webhook_secret")}
    shown = text_of(root.get(page_of(account)))
    assert "API key: ********1234" in " ".join(shown.split())
    assert VALUES["api_key"] not in shown


def test_its_numbers_and_its_deliveries_are_in_the_admin(root: Client, user: User, account: VoiceAccount) -> None:
    form = {"organization": account.organization_id, "provider": "orbit", "phone_number": OUR_NUMBER, "user": user.pk}
    assert root.post(add_to(PhoneNumber), {**form, "is_inbound_enabled": "on", "is_default": "on"}).status_code == 302
    deliver(event("route_inbound"))

    delivery = Delivery.objects.get()
    assert found(root, Delivery, provider="orbit", endpoint="calls/orbit") == [delivery]
    assert found(root, Delivery, q="orb-1") == [delivery]
    assert "Orbit" in text_of(root.get(list_of(Delivery)))
    assert root.get(page_of(Call.objects.get())).status_code == 200


# ---- The API's document --------------------------------------------------------------------------------------------


def test_the_document_describes_its_addresses_and_its_settings() -> None:
    generator = SchemaGenerator(urlconf=settings.ROOT_URLCONF)  # type: ignore[no-untyped-call]
    document: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]

    assert document["paths"]["/api/webhook/calls/orbit"]["post"]["summary"] == "A call's progress at Orbit"
    token = document["paths"]["/api/calls/token/orbit"]["get"]
    assert token["summary"] == "Get a token for Orbit's browser SDK"
    schemas = document["components"]["schemas"]
    assert set(schemas["CallsOrbitTokenResponse"]["properties"]) == {"token", "userId", "callerNumber"}
    body = schemas["CallsProviderConfigRequest"]["properties"]
    assert {"orbitWorkspace", "orbitApiKey", "orbitWebhookSecret", "orbitTrunkAddress"} <= body.keys()
