"""/ws/events: who may listen."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken

from tests.clients import vendor_of
from tests.factories import make_user
from tests.realtime.sockets import happen, live, look_after_sockets_every, numbers_of, opened, opened_by
from tests.unhurried import HOUR, as_shipped
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime import consumers, membership, watch

pytestmark = live

UNAUTHORIZED = 4401


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


def lasting(user: User, seconds: int) -> str:
    """A token that opens the socket for so long: its own end is half a minute earlier, since clocks may differ."""
    token = AccessToken(issue_tokens(user).access)  # type: ignore[arg-type]
    token.set_exp(lifetime=timedelta(seconds=seconds) - api_settings.LEEWAY)
    return str(token)


def test_a_token_as_subprotocol_opens_it_and_bearer_is_echoed(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        assert socket.subprotocol == "bearer"
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]


def test_a_token_as_first_message_opens_it(live_url: str, user: User) -> None:
    with opened(live_url) as socket:
        socket.say({"type": "authenticate", "token": issue_tokens(user).access})
        assert socket.subprotocol is None
        assert socket.answers()
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]


def _inactive(user: User) -> str:
    token = issue_tokens(user).access
    User.objects.filter(pk=user.pk).update(is_active=False)
    return token


def _without_organization(user: User) -> str:
    token = issue_tokens(user).access
    User.objects.filter(pk=user.pk).update(organization=None)
    return token


def _of_inactive_organization(user: User) -> str:
    token = issue_tokens(user).access
    Organization.objects.filter(pk=user.organization_id).update(is_active=False)
    return token


REFUSED: dict[str, Callable[[User], str]] = {
    "no token": lambda _: "x",
    "expired": lambda user: lasting(user, -1),
    "refresh token": lambda user: issue_tokens(user).refresh,
    "API key": lambda user: str(vendor_of(user).token),
    "another secret's": lambda user: issue_tokens(user).access[:-4] + "AAAA",
    "inactive user's": _inactive,
    "inactive organization's": _of_inactive_organization,
    "user's without organization": _without_organization,
}


@pytest.mark.parametrize("token_of", REFUSED.values(), ids=REFUSED)
def test_a_subprotocol_that_is_no_good_closes_it(token_of: Callable[[User], str], live_url: str, user: User) -> None:
    with opened(live_url, token=token_of(user)) as socket:
        assert socket.close_code() == UNAUTHORIZED


@pytest.mark.parametrize("token_of", REFUSED.values(), ids=REFUSED)
def test_a_first_message_that_is_no_good_closes_it(token_of: Callable[[User], str], live_url: str, user: User) -> None:
    with opened(live_url) as socket:
        socket.say({"type": "authenticate", "token": token_of(user)})
        assert socket.close_code() == UNAUTHORIZED


def test_bearer_without_a_token_closes_it(live_url: str) -> None:
    with opened(live_url, subprotocols=["bearer"]) as socket:
        assert socket.close_code() == UNAUTHORIZED


NO_AUTHENTICATION: list[dict[str, Any]] = [
    {"type": "ping"},
    {"type": "resume", "after": "a" * 24},
    {"type": "authenticate"},
    {"type": "authenticate", "token": ""},
    {"type": "authenticate", "token": None},
    {"type": "authenticate", "token": 5},
    {"type": "authenticate", "token": {}},
]


@pytest.mark.parametrize("message", NO_AUTHENTICATION)
def test_a_first_message_that_is_no_authentication_closes_it(message: dict[str, Any], live_url: str) -> None:
    with opened(live_url) as socket:
        socket.say(message)
        assert socket.close_code() == UNAUTHORIZED


def test_a_token_in_the_address_counts_for_nothing(live_url: str, user: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "AUTHENTICATE_WITHIN_SECONDS", 0.1)

    with opened(live_url, path=f"/ws/events?token={issue_tokens(user).access}") as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_whoever_has_five_seconds_to_say_who_they_are() -> None:
    assert as_shipped["tether_calls.realtime.consumers.AUTHENTICATE_WITHIN_SECONDS"] == 5.0


def test_who_does_not_say_who_they_are_in_time_is_closed(live_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "AUTHENTICATE_WITHIN_SECONDS", 0.1)

    with opened(live_url) as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_who_says_it_in_time_stays_longer(live_url: str, user: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "AUTHENTICATE_WITHIN_SECONDS", 3.0)

    with opened(live_url) as socket:
        socket.say({"type": "authenticate", "token": issue_tokens(user).access})
        assert socket.answers()
        with opened(live_url) as silent:
            # It came later, so the time of the other one is over as well.
            assert silent.close_code() == UNAUTHORIZED
        assert socket.answers()


def test_when_the_token_is_over_so_is_the_connection(live_url: str, user: User, monkeypatch: Any) -> None:
    look_after_sockets_every(0.05, monkeypatch)

    with opened_by(user, live_url) as socket:
        assert socket.answers()
        monkeypatch.setattr(membership, "time", SimpleNamespace(time=lambda: time.time() + 24 * HOUR))
        assert socket.close_code() == UNAUTHORIZED


def test_the_end_of_a_token_is_not_waited_for_longer_than_it_lasts(live_url: str, user: User) -> None:
    assert watch.WATCH_SECONDS > 2

    with opened(live_url, token=lasting(user, 2)) as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_saying_once_more_who_one_is_does_no_harm(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say({"type": "authenticate", "token": "whatever"})
        assert socket.answers()
