"""While the database is away sockets that are open stay open, and others are asked to come again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import OperationalError

from tests.factories import make_user
from tests.realtime.sockets import happen, live, look_after_sockets_every, numbers_of, opened, opened_by
from tests.waiting import wait_until
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime import comparing, consumers, follower, membership
from tether_calls.realtime.log import PAGE, Found
from tether_calls.realtime.membership import Membership

pytestmark = live

TRY_AGAIN_LATER = 1013


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


def away(*_: Any, **__: Any) -> Any:
    raise OperationalError("the server closed the connection unexpectedly")


def away_at_first(function: Callable[..., Any], *, times: int) -> Callable[..., Any]:
    left = iter(range(times))

    def call(*args: Any, **kwargs: Any) -> Any:
        return away() if next(left, None) is not None else function(*args, **kwargs)

    return call


def test_an_open_socket_gets_everything_when_it_is_back(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "POLL_SECONDS", 0.1)
    asked: list[bool] = []

    def asked_in_vain(**_: Any) -> Any:
        asked.append(True)
        away()

    with opened_by(user, live_url) as socket, opened_by(user, live_url) as another:
        with monkeypatch.context() as patch:
            patch.setattr(follower, "read_on", asked_in_vain)
            # A look that began before may still find what happens now.
            wait_until(lambda: bool(asked))
            for number in range(10):
                happen(user, number)
            assert socket.answers()
        assert numbers_of([socket.frame() for _ in range(10)]) == list(range(10))
        assert numbers_of([another.frame() for _ in range(10)]) == list(range(10))
        assert socket.answers()


def test_what_breaks_off_between_two_pages_goes_on_there(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "POLL_SECONDS", 0.1)
    page, read = Found.page, []

    def page_with_gaps(self: Found, start: int) -> Any:
        read.append(start)
        return away() if len(read) in (2, 3) else page(self, start)

    monkeypatch.setattr(Found, "page", page_with_gaps)
    many = 3 * PAGE
    with opened_by(user, live_url) as socket:
        happen(user, *range(many))
        assert numbers_of([socket.frame() for _ in range(many)]) == list(range(many))
        assert socket.answers()
    assert len(read) == 5


def test_a_follower_that_fails_for_another_reason_tries_again(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "POLL_SECONDS", 0.1)
    failed = []

    def fail(**_: Any) -> Any:
        failed.append(True)
        raise ZeroDivisionError

    with opened_by(user, live_url) as socket:
        with monkeypatch.context() as patch:
            patch.setattr(follower, "read_on", fail)
            happen(user, 1)
            wait_until(lambda: failed)
        assert numbers_of([socket.frame()]) == [1]


def test_a_user_who_cannot_be_looked_up_keeps_the_socket(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_after_sockets_every(0.05, monkeypatch)
    looked_up = []

    def look_up(memberships: Sequence[Membership]) -> Any:
        looked_up.append(memberships)
        away()

    with opened_by(user, live_url) as socket:
        with monkeypatch.context() as patch:
            patch.setattr(membership, "_holding", look_up)
            wait_until(lambda: len(looked_up) > 2)
        assert socket.answers()


@pytest.mark.parametrize("missing", ["the user", "the log"])
def test_a_socket_that_cannot_be_opened_is_to_come_again(
    missing: str, live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issue_tokens(user).access
    with monkeypatch.context() as patch:
        if missing == "the user":
            patch.setattr(membership, "_resolver", away)
        else:
            patch.setattr(follower, "compared_now", away)
        with opened(live_url, token=token) as socket:
            assert socket.subprotocol == "bearer"
            assert socket.close_code() == TRY_AGAIN_LATER
        with opened(live_url) as socket:
            socket.say({"type": "authenticate", "token": token})
            assert socket.close_code() == TRY_AGAIN_LATER
    wait_until(lambda: user.pk not in consumers._open_sockets)
    with opened(live_url, token=token) as socket:
        assert socket.answers()


def test_of_two_that_open_together_one_that_fails_keeps_the_other_from_nothing(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "compared_now", away_at_first(comparing.compared_now, times=1))
    token = issue_tokens(user).access
    with opened(live_url, token=token) as failing, opened(live_url, token=token) as socket:
        assert failing.close_code() == TRY_AGAIN_LATER
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]


def test_a_resume_that_breaks_off_closes_the_socket_so_that_its_client_resumes(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_ = happen(user, 1, 2)
    with opened_by(user, live_url) as socket:
        with monkeypatch.context() as patch:
            patch.setattr(consumers, "missed_since", away)
            socket.say({"type": "resume", "after": first})
            assert socket.close_code() == TRY_AGAIN_LATER
        with opened_by(user, live_url) as again:
            assert numbers_of(again.resume(first)[0]) == [2]
