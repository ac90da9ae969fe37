"""Whether tokens that were taken for sockets would still be: many of them in two statements."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.accounts.sessions import log_out, session_of
from tests.factories import make_organization, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.tokens import membership_of, still_members
from tether_calls.realtime.membership import Membership

pytestmark = pytest.mark.django_db


def membership(session: dict[str, str]) -> Membership:
    found = membership_of(session["token"])
    assert found is not None
    return found


def _deactivate(user: User, _: str) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _change_password(user: User, _: str) -> None:
    user.set_password("another horse, another battery")
    user.save()


def _delete(user: User, _: str) -> None:
    user.delete()


def _move(user: User, _: str) -> None:
    User.objects.filter(pk=user.pk).update(organization=make_organization())


def _leave(user: User, _: str) -> None:
    User.objects.filter(pk=user.pk).update(organization=None)


def _deactivate_organization(user: User, _: str) -> None:
    Organization.objects.filter(pk=user.organization_id).update(is_active=False)


def _log_out(_: User, refresh_token: str) -> None:
    assert log_out(refresh_token).status == 200


@pytest.mark.parametrize(
    "change", [_deactivate, _change_password, _delete, _move, _leave, _deactivate_organization, _log_out]
)
def test_it_is_told_whose_no_longer_would(change: Callable[[User, str], None]) -> None:
    user, other = make_user(), make_user()
    session, others = session_of(user), membership(session_of(other))
    own = membership(session)
    assert still_members([own, others, own]) == [True, True, True]

    change(user, session["refreshToken"])

    assert still_members([own, others, own]) == [False, True, False]


def test_another_session_of_the_user_goes_on() -> None:
    user = make_user()
    ended, other = session_of(user), session_of(user)
    memberships = [membership(ended), membership(other)]

    log_out(ended["refreshToken"])

    assert still_members(memberships) == [False, True]


@pytest.mark.parametrize("count", [1, 30])
def test_many_take_as_many_statements_as_one(count: int) -> None:
    organization = make_organization()
    memberships = [membership(session_of(make_user(organization=organization))) for _ in range(count)]

    with statements_made() as made:
        assert still_members(memberships) == [True] * count

    assert len(made) == 2
