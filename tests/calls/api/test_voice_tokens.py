"""Tokens for the browser SDKs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest

from tests.admin_site import make_phone_number
from tests.calls.api.configuring import (
    SECRETS,
    SINCH,
    SINCH_TOKEN,
    TWILIO,
    TWILIO_TOKEN,
    assert_refused,
    configure,
    superadmin_of,
)
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tether_calls.accounts.models import User


@pytest.fixture
def boss(user: User) -> ApiClient:
    return superadmin_of(user.organization)


def part(token: str, position: int) -> dict[str, Any]:
    text = token.split(".")[position]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return decoded


def test_twilios_token_lets_the_user_call_and_be_rung(boss: ApiClient, api: ApiClient, user: User) -> None:
    configure(boss, TWILIO)

    answer = api.get(TWILIO_TOKEN)

    assert_is("CallsTwilioTokenResponse", answer.body)
    assert set(answer.body) == {"token", "identity", "userId"}
    assert answer.body["identity"] == answer.body["userId"] == user.pk
    assert answer.headers["Cache-Control"] == "no-store"
    claims = jwt.decode(answer.body["token"], TWILIO["twilioApiKeySecret"], algorithms=["HS256"])
    assert (claims["iss"], claims["sub"]) == (TWILIO["twilioApiKeySid"], TWILIO["twilioAccountSid"])
    assert claims["grants"]["identity"] == user.pk
    assert claims["grants"]["voice"]["outgoing"] == {"application_sid": TWILIO["twilioTwimlAppSid"]}


def test_sinchs_token_registers_the_user(boss: ApiClient, api: ApiClient, user: User) -> None:
    configure(boss, SINCH)

    answer = api.get(SINCH_TOKEN)

    assert_is("CallsSinchTokenResponse", answer.body)
    shown = answer.body
    token = shown.pop("token")
    assert answer.headers["Cache-Control"] == "no-store"
    assert shown == {
        "applicationKey": SINCH["sinchApplicationKey"],
        "userId": user.pk,
        "expiresIn": 600,
        "callerIdentifier": SINCH["phoneNumber"],
    }
    assert part(token, 1)["sub"].endswith(f"{SINCH['sinchApplicationKey']}/users/{user.pk}")
    day = part(token, 0)["kid"].removeprefix("hkdfv1-")
    key = hmac.new(base64.b64decode(SINCH["sinchApplicationSecret"]), day.encode(), hashlib.sha256).digest()
    head, _, signature = token.rpartition(".")
    expected = base64.urlsafe_b64encode(hmac.new(key, head.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    assert signature == expected


def test_the_caller_is_the_users_own_number_else_the_organizations_else_nobody(
    boss: ApiClient, api: ApiClient, user: User
) -> None:
    configure(boss, SINCH, phoneNumber=None)
    assert "callerIdentifier" not in api.get(SINCH_TOKEN).body
    assert user.organization is not None
    own = make_phone_number(user.organization, user=user, provider="sinch", is_default=True)
    assert api.get(SINCH_TOKEN).body["callerIdentifier"] == own.phone_number


@pytest.mark.parametrize("path", [TWILIO_TOKEN, SINCH_TOKEN])
def test_without_configuration_there_is_no_token(boss: ApiClient, api: ApiClient, path: str) -> None:
    assert_refused(api.get(path), 400, "PROVIDER_NOT_CONFIGURED")
    configure(boss, {"provider": "twilio", "twilioAuthToken": TWILIO["twilioAuthToken"]})
    configure(boss, {"provider": "sinch", "sinchApplicationKey": SINCH["sinchApplicationKey"]})

    answer = api.get(path)

    assert_refused(answer, 400, "PROVIDER_NOT_CONFIGURED")
    assert not [secret for secret in SECRETS if secret.encode() in answer.content]


@pytest.mark.parametrize("path", [TWILIO_TOKEN, SINCH_TOKEN])
def test_one_organizations_credentials_make_no_token_for_another(
    boss: ApiClient, other_api: ApiClient, path: str
) -> None:
    configure(boss, TWILIO)
    configure(boss, SINCH)

    assert_refused(other_api.get(path), 400, "PROVIDER_NOT_CONFIGURED")
    assert_refused(ApiClient().get(path), 401, "UNAUTHORIZED")
