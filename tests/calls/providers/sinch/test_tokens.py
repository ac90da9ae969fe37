from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import Any

import jwt
import pytest

from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.sinch.settings import SinchCredentials
from calls.providers.sinch.tokens import user_token

# The example of https://github.com/sinch/sinch-rtc-api-auth-examples (python/test.sh).
CREDENTIALS = SinchCredentials("a32e5a8d-f7d8-411c-9645-9038e8dd051d", "ax8hTTQJF0OPXL32r1LHMA==")
ISSUED_AT = 1_514_862_245
DAY_KEY = base64.b64decode("AZj5EsS8S7wb06xr5jERqPHsraQt3w/+Ih5EfrhisBQ=")


def decoded(token: str, key: bytes = DAY_KEY) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False})
    return claims


def test_it_makes_the_token_of_sinchs_own_example() -> None:
    nonce = "6b438bda-2d5c-4e8c-92b0-39f20a94b34e"
    token = user_token(CREDENTIALS, user_id="foo", now=ISSUED_AT, nonce=nonce)
    assert token.rpartition(".")[2] == "10N-QAvRK0-dacox5X5YusK7C0AWb-kZLiNNTKLQw8I"
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": "hkdfv1-20180102"}
    application = "//rtc.sinch.com/applications/a32e5a8d-f7d8-411c-9645-9038e8dd051d"
    assert decoded(token) == {
        "iss": application,
        "sub": f"{application}/users/foo",
        "iat": ISSUED_AT,
        "exp": 1_514_862_845,
        "nonce": nonce,
    }


def test_its_key_is_that_of_the_day_in_utc() -> None:
    token = user_token(CREDENTIALS, user_id="foo", now=ISSUED_AT + 86_400)
    secret = base64.b64decode(CREDENTIALS.application_secret)
    assert decoded(token, hmac.new(secret, b"20180103", hashlib.sha256).digest())
    with pytest.raises(jwt.InvalidSignatureError):
        decoded(token)


def test_it_is_used_once() -> None:
    first, second = (decoded(user_token(CREDENTIALS, user_id="foo", now=ISSUED_AT)) for _ in range(2))
    assert first["nonce"] != second["nonce"]


def test_it_is_of_now_and_lasts_ten_minutes() -> None:
    claims: dict[str, Any] = jwt.decode(user_token(CREDENTIALS, user_id="foo"), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 600


@pytest.mark.parametrize("changes", [{"application_key": ""}, {"application_secret": ""}, {"application_secret": "é"}])
def test_without_credentials_there_is_none(changes: dict[str, str]) -> None:
    with pytest.raises(ProviderError) as caught:
        user_token(replace(CREDENTIALS, **changes), user_id="foo")
    assert caught.value.problem is ProviderProblem.NOT_CONFIGURED
