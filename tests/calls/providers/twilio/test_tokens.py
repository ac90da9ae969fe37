from __future__ import annotations

from dataclasses import replace

import jwt
import pytest

from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.twilio.settings import TwilioCredentials
from calls.providers.twilio.tokens import access_token

CREDENTIALS = TwilioCredentials("AC1", "the auth token", "SK1", "the secret of the API key, of 32 bytes", "AP1")


def test_it_lets_a_user_call_and_be_called() -> None:
    token = access_token(CREDENTIALS, identity="68f2c5d13a0b4c5d6e7f8a01")
    assert jwt.get_unverified_header(token)["cty"] == "twilio-fpa;v=1"
    claims = jwt.decode(token, CREDENTIALS.api_key_secret, algorithms=["HS256"])
    assert (claims["iss"], claims["sub"]) == ("SK1", "AC1")
    assert claims["grants"] == {
        "identity": "68f2c5d13a0b4c5d6e7f8a01",
        "voice": {"incoming": {"allow": True}, "outgoing": {"application_sid": "AP1"}},
    }
    assert claims["exp"] - claims["nbf"] == 3_600


def test_it_is_not_signed_with_the_auth_token() -> None:
    token = access_token(CREDENTIALS, identity="u")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, "the auth token, made as long as a key is", algorithms=["HS256"])


@pytest.mark.parametrize("missing", ["account_sid", "api_key_sid", "api_key_secret", "twiml_app_sid"])
def test_without_credentials_there_is_none(missing: str) -> None:
    with pytest.raises(ProviderError) as caught:
        access_token(replace(CREDENTIALS, **{missing: ""}), identity="u")
    assert caught.value.problem is ProviderProblem.NOT_CONFIGURED
