"""POST /api/auth/refresh, GET /api/auth/verify-token, and what a bearer must look like."""

from __future__ import annotations

import base64
from datetime import timedelta
from functools import partial

import jwt
import pytest
from django.conf import settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from tests.accounts.sessions import PROFILE, REFUSED, assert_refused, refresh, session_of, verify
from tests.at_once import at_once
from tests.clients import ApiClient, vendor_of
from tests.contract.components import assert_is
from tests.factories import make_user
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens

pytestmark = pytest.mark.django_db


def _unsigned(head: bytes, payload: bytes = b'{"userId": "x"}') -> str:
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (head, payload, b""))


# Nothing that anybody signed.
NO_TOKENS = {
    "empty": "",
    "one part": "x",
    "three empty parts": "..",
    "three letters": "a.b.c",
    "beginning of a key": "tk_live_",
    "no algorithm": _unsigned(b"{}"),
    "algorithm none": _unsigned(b'{"alg": "none", "typ": "JWT"}'),
    "a list of algorithms": _unsigned(b'{"alg": ["HS256"]}'),
    "deeply nested": _unsigned(b"[" * 2_900),
}


def _expired_access(user: User) -> str:
    token = AccessToken(issue_tokens(user).access)  # type: ignore[arg-type]
    token.set_exp(lifetime=timedelta(seconds=-31))
    return str(token)


def _expired_refresh(user: User) -> str:
    token = RefreshToken(issue_tokens(user).refresh)  # type: ignore[arg-type]
    token.set_exp(lifetime=timedelta(seconds=-31))
    return str(token)


def _made_by_a_clock_that_is(kind: type[Token], text: str, *, ahead: int) -> str:
    """The token as a machine would have made it whose clock is so many seconds ahead of ours."""
    token = kind(text)  # type: ignore[arg-type]
    token.set_iat(at_time=token.current_time + timedelta(seconds=ahead))
    return str(token)


def _tampered(token: str) -> str:
    head, payload, signature = token.split(".")
    return f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def _signed_with(key: str, user: User) -> str:
    claims = AccessToken(issue_tokens(user).access).payload  # type: ignore[arg-type]
    return jwt.encode(claims, key, algorithm="HS256")


def test_a_good_token_is_called_good(user: User) -> None:
    answer = verify(issue_tokens(user).access)

    assert (answer.status, answer.body) == (200, {"message": "Token is good"})


def test_no_token_is_401() -> None:
    assert_refused(verify(None))


@pytest.mark.parametrize("path", ["/api/auth/verify-token", PROFILE, "/api/calls/history"])
def test_a_refusal_names_the_scheme(path: str) -> None:
    answer = ApiClient().get(path)

    assert (answer.status, answer.body) == (401, REFUSED)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert_is("CallsErrorResponse", answer.body)


@pytest.mark.parametrize("token", NO_TOKENS.values(), ids=NO_TOKENS)
def test_what_is_no_token_is_401(token: str) -> None:
    assert_refused(ApiClient(token or " ").get(PROFILE))


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token x", "bearer é", "Bearer a b", "\u00a0"]
)
def test_an_authorization_that_is_no_bearer_is_401(header: str, user: User) -> None:
    answer = ApiClient().request("GET", PROFILE, HTTP_AUTHORIZATION=header)

    assert_refused(answer)


def test_the_scheme_may_be_written_in_any_case(user: User) -> None:
    token = issue_tokens(user).access

    assert ApiClient().request("GET", PROFILE, HTTP_AUTHORIZATION=f"bEARER {token}").status == 200


def test_a_token_of_a_machine_whose_clock_is_ahead_is_good(user: User) -> None:
    tokens = issue_tokens(user)

    assert verify(_made_by_a_clock_that_is(AccessToken, tokens.access, ahead=25)).status == 200
    assert refresh(_made_by_a_clock_that_is(RefreshToken, tokens.refresh, ahead=25)).status == 200


def test_a_token_of_a_minute_from_now_is_401(user: User) -> None:
    tokens = issue_tokens(user)

    assert_refused(verify(_made_by_a_clock_that_is(AccessToken, tokens.access, ahead=60)))
    assert_refused(refresh(_made_by_a_clock_that_is(RefreshToken, tokens.refresh, ahead=60)))


@pytest.mark.parametrize(("ago", "status"), [(5, 200), (60, 401)])
def test_a_token_is_good_for_half_a_minute_after_its_end(user: User, ago: int, status: int) -> None:
    token = AccessToken(issue_tokens(user).access)  # type: ignore[arg-type]
    token.set_exp(lifetime=timedelta(seconds=-ago))

    assert verify(str(token)).status == status


def test_an_expired_token_is_401(user: User) -> None:
    assert_refused(verify(_expired_access(user)))


def test_a_token_with_a_changed_signature_is_401(user: User) -> None:
    assert_refused(verify(_tampered(issue_tokens(user).access)))


def test_a_token_signed_with_another_key_is_401(user: User) -> None:
    assert_refused(verify(_signed_with("another key " * 5, user)))


def test_the_test_of_other_keys_would_notice_the_right_one(user: User) -> None:
    assert verify(_signed_with(settings.SECRET_KEY, user)).status == 200


def test_a_refresh_token_opens_no_endpoint(user: User) -> None:
    assert_refused(verify(issue_tokens(user).refresh))


def test_an_api_key_opens_no_endpoint_of_users(user: User) -> None:
    assert_refused(verify(vendor_of(user).token))


def test_a_refresh_token_is_exchanged_for_a_pair_that_works(user: User) -> None:
    answer = refresh(session_of(user)["refreshToken"])

    assert answer.status == 200
    assert_is("TokenPairResponse", answer.body)
    assert verify(answer.body["token"]).status == 200
    assert refresh(answer.body["refreshToken"]).status == 200


def test_a_refresh_token_that_was_exchanged_is_refused(user: User) -> None:
    session = session_of(user)
    assert refresh(session["refreshToken"]).status == 200

    assert_refused(refresh(session["refreshToken"]))


def test_an_access_token_cannot_be_exchanged(user: User) -> None:
    assert_refused(refresh(session_of(user)["token"]))


def test_an_expired_refresh_token_is_refused(user: User) -> None:
    assert_refused(refresh(_expired_refresh(user)))


def test_a_tampered_refresh_token_is_refused(user: User) -> None:
    assert_refused(refresh(_tampered(session_of(user)["refreshToken"])))


@pytest.mark.parametrize("token", NO_TOKENS.values(), ids=NO_TOKENS)
def test_what_is_no_token_cannot_be_exchanged(token: str) -> None:
    assert_refused(refresh(token or "-"))


def test_a_refresh_token_that_nobody_remembers_is_refused(user: User) -> None:
    session = session_of(user)
    OutstandingToken.objects.all().delete()

    assert_refused(refresh(session["refreshToken"]))


def test_no_token_is_kept_in_the_database(user: User) -> None:
    session = session_of(user)

    assert session["refreshToken"] not in set(OutstandingToken.objects.values_list("token", flat=True))


@pytest.mark.django_db(transaction=True)
def test_of_exchanges_at_once_one_wins() -> None:
    user = make_user()
    for _ in range(8):  # they meet in the middle of it now and then
        token = issue_tokens(user).refresh
        answers = at_once([partial(refresh, token)] * 4)
        assert sorted(answer.status for answer in answers) == [200, 401, 401, 401]

    assert OutstandingToken.objects.count() == 16
