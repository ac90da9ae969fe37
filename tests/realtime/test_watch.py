"""A socket that stays open is looked after: may its user still have it?"""

from __future__ import annotations

import pytest

from tests.factories import make_organization, make_user
from tests.realtime.sockets import live, look_after_sockets_every, opened_by
from tether_calls.accounts.models import Organization, User
from tether_calls.realtime import consumers, watch

pytestmark = live


@pytest.fixture
def user(live_url: str, monkeypatch: pytest.MonkeyPatch) -> User:
    look_after_sockets_every(0.2, monkeypatch)
    return make_user()


def test_it_is_looked_at_once_a_minute() -> None:
    assert watch.WATCH_SECONDS == 60.0


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}])
def test_the_socket_closes_when_its_user_may_hear_no_more(live_url: str, user: User, change: dict[str, object]) -> None:
    with opened_by(user, live_url) as socket:
        assert socket.answers()
        User.objects.filter(pk=user.pk).update(**change)

        assert socket.close_code() == consumers.UNAUTHORIZED


def test_the_socket_closes_when_the_organization_is_deactivated(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        Organization.objects.filter(pk=user.organization_id).update(is_active=False)

        assert socket.close_code() == consumers.UNAUTHORIZED


def test_the_socket_closes_when_its_user_is_moved_to_another_organization(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        assert socket.answers()
        User.objects.filter(pk=user.pk).update(organization=make_organization())

        assert socket.close_code() == consumers.UNAUTHORIZED


def test_a_user_who_may_stay_stays(live_url: str, user: User) -> None:
    colleague = make_user(organization=user.organization)
    with opened_by(user, live_url) as socket, opened_by(colleague, live_url) as others_socket:
        User.objects.filter(pk=colleague.pk).update(is_active=False)
        assert others_socket.close_code() == consumers.UNAUTHORIZED
        assert socket.answers()
