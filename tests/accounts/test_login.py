"""POST /api/auth/login and GET /api/user/profile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.accounts.hashers import CountingHasher
from tests.accounts.sessions import PROFILE, WRONG_PAIR, log_in, session_of, verify
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_organization, make_user
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_user_logs_in_with_email_and_password(user: User) -> None:
    answer = log_in(user.email)

    assert answer.status == 200
    assert_is("LoginResponse", answer.body)
    assert answer.body["user"] == {
        "id": user.pk,
        "email": user.email,
        "fullName": "Robin Example",
        "organizationId": user.organization_id,
        "isAvailable": True,
        "accessRole": "ADMIN",
    }


def test_the_token_of_a_login_opens_the_api(user: User) -> None:
    assert verify(session_of(user)["token"]).status == 200


def test_no_password_or_digest_of_one_is_in_the_answer(user: User) -> None:
    assert user.password.encode() not in log_in(user.email).content


@pytest.mark.parametrize("spelling", ["Casey@Example.com", "CASEY@EXAMPLE.COM", "  casey@example.com "])
def test_an_email_is_the_same_in_any_case(spelling: str, user: User) -> None:
    made = make_user(email="casey@example.com")

    assert log_in(spelling).body["user"]["id"] == made.pk


def test_a_user_whose_email_was_given_in_capitals_logs_in() -> None:
    made = make_user(email="Casey@Example.COM")

    assert log_in("casey@example.com").body["user"]["id"] == made.pk


def test_a_password_is_taken_as_it_is_with_spaces_around_it() -> None:
    made = make_user(password=" spaces are part of it ")

    assert log_in(made.email, " spaces are part of it ").status == 200
    assert log_in(made.email, "spaces are part of it").status == 401


def test_a_password_may_be_in_any_script() -> None:
    made = make_user(password="ключ 🔑 pässword")

    assert log_in(made.email, "ключ 🔑 pässword").status == 200


def _inactive_user() -> User:
    return make_user(is_active=False)


def _user_of_an_inactive_organization() -> User:
    return make_user(organization=make_organization(is_active=False))


def _user_without_organization() -> User:
    return make_user(organization=None, is_staff=True)


def _user_without_password() -> User:
    return make_user(password=None)


NOBODY = [_inactive_user, _user_of_an_inactive_organization, _user_without_organization, _user_without_password]


@pytest.mark.parametrize("make", NOBODY)
def test_who_may_not_enter_is_answered_as_if_the_pair_were_wrong(make: Any) -> None:
    answer = log_in(make().email)

    assert (answer.status, answer.body) == (401, WRONG_PAIR)


def test_a_wrong_email_is_answered_like_a_wrong_password(user: User) -> None:
    wrong_email, wrong_password = log_in("nobody@example.com"), log_in(user.email, "wrong")

    assert (wrong_email.status, wrong_email.content) == (wrong_password.status, wrong_password.content)
    assert (wrong_email.status, wrong_email.body) == (401, WRONG_PAIR)


@pytest.mark.parametrize("make", [lambda: None, make_user, *NOBODY])
def test_every_wrong_pair_costs_one_hash(make: Any, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.hashers.CountingHasher"]
    made = make()
    before = CountingHasher.hashed

    assert log_in(made.email if made else "nobody@example.com", "wrong").status == 401

    assert CountingHasher.hashed == before + 1


def test_a_login_is_noted_with_its_time(user: User) -> None:
    session_of(user)

    user.refresh_from_db()
    assert user.last_login is not None
    assert timezone.now() - user.last_login < timedelta(minutes=1)


def test_a_refused_login_is_not_noted(user: User) -> None:
    log_in(user.email, "wrong")

    user.refresh_from_db()
    assert user.last_login is None


def test_a_user_reads_the_own_profile(api: ApiClient, user: User) -> None:
    answer = api.get(PROFILE)

    assert answer.status == 200
    assert_is("ProfileResponse", answer.body)
    assert answer.body == {
        "user": {
            "id": user.pk,
            "email": user.email,
            "fullName": "Robin Example",
            "organizationId": user.organization_id,
            "isAvailable": True,
            "accessRole": "ADMIN",
        },
        "persona": None,
    }
