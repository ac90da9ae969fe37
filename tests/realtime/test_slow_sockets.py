"""A client that reads more slowly than events come costs its colleagues and the process next to nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.factories import make_user
from tests.realtime.sockets import Socket, events_of, happen, live, numbers_of, opened, opened_by
from tests.unhurried import HOUR, as_shipped
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.common.socket_protocol import SharedText, SharedTexts
from tether_calls.realtime import consumers, follower, outbox
from tether_calls.realtime.events import Event, EventName, publish
from tether_calls.realtime.outbox import Outbox

pytestmark = pytest.mark.servers

TOO_SLOW = 4408
# Of one frame: a few of them are more than what the system keeps for a client that does not read.
LARGE = 256 * 1024


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


def happen_large(user: User, *numbers: int) -> None:
    for number in numbers:
        with transaction.atomic():
            data = {"number": number, "text": "x" * LARGE}
            publish(organization_id=user.home_id, call_id=None, events=[Event(EventName.NOTE_CREATED, data)])


@contextmanager
def opened_by_a_slow_one(user: User, live_url: str) -> Iterator[Socket]:
    """A socket whose client reads nothing until it is asked for a frame."""
    address = urlsplit(live_url)
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024)
    raw.connect((address.hostname, address.port))
    with connect(
        f"ws://{address.netloc}/ws/events",
        sock=raw,
        subprotocols=[Subprotocol("bearer"), Subprotocol(issue_tokens(user).access)],
        compression=None,
        max_queue=1,
        close_timeout=PATIENCE,
    ) as connection:
        yield Socket(connection)


def boxes() -> list[Outbox]:
    return [box for one in follower._followers.values() for box in one._outboxes]


def until_closed(slow: Socket) -> tuple[list[dict[str, Any]], int | None]:
    """What still arrives, and the code that the server then closes with."""
    frames = []
    try:
        while True:
            frames.append(json.loads(slow.connection.recv(timeout=PATIENCE)))
    except ConnectionClosed as closed:
        return frames, closed.rcvd.code if closed.rcvd else None


@live
def test_a_client_that_does_not_keep_up_is_closed_and_has_everything_after_a_resume(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FRAMES_MAX", 20)
    monkeypatch.setattr(follower, "PATIENCE_SECONDS", 0.1)
    with opened_by(user, live_url) as colleague, opened_by_a_slow_one(user, live_url) as slow:
        for number in range(60):
            happen_large(user, number)
            assert numbers_of([colleague.frame()]) == [number]
        received, code = until_closed(slow)
        numbers = numbers_of(received)
        assert code == TOO_SLOW
        assert numbers == list(range(len(numbers)))
        assert 0 < len(numbers) < 60

    with opened_by(user, live_url) as again:
        missed, _ = again.resume(received[-1]["id"])
        assert numbers_of(missed) == list(range(len(numbers), 60))


@live
def test_a_client_that_reads_in_the_end_gets_what_its_buffer_holds(live_url: str, user: User) -> None:
    with opened_by_a_slow_one(user, live_url) as slow:
        happen_large(user, *range(15))
        assert numbers_of([slow.frame() for _ in range(15)]) == list(range(15))
        assert slow.answers()


@live
def test_events_that_do_not_fit_while_a_client_resumes_are_part_of_its_resume(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FRAMES_MAX", 3)
    (first,) = happen(user, 0)
    happen_large(user, *range(1, 30))
    with opened_by_a_slow_one(user, live_url) as slow:
        slow.say({"type": "resume", "after": first})
        assert numbers_of([slow.frame()]) == [1]
        happen(user, *range(30, 40))
        wait_until(lambda: any(box.overflowed for box in boxes()))
        frames = []
        while (frame := slow.frame()).get("type") != "resumed":
            frames.append(frame)
        # Around a resume an event may come twice, as docs/events.md says, those before it too; none is left out.
        assert [number for number in dict.fromkeys(numbers_of(frames)) if number > 1] == list(range(2, 40))
        assert frame["through"] == list(events_of(user))[-1]
        happen(user, 40)
        assert numbers_of([slow.frame()]) == [40]


@live
def test_a_burst_of_more_events_than_a_buffer_holds_closes_no_client_that_reads(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FRAMES_MAX", 10)
    with opened_by(user, live_url) as reading:
        happen(user, *range(500))
        assert numbers_of([reading.frame() for _ in range(500)]) == list(range(500))
        assert reading.answers()


def happen_until_one_is_full(user: User, colleague: Socket) -> int:
    """Events for which a client that reads nothing has no room in the end, and its colleague has; how many."""
    for number in range(1_000):
        happen_large(user, number)
        assert numbers_of([colleague.frame()]) == [number]
        if any(len(box._frames) >= outbox.FRAMES_MAX for box in boxes()):
            return number + 1
    raise AssertionError("the system keeps all of them")


@live
def test_an_event_for_which_one_client_has_no_room_reaches_its_colleagues_all_the_same(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FRAMES_MAX", 3)
    with opened_by(user, live_url) as colleague, opened_by_a_slow_one(user, live_url) as slow:
        number = happen_until_one_is_full(user, colleague)
        # It will be given up in an hour, as things are in tests.
        happen(user, number)
        assert numbers_of([colleague.frame()]) == [number]
        slow.break_off()


@live
def test_a_client_that_has_long_read_nothing_is_not_waited_for(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FRAMES_MAX", 3)
    with opened_by(user, live_url) as colleague, opened_by_a_slow_one(user, live_url) as slow:
        number = happen_until_one_is_full(user, colleague)
        for box in boxes():
            box.moved_at -= 2 * HOUR  # for longer than anybody is waited for
        for later in range(number, number + 5):
            happen(user, later)
            assert numbers_of([colleague.frame()]) == [later]
        received, code = until_closed(slow)
        assert code == TOO_SLOW
        assert numbers_of(received) == list(range(len(received)))


@live
def test_a_socket_that_fails_is_closed_and_keeps_nothing_from_the_others(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing: list[SharedTexts] = []
    write = SharedTexts.write

    def fail_one(wire: SharedTexts, text: SharedText) -> bool:
        """The first that is to write the second event."""
        if '"number":2' in text.text and not failing:
            failing.append(wire)
            raise ZeroDivisionError
        return write(wire, text)

    monkeypatch.setattr(SharedTexts, "write", fail_one)
    with opened_by(user, live_url) as one, opened_by(user, live_url) as other:
        happen(user, 1)
        assert [numbers_of([socket.frame()]) for socket in (one, other)] == [[1], [1]]
        port = one.connection.local_address[1]  # known while it is open
        happen(user, 2)
        wait_until(lambda: failing)
        failed, fine = (one, other) if (failing[0].client or ("", 0))[1] == port else (other, one)
        assert until_closed(failed) == ([], TOO_SLOW)
        assert numbers_of([fine.frame()]) == [2]


def test_colleagues_wait_for_a_slow_client_a_second_at_most() -> None:
    assert as_shipped["tether_calls.realtime.follower.PATIENCE_SECONDS"] <= 1


# ---- How many sockets a user may have ------------------------------------------------------------------------------


@live
def test_a_user_has_a_limited_number_of_sockets(live_url: str, user: User, settings: Any) -> None:
    settings.TETHER_SOCKETS_PER_USER = 2
    with opened_by(user, live_url) as one:
        with opened_by(user, live_url) as two, opened_by(user, live_url) as three:
            assert three.close_code() == consumers.TOO_MANY_SOCKETS == 4429
            assert one.answers()
            assert two.answers()
            # A colleague's are counted apart.
            with opened_by(make_user(organization=user.organization), live_url) as colleagues:
                assert colleagues.answers()
        wait_until(lambda: consumers._open_sockets[user.pk] == 1)
        with opened_by(user, live_url) as another:
            assert another.answers()
    wait_until(lambda: user.pk not in consumers._open_sockets)


@live
def test_a_token_in_a_first_message_is_counted_like_any_other(live_url: str, user: User, settings: Any) -> None:
    settings.TETHER_SOCKETS_PER_USER = 1
    with opened_by(user, live_url), opened(live_url) as another:
        another.say({"type": "authenticate", "token": issue_tokens(user).access})
        assert another.close_code() == consumers.TOO_MANY_SOCKETS
