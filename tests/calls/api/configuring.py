"""Configuring providers, as a superadmin's frontend does it."""

from __future__ import annotations

from typing import Any

from tests.clients import Answer, ApiClient, logged_in
from tests.factories import make_user
from tether_calls.accounts.models import AccessRole, Organization, User

PROVIDERS = "/api/calls/providers"
ACTIVE = "/api/calls/providers/active"
CONFIG = "/api/calls/providers/config"
TWILIO_TOKEN = "/api/calls/token/twilio"
SINCH_TOKEN = "/api/calls/token/sinch"
VOICE_AI = "/api/calls/voice-ai/config"
TOGGLE = "/api/calls/voice-ai/phone-number/toggle"

TWILIO = {
    "provider": "twilio",
    "twilioAccountSid": "AC" + "0" * 32,
    "twilioAuthToken": "auth-token-of-nobody-1234",
    "twilioApiKeySid": "SK" + "1" * 32,
    "twilioApiKeySecret": "key-secret-of-nobody-and-nothing-5678",
    "twilioTwimlAppSid": "AP" + "2" * 32,
    "phoneNumber": "+14165550100",
}
# The vector of providers.md.
SINCH = {
    "provider": "sinch",
    "sinchApplicationKey": "a32e5a8d-f7d8-411c-9645-9038e8dd051d",
    "sinchApplicationSecret": "ax8hTTQJF0OPXL32r1LHMA==",
    "phoneNumber": "+14165550101",
}
SECRETS = (TWILIO["twilioAuthToken"], TWILIO["twilioApiKeySecret"], SINCH["sinchApplicationSecret"])


def make_superadmin(organization: Organization | None = None) -> User:
    fields: dict[str, Any] = {} if organization is None else {"organization": organization}
    return make_user(access_role=AccessRole.SUPERADMIN, **fields)


def superadmin_of(organization: Organization | None) -> ApiClient:
    return logged_in(make_superadmin(organization))


def configure(client: ApiClient, body: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Accepted; returns the configuration as it is then."""
    answer = client.post(CONFIG, {**body, **changed})
    assert answer.status == 200, answer
    config: dict[str, Any] = answer.body["config"]
    return config


def assert_refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.body["success"], answer.body["code"]) == (status, False, code), answer


def paths_of(answer: Answer) -> list[str]:
    """The fields that a refused body names."""
    assert_refused(answer, 400, "VALIDATION_ERROR")
    return [detail["path"] for detail in answer.body["error"]["details"]]
