"""What sockets cost the database: as much for one of an organization as for twenty."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper
from websockets.frames import Frame

from tests.factories import make_organization, make_user
from tests.realtime.sockets import happen, live, look_after_sockets_every, numbers_of, opened, opened_by
from tests.statements import statements_made
from tests.unhurried import HOUR
from tests.waiting import wait_until
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime import comparing, events, follower, log, membership, watch
from tether_calls.realtime.membership import Membership
from tether_calls.realtime.models import EventLog

pytestmark = live


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


@pytest.fixture
def never_looks_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "POLL_SECONDS", HOUR)


@contextmanager
def statements_of_followers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the threads that read for sockets ask the log, with the values."""
    made: list[str] = []
    execute = CursorWrapper.execute

    def note(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        if threading.current_thread().name.startswith("realtime-database") and "realtime_eventlog" in str(sql):
            made.append(f"{sql} {params}")
        return execute(self, sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", note)
        yield made


@pytest.mark.parametrize("sockets", [1, 20])
def test_reading_the_log_costs_the_same_for_one_socket_and_for_twenty(
    sockets: int, live_url: str, user: User, never_looks_unasked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        opened = [stack.enter_context(opened_by(user, live_url)) for _ in range(sockets)]
        happen(user, 0)  # it has come, so that the follower has been woken
        assert [numbers_of([socket.frame()]) for socket in opened] == [[0]] * sockets
        with statements_of_followers(monkeypatch) as made:
            for number in range(1, 11):
                happen(user, number)
                assert [numbers_of([socket.frame()]) for socket in opened] == [[number]] * sockets

    # One for each; sometimes a second one, for a message that came while the log was being read.
    assert 10 <= len(made) <= 20


def test_looking_for_what_is_new_is_one_statement_whether_there_is_any_or_not(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[tuple[int, int]] = []
    read_on = comparing.read_on

    def count(**arguments: Any) -> Any:
        with statements_made() as made:
            found, compared = read_on(**arguments)
        counted.append((len(found.ids), len(made)))
        return found, compared

    monkeypatch.setattr(follower, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(follower, "read_on", count)
    with opened_by(user, live_url) as socket:
        happen(user, 1, 2, 3)
        assert numbers_of([socket.frame() for _ in range(3)]) == [1, 2, 3]
        wait_until(lambda: len(counted) > 10)

    assert {events for events, _ in counted} == {0, 3}
    assert {statements for _, statements in counted} == {1}


def test_a_frame_is_encoded_once(live_url: str, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = []

    def note(row: EventLog) -> str:
        encoded.append(row.pk)
        return events.frame_of(row)

    monkeypatch.setattr(log, "frame_of", note)
    with ExitStack() as stack:
        sockets = [stack.enter_context(opened_by(user, live_url)) for _ in range(10)]
        ids = happen(user, *range(10))
        for socket in sockets:
            assert numbers_of([socket.frame() for _ in range(10)]) == list(range(10))

    assert encoded == ids


def test_a_frame_is_packed_once_for_all_sockets_that_compress_and_once_for_all_others(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = []
    serialize = Frame.serialize

    def note(frame: Frame, *, mask: bool, extensions: Any = None) -> bytes:
        if not mask and b'"event"' in bytes(frame.data):
            packed.append(bool(extensions))
        return serialize(frame, mask=mask, extensions=extensions)

    monkeypatch.setattr(Frame, "serialize", note)
    token = issue_tokens(user).access
    with ExitStack() as stack:
        kinds = [None, "deflate"] * 5
        sockets = [stack.enter_context(opened(live_url, token=token, compression=kind)) for kind in kinds]
        for number in range(5):
            happen(user, number)
            assert [numbers_of([socket.frame()]) for socket in sockets] == [[number]] * 10

    assert sorted(packed) == [False] * 5 + [True] * 5


@pytest.mark.parametrize("sockets", [1, 20])
def test_whether_users_may_stay_is_asked_for_all_sockets_at_once(
    sockets: int, live_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def note(memberships: Sequence[Membership]) -> Sequence[bool]:
        with statements_made() as made:
            found = membership.still_hold(memberships)
        asked.append(len(memberships))
        assert len(made) == 2
        return found

    organization = make_organization()
    look_after_sockets_every(0.1, monkeypatch)
    monkeypatch.setattr(watch, "still_hold", note)
    with ExitStack() as stack:
        for _ in range(sockets):
            stack.enter_context(opened_by(make_user(organization=organization), live_url))
        wait_until(lambda: asked[-3:] == [sockets] * 3)


def followers_of(user: User) -> int:
    return sum(organization_id == user.home_id for _, organization_id in follower._followers)


def test_sockets_of_an_organization_share_a_follower_which_ends_with_the_last_of_them(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "POLL_SECONDS", 0.02)
    with opened_by(user, live_url) as staying:
        with opened_by(make_user(organization=user.organization), live_url):
            assert followers_of(user) == 1
        happen(user, 1)
        assert numbers_of([staying.frame()]) == [1]
        assert followers_of(user) == 1
    wait_until(lambda: followers_of(user) == 0)

    with statements_of_followers(monkeypatch) as made, opened_by(make_user(), live_url) as another:
        # What its follower has to ask is all that is asked.
        assert another.answers()
        wait_until(lambda: len(made) > 20)
    assert not any(user.home_id in statement for statement in made)
