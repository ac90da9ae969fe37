"""POST /api/auth/logout, and what else ends one session and no other: a refresh token that is used twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from tests.accounts.sessions import LOGOUT, PROFILE, assert_refused, log_out, refresh, session_of, verify
from tests.at_once import at_once
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_user
from tests.refusals import assert_every_body_is_checked
from tether_calls.accounts.models import EndedSession, User
from tether_calls.accounts.tokens import FAMILY_CLAIM, issue_tokens, membership_of

pytestmark = pytest.mark.django_db


def seconds_pass(seconds: float) -> None:
    """Since every exchange until now."""
    BlacklistedToken.objects.update(blacklisted_at=timezone.now() - timedelta(seconds=seconds))


def as_before_0_2(kind: type[Token], text: str) -> str:
    """The token as it was issued when tokens named no session."""
    token = kind(text)  # type: ignore[arg-type]  # it takes what it encodes
    del token.payload[FAMILY_CLAIM]
    return str(token)


def test_a_logout_ends_every_token_of_the_session(user: User) -> None:
    first = session_of(user)
    second = refresh(first["refreshToken"]).body

    answer = log_out(second["refreshToken"])

    assert (answer.status, answer.body) == (200, {"success": True, "message": "Logged out"})
    assert_is("DoneResponse", answer.body)
    for pair in (first, second):
        assert_refused(verify(pair["token"]))
        assert_refused(ApiClient(pair["token"]).get(PROFILE))
        assert_refused(refresh(pair["refreshToken"]))


def test_a_logout_leaves_other_sessions_alone(user: User) -> None:
    ended, other, colleague = session_of(user), session_of(user), session_of(make_user(organization=user.organization))

    log_out(ended["refreshToken"])

    for session in (other, colleague):
        assert verify(session["token"]).status == 200
        assert refresh(session["refreshToken"]).status == 200


def test_a_logout_ends_sockets_at_their_next_look(user: User) -> None:
    session = session_of(user)
    assert membership_of(session["token"]) is not None

    log_out(session["refreshToken"])

    assert membership_of(session["token"]) is None


def test_a_logout_may_be_sent_again(user: User) -> None:
    session = session_of(user)

    assert [log_out(session["refreshToken"]).status for _ in range(2)] == [200, 200]


def test_a_token_that_was_exchanged_ends_the_session_too(user: User) -> None:
    session = session_of(user)
    following = refresh(session["refreshToken"]).body

    assert log_out(session["refreshToken"]).status == 200

    assert_refused(verify(following["token"]))
    assert_refused(refresh(following["refreshToken"]))


@pytest.mark.parametrize("text", ["x", "a.b.c", "tk_live_"])
def test_what_is_no_token_ends_nothing(text: str) -> None:
    assert_refused(log_out(text))


def test_an_access_token_ends_nothing(user: User) -> None:
    session = session_of(user)

    assert_refused(log_out(session["token"]))
    assert verify(session["token"]).status == 200


def test_an_expired_refresh_token_ends_nothing(user: User) -> None:
    token = RefreshToken(session_of(user)["refreshToken"])
    token.set_exp(lifetime=timedelta(seconds=-31))

    assert_refused(log_out(str(token)))
    assert not EndedSession.objects.exists()


def test_every_body_is_checked() -> None:
    assert_every_body_is_checked(ApiClient(), "POST", LOGOUT)


def test_a_refresh_token_that_is_used_again_ends_the_session(user: User) -> None:
    stolen = session_of(user)
    following = refresh(stolen["refreshToken"]).body
    other = session_of(user)
    seconds_pass(11)

    assert_refused(refresh(stolen["refreshToken"]))

    assert_refused(verify(following["token"]))
    assert_refused(refresh(following["refreshToken"]))
    assert refresh(other["refreshToken"]).status == 200


def test_two_tabs_may_exchange_a_token_at_once(user: User) -> None:
    session = session_of(user)
    following = refresh(session["refreshToken"]).body
    seconds_pass(9)

    assert_refused(refresh(session["refreshToken"]))

    assert verify(following["token"]).status == 200
    assert refresh(following["refreshToken"]).status == 200


@pytest.mark.django_db(transaction=True)
def test_of_many_uses_at_once_each_is_refused_and_the_session_ends() -> None:
    user = make_user()
    session = session_of(user)
    following = refresh(session["refreshToken"]).body
    seconds_pass(11)

    answers = at_once([partial(refresh, session["refreshToken"])] * 4 + [partial(log_out, session["refreshToken"])] * 2)

    assert sorted(answer.status for answer in answers) == [200] * 2 + [401] * 4
    assert_refused(refresh(following["refreshToken"]))
    assert EndedSession.objects.count() == 1


def test_the_end_is_remembered_for_longer_than_any_token_lives(user: User) -> None:
    session = session_of(user)
    log_out(session["refreshToken"])

    ended = EndedSession.objects.get()

    assert ended.expires_at.timestamp() > RefreshToken(session["refreshToken"])["exp"] + 60


def test_tokens_of_older_versions_work_until_they_expire(user: User) -> None:
    tokens = issue_tokens(user)
    log_out(session_of(user)["refreshToken"])

    assert verify(as_before_0_2(AccessToken, tokens.access)).status == 200
    following = refresh(as_before_0_2(RefreshToken, tokens.refresh))

    assert following.status == 200
    assert log_out(following.body["refreshToken"]).status == 200
    assert_refused(verify(following.body["token"]))


def test_of_an_older_version_a_logout_ends_the_refresh_token(user: User) -> None:
    old = as_before_0_2(RefreshToken, issue_tokens(user).refresh)

    assert [log_out(old).status for _ in range(2)] == [200, 200]

    assert_refused(refresh(old))
    assert OutstandingToken.objects.count() == 1


def test_whether_a_session_has_ended_costs_no_statement_of_its_own(
    user: User, django_assert_num_queries: object
) -> None:
    client = ApiClient(session_of(user)["token"])

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert client.get("/api/auth/verify-token").status == 200
