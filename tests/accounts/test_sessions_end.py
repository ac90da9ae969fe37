"""What ends a session at once, for both of its tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.accounts.sessions import PROFILE, assert_refused, refresh, session_of, verify
from tests.clients import ApiClient
from tests.factories import make_user
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db


def _change_password(user: User) -> None:
    user.set_password("another horse, another battery")
    user.save()


def _deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _delete(user: User) -> None:
    user.delete()


def _deactivate_organization(user: User) -> None:
    Organization.objects.filter(pk=user.organization_id).update(is_active=False)


ENDINGS = [_change_password, _deactivate, _delete, _deactivate_organization]


@pytest.mark.parametrize("end", ENDINGS)
def test_it_ends_the_access_token(end: Callable[[User], None], user: User) -> None:
    session = session_of(user)

    end(user)

    assert_refused(verify(session["token"]))
    assert_refused(ApiClient(session["token"]).get(PROFILE))


@pytest.mark.parametrize("end", ENDINGS)
def test_it_ends_the_refresh_token(end: Callable[[User], None], user: User) -> None:
    session = session_of(user)

    end(user)

    assert_refused(refresh(session["refreshToken"]))


def test_it_leaves_other_users_alone(user: User) -> None:
    colleague = make_user(organization=user.organization)
    session = session_of(colleague)

    _change_password(user)

    assert verify(session["token"]).status == 200


def test_a_login_after_a_password_change_begins_a_new_session(user: User) -> None:
    _change_password(user)

    answer = ApiClient().post("/api/auth/login", {"email": user.email, "password": "another horse, another battery"})

    assert verify(answer.body["token"]).status == 200


@pytest.mark.parametrize("path", [PROFILE, "/api/auth/verify-token", "/api/user/api-key", "/api/calls/history"])
def test_a_user_without_organization_is_refused_by_the_api(path: str, user: User) -> None:
    session = session_of(user)
    User.objects.filter(pk=user.pk).update(organization=None)

    answer = ApiClient(session["token"]).get(path)

    assert (answer.status, answer.body["code"]) == (403, "FORBIDDEN")


def test_a_user_without_organization_gets_no_further_tokens(user: User) -> None:
    session = session_of(user)
    User.objects.filter(pk=user.pk).update(organization=None)

    assert_refused(refresh(session["refreshToken"]))


def test_a_user_who_moves_to_another_organization_sees_that_one(user: User, other_user: User) -> None:
    session = session_of(user)
    User.objects.filter(pk=user.pk).update(organization=other_user.organization)

    profile = ApiClient(session["token"]).get(PROFILE)

    assert profile.body["user"]["organizationId"] == other_user.organization_id
