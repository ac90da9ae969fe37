"""An OpenID provider that lies, or somebody in its place: nobody is let in. The log says why, and nothing secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import RSAAlgorithm
from pytest_django import Settings

from tests.accounts.oidc.logins import PAGE, Frontend
from tests.accounts.oidc.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    OpenIdProvider,
    key,
    pem_of,
    published,
    signed_by,
)
from tests.accounts.sessions import log_in
from tests.http_targets import answer, raw, redirect, stall
from tests.unhurried import as_shipped
from tether_calls.accounts.models import OidcIdentity, User, UserSession
from tether_calls.accounts.oidc import OidcProblem
from tether_calls.accounts.oidc import provider as known
from tether_calls.accounts.oidc.requests import AT_ONCE, slot
from tether_calls.accounts.services.oidc_login import challenge_of

pytestmark = pytest.mark.django_db

FAILED = {"error": "OIDC_LOGIN_FAILED"}
AWAY = {"error": "OIDC_UNAVAILABLE"}


def assert_nobody_is_in(caplog: pytest.LogCaptureFixture, why: OidcProblem, provider: OpenIdProvider) -> None:
    assert not OidcIdentity.objects.exists()
    assert not UserSession.objects.exists()
    assert f"came to nothing: {why.value}" in caplog.text
    for secret in (CLIENT_SECRET, *provider.tokens, *(code for code in caplog.text.split() if code.startswith("eyJ"))):
        assert secret not in caplog.text


def _in_base64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "", algorithm="none")


def by_shared_secret(secret: bytes) -> Callable[[dict[str, Any]], str]:
    """HS256, by hand: libraries refuse to sign with what is published."""

    def sign(claims: dict[str, Any]) -> str:
        said = f"{_in_base64({'alg': 'HS256', 'typ': 'JWT', 'kid': 'first'})}.{_in_base64(claims)}"
        digest = hmac.new(secret, said.encode(), hashlib.sha256).digest()
        return f"{said}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    return sign


class FromNow(int):
    """Seconds from the moment in which the provider speaks, which is not that in which tests are collected."""


def at_this_moment(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: int(time.time()) + said if isinstance(said, FromNow) else said for name, said in claims.items()}


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://login.example.org"}, OidcProblem.WRONG_ISSUER),
        ({"iss": None}, OidcProblem.BAD_TOKEN),
        ({"aud": "another-client"}, OidcProblem.WRONG_AUDIENCE),
        ({"aud": ["another-client"]}, OidcProblem.WRONG_AUDIENCE),
        ({"aud": []}, OidcProblem.BAD_TOKEN),
        ({"aud": None}, OidcProblem.BAD_TOKEN),
        # For several, and asked for by none, or by another.
        ({"aud": [CLIENT_ID, "another-client"]}, OidcProblem.WRONG_AUDIENCE),
        ({"aud": [CLIENT_ID, "another-client"], "azp": "another-client"}, OidcProblem.WRONG_AUDIENCE),
        ({"azp": "another-client"}, OidcProblem.WRONG_AUDIENCE),
        ({"nonce": "of another login"}, OidcProblem.WRONG_NONCE),
        ({"nonce": ["x"]}, OidcProblem.WRONG_NONCE),
        ({"nonce": "\ud800"}, OidcProblem.WRONG_NONCE),
        ({"nonce": None}, OidcProblem.BAD_TOKEN),
        ({"exp": FromNow(-60)}, OidcProblem.EXPIRED),
        ({"exp": None}, OidcProblem.BAD_TOKEN),
        ({"exp": "soon"}, OidcProblem.BAD_TOKEN),
        ({"exp": float("inf")}, OidcProblem.BAD_TOKEN),
        ({"iat": FromNow(3_600)}, OidcProblem.NOT_YET_VALID),
        ({"nbf": FromNow(3_600)}, OidcProblem.NOT_YET_VALID),
        ({"iat": None}, OidcProblem.BAD_TOKEN),
        ({"sub": None}, OidcProblem.BAD_TOKEN),
        ({"sub": ""}, OidcProblem.BAD_TOKEN),
        ({"sub": 7}, OidcProblem.BAD_TOKEN),
        ({"sub": "x" * 256}, OidcProblem.BAD_TOKEN),
        ({"sub": "x\0"}, OidcProblem.BAD_TOKEN),
        ({"sub": "\ud800"}, OidcProblem.BAD_TOKEN),
    ],
    ids=str,
)
def test_what_an_id_token_says_has_to_be_true(
    claims: dict[str, Any], why: OidcProblem, frontend: Frontend, caplog: pytest.LogCaptureFixture
) -> None:
    frontend.provider.claims |= at_this_moment(claims)

    assert frontend.go_there_and_back() == FAILED
    assert_nobody_is_in(caplog, why, frontend.provider)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, "another-client"], "azp": CLIENT_ID},
        # Clocks differ.
        {"exp": FromNow(3_600), "iat": FromNow(20)},
        {"sub": "x" * 255},
    ],
    ids=str,
)
def test_what_is_true_in_other_words_is_taken(claims: dict[str, Any], frontend: Frontend) -> None:
    frontend.provider.claims |= at_this_moment(claims)

    assert frontend.log_in().status == 200


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        (unsigned, OidcProblem.WRONG_ALGORITHM),
        (by_shared_secret(pem_of("first")), OidcProblem.WRONG_ALGORITHM),
        (by_shared_secret(CLIENT_SECRET.encode()), OidcProblem.WRONG_ALGORITHM),
        (signed_by("first", algorithm="RS512"), OidcProblem.WRONG_ALGORITHM),
        (signed_by("another"), OidcProblem.UNKNOWN_KEY),
        (signed_by("another", kid="first"), OidcProblem.BAD_SIGNATURE),
        (lambda claims: signed_by("first")(claims)[:-4] + "AAAA", OidcProblem.BAD_SIGNATURE),
        (lambda _: "no token", OidcProblem.BAD_TOKEN),
        (lambda _: "e30.e30.", OidcProblem.WRONG_ALGORITHM),
        (lambda _: _in_base64({"alg": ["RS256"]}) + ".e30.", OidcProblem.BAD_TOKEN),
        (lambda _: _in_base64({"alg": "RS256", "kid": 7}) + ".e30.", OidcProblem.BAD_TOKEN),
    ],
    ids=["none", "public-key-as-secret", "client-secret", "rs512", "unknown", "of-another", "cut", *"abcd"],
)
def test_an_id_token_is_signed_by_the_provider(
    sign: Callable[[dict[str, Any]], str],
    why: OidcProblem,
    frontend: Frontend,
    caplog: pytest.LogCaptureFixture,
) -> None:
    frontend.provider.sign = sign

    assert frontend.go_there_and_back() == FAILED
    assert_nobody_is_in(caplog, why, frontend.provider)


def test_claims_that_were_changed_are_not_signed(frontend: Frontend, caplog: pytest.LogCaptureFixture) -> None:
    def change(claims: dict[str, Any]) -> str:
        head, _, signature = signed_by("first")({**claims, "sub": "person-2"}).split(".")
        return f"{head}.{_in_base64(claims)}.{signature}"

    frontend.provider.sign = change

    assert frontend.go_there_and_back() == FAILED
    assert_nobody_is_in(caplog, OidcProblem.BAD_SIGNATURE, frontend.provider)


def test_a_key_that_is_too_short_signs_nothing(frontend: Frontend, caplog: pytest.LogCaptureFixture) -> None:
    short = key("short", 1_024)

    def sign(claims: dict[str, Any]) -> str:
        """By hand: libraries warn of such a key."""
        said = f"{_in_base64({'alg': 'RS256', 'kid': 'short'})}.{_in_base64(claims)}"
        signature = short.sign(said.encode(), PKCS1v15(), SHA256())
        return f"{said}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    jwk: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(short.public_key()))
    frontend.provider.keys = [{**jwk, "kid": "short"}]
    frontend.provider.sign = sign

    assert frontend.go_there_and_back() == AWAY
    assert_nobody_is_in(caplog, OidcProblem.BAD_KEYS, frontend.provider)


def test_a_new_key_is_asked_for_when_a_token_names_it(frontend: Frontend, monkeypatch: pytest.MonkeyPatch) -> None:
    assert frontend.log_in().status == 200
    monkeypatch.setattr("tether_calls.accounts.oidc.kept.LEFT_ALONE_SECONDS", -1)
    frontend.provider.keys = [published("first"), published("second")]
    frontend.provider.sign = signed_by("second")

    assert frontend.log_in().status == 200
    assert len(frontend.provider.requests_to("/keys")) == 2
    assert len(frontend.provider.requests_to("/.well-known/openid-configuration")) == 1


def test_a_key_that_is_nowhere_is_not_asked_for_again_and_again(frontend: Frontend) -> None:
    frontend.provider.sign = signed_by("another")

    for _ in range(3):
        assert frontend.go_there_and_back() == FAILED
    assert len(frontend.provider.requests_to("/keys")) == 1


def test_a_key_for_encrypting_signs_nothing(frontend: Frontend, caplog: pytest.LogCaptureFixture) -> None:
    frontend.provider.keys = [published("first", use="enc")]

    assert frontend.go_there_and_back() == FAILED
    assert_nobody_is_in(caplog, OidcProblem.UNKNOWN_KEY, frontend.provider)


def test_other_ways_of_signing_are_for_the_operator_to_allow(frontend: Frontend, settings: Settings) -> None:
    frontend.provider.keys = [{**published("first"), "alg": "PS256"}]
    frontend.provider.sign = signed_by("first", algorithm="PS256")

    assert frontend.go_there_and_back() == FAILED
    settings.OIDC_ALGORITHMS = ["RS256", "PS256"]
    assert frontend.log_in().status == 200


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"access_token": "x"}, OidcProblem.BAD_ANSWER),
        ({"id_token": 7}, OidcProblem.BAD_ANSWER),
        ({"id_token": "é"}, OidcProblem.BAD_ANSWER),
        ([], OidcProblem.BAD_ANSWER),
    ],
)
def test_an_answer_without_an_id_token_lets_nobody_in(
    told: Mapping[str, Any], why: OidcProblem, frontend: Frontend, caplog: pytest.LogCaptureFixture
) -> None:
    frontend.provider.answers = told

    assert frontend.go_there_and_back() == FAILED
    assert_nobody_is_in(caplog, why, frontend.provider)


def test_a_code_that_the_provider_knows_used_lets_nobody_in(
    frontend: Frontend, caplog: pytest.LogCaptureFixture
) -> None:
    brought = frontend.provider.person_logs_in(frontend.leave())
    frontend.come_back(brought)
    OidcIdentity.objects.all().delete()
    # Of the same code in a login of its own.
    other = Frontend(frontend.provider)
    state = other.provider.person_logs_in(other.leave())["state"]

    assert other.come_back({"state": state, "code": brought["code"]}) == FAILED
    assert_nobody_is_in(caplog, OidcProblem.CODE_REFUSED, frontend.provider)


def test_a_code_that_was_stolen_before_it_came_back_lets_nobody_in(
    frontend: Frontend, caplog: pytest.LogCaptureFixture
) -> None:
    """PKCE: the provider gives nothing for it without the verifier of the browser that it is of."""
    stolen = frontend.provider.person_logs_in(frontend.leave())["code"]
    thief = Frontend(frontend.provider)
    state = thief.provider.person_logs_in(thief.leave())["state"]

    assert thief.come_back({"state": state, "code": stolen}) == FAILED
    assert_nobody_is_in(caplog, OidcProblem.CODE_REFUSED, frontend.provider)


@pytest.mark.parametrize("has_to_name_itself", [True, False])
def test_a_code_of_another_provider_is_not_sent_to_this_one(
    has_to_name_itself: bool, frontend: Frontend, caplog: pytest.LogCaptureFixture
) -> None:
    frontend.provider.discovery["authorization_response_iss_parameter_supported"] = has_to_name_itself
    brought = frontend.provider.person_logs_in(frontend.leave())
    named = {} if has_to_name_itself else {"iss": "https://login.example.org"}

    assert frontend.come_back({**brought, **named}) == FAILED
    assert frontend.provider.requests_to("/token") == []
    assert_nobody_is_in(caplog, OidcProblem.WRONG_ISSUER, frontend.provider)


def test_a_provider_that_names_itself_is_believed(frontend: Frontend) -> None:
    frontend.provider.discovery["authorization_response_iss_parameter_supported"] = True
    brought = frontend.provider.person_logs_in(frontend.leave())

    assert "code" in frontend.come_back({**brought, "iss": frontend.provider.issuer})


def test_nothing_that_opens_anything_is_in_the_log(frontend: Frontend, caplog: pytest.LogCaptureFixture) -> None:
    """Be it as talkative as it can be, and the login a good one, a refused one, or one that breaks off."""
    caplog.set_level(logging.DEBUG)
    brought = frontend.provider.person_logs_in(frontend.leave())
    code = frontend.come_back(brought)["code"]
    session = frontend.exchange(code).body
    frontend.provider.claims["nonce"] = "of another login"
    refused = frontend.provider.person_logs_in(frontend.leave())
    frontend.come_back(refused)
    frontend.provider.server.routes["/token"] = raw(b"no HTTP")
    cut_off = frontend.provider.person_logs_in(frontend.leave())
    frontend.come_back(cut_off)

    secrets = {
        *(each[name] for each in (brought, refused, cut_off) for name in ("code", "state")),
        *(frontend.verifier, code, session["token"], session["refreshToken"], CLIENT_SECRET),
        *frontend.provider.tokens,
        str(frontend.provider.claims["email"]),
        *(request.body.decode() for request in frontend.provider.requests_to("/token")),
    }
    assert len(secrets) > 12
    assert [secret for secret in secrets if secret in caplog.text] == []


# ---- What it says of itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://login.example.org"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "ftp://login.example.org/token"},
        {"token_endpoint": 7},
        {"jwks_uri": "//login.example.org/keys"},
        {"jwks_uri": "https://[login/keys"},
        {"authorization_endpoint": "http://login.example.org/\ud800"},
        {"authorization_endpoint": "http://login.example.org/\r\n"},
    ],
    ids=str,
)
def test_a_discovery_document_that_cannot_be_meant_sends_nobody_anywhere(
    discovery: dict[str, Any], frontend: Frontend, caplog: pytest.LogCaptureFixture
) -> None:
    frontend.provider.discovery |= discovery

    assert frontend.leave() == "https://app.example.com/login?error=OIDC_UNAVAILABLE"
    assert_nobody_is_in(caplog, OidcProblem.BAD_DISCOVERY, frontend.provider)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (answer(b"", status=500), OidcProblem.UNREACHABLE),
        (answer(b"<html>"), OidcProblem.BAD_DISCOVERY),
        (answer(b"[" * 100_000), OidcProblem.BAD_DISCOVERY),
        (answer(b"[]"), OidcProblem.BAD_DISCOVERY),
        (answer(b"x" * 300_000), OidcProblem.UNREACHABLE),
        (redirect("http://169.254.169.254/latest/meta-data"), OidcProblem.UNREACHABLE),
    ],
    ids=["500", "html", "deep", "list", "large", "redirect"],
)
def test_a_discovery_document_that_is_none_sends_nobody_anywhere(
    told: Any, why: OidcProblem, frontend: Frontend, caplog: pytest.LogCaptureFixture
) -> None:
    frontend.provider.server.routes["/.well-known/openid-configuration"] = told

    for _ in range(2):
        assert frontend.leave() == "https://app.example.com/login?error=OIDC_UNAVAILABLE"
    assert_nobody_is_in(caplog, why, frontend.provider)
    # Who does not answer is left alone for a while.
    assert len(frontend.provider.requests_to("/.well-known/openid-configuration")) == 1


def test_a_provider_at_a_private_address_is_one_that_the_operator_has_named(
    frontend: Frontend, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OIDC_PRIVATE_HOSTS = []

    assert frontend.leave() == "https://app.example.com/login?error=OIDC_UNAVAILABLE"
    assert frontend.provider.server.requests == []


def test_where_tokens_are_fetched_is_no_private_address_either(
    frontend: Frontend, caplog: pytest.LogCaptureFixture
) -> None:
    frontend.provider.discovery["token_endpoint"] = "http://127.0.0.1:9/token"

    assert frontend.go_there_and_back() == AWAY
    assert_nobody_is_in(caplog, OidcProblem.UNREACHABLE, frontend.provider)


def test_a_provider_that_takes_no_basic_authentication_has_the_secret_in_the_form(frontend: Frontend) -> None:
    frontend.provider.discovery["token_endpoint_auth_methods_supported"] = ["client_secret_post", "private_key_jwt"]

    assert frontend.log_in().status == 200
    (request,) = frontend.provider.requests_to("/token")
    assert "authorization" not in request.headers
    assert b"client_secret=" in request.body


# ---- It takes its time -----------------------------------------------------------------------------------------------


def test_a_provider_that_does_not_answer_is_given_up(
    frontend: Frontend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shipped = as_shipped["tether_calls.accounts.oidc.requests.LIMITS"]
    assert shipped.total_seconds <= 10
    brought = frontend.provider.person_logs_in(frontend.leave())
    frontend.provider.server.routes["/token"] = stall()
    monkeypatch.setattr(
        "tether_calls.accounts.oidc.requests.LIMITS",
        type(shipped)(connect_seconds=60, read_seconds=0.2, total_seconds=60, max_bytes=1_000),
    )

    assert frontend.come_back(brought) == AWAY
    assert_nobody_is_in(caplog, OidcProblem.UNREACHABLE, frontend.provider)


def test_no_more_logins_wait_for_it_than_leave_threads_for_others(
    frontend: Frontend, caplog: pytest.LogCaptureFixture
) -> None:
    brought = frontend.provider.person_logs_in(frontend.leave())
    slots = [slot() for _ in range(AT_ONCE)]
    for each in slots:
        each.__enter__()
    try:
        assert frontend.come_back(brought) == AWAY
        assert frontend.provider.requests_to("/token") == []
    finally:
        for each in slots:
            each.__exit__(None, None, None)
    assert_nobody_is_in(caplog, OidcProblem.BUSY, frontend.provider)
    assert frontend.log_in().status == 200


def test_who_need_not_wait_for_it_is_sent_there_however_many_do(
    frontend: Frontend, monkeypatch: pytest.MonkeyPatch
) -> None:
    frontend.leave()
    with ExitStack() as others:
        for _ in range(AT_ONCE):
            others.enter_context(slot())
        # Where it is, is known.
        assert frontend.leave().startswith(frontend.provider.issuer)
        monkeypatch.setattr(known._PROVIDERS, "_found", {})
        response = frontend.browser.get("/oidc/login", {"challenge": challenge_of(frontend.verifier)})
    assert response["Location"] == f"{PAGE}?error=OIDC_UNAVAILABLE"


def test_nobody_waits_for_their_turn_to_ask_for_what_is_known(
    frontend: Frontend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else may be waiting for a key that is not known yet."""
    frontend.log_in()
    brought = frontend.provider.person_logs_in(frontend.leave())
    for kept in (known._PROVIDERS, known._KEYS):
        # Whoever would enter it fails: it is nothing that can be entered.
        monkeypatch.setattr(kept, "_turn", None)

    assert "code" in frontend.come_back(brought)


def test_a_provider_that_is_away_is_nobodys_failed_login(frontend: Frontend, settings: Settings, user: User) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ADDRESS = 1
    brought = frontend.provider.person_logs_in(frontend.leave())
    frontend.provider.server.routes["/token"] = answer(b"", status=503)

    assert frontend.come_back(brought) == AWAY
    assert log_in(user.email).status == 200
