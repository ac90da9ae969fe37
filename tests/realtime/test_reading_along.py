"""`watch`: what is said in a running call, on the sockets that ask for it, and on no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from calls.models import Call, LiveCall
from calls.reports import TranscriptTurn
from calls.services.live_calls.push_live import Over, Spoken, Started, push_live
from tests.at_once import at_once
from tests.factories import UNKNOWN_ID, make_call, make_user
from tests.realtime.sockets import Socket, happen, live, opened_by
from tests.realtime.test_slow_sockets import opened_by_a_slow_one, until_closed
from tests.waiting import wait_until
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime import follower, outbox, reading_along
from tether_calls.trails.models import AccessEntry

pytestmark = live


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


def start(user: User, name: str = "call-1") -> str:
    told = Started(
        direction="outbound", from_number="+14165550100", to_number="+14165550199", start_time=timezone.now()
    )
    return push_live(user=user, external_call_id=name, told=told).call_id


def start_many(user: User, count: int) -> dict[str, str]:
    """The names by the ids of so many running calls: one that is started, and rows such as it has."""
    started = Call.objects.values().get(pk=start(user, "call-0"))
    calls = [
        Call(**{**started, "id": new_object_id(), "external_call_id": f"call-{number}"}) for number in range(1, count)
    ]
    Call.objects.bulk_create(calls)
    LiveCall.objects.bulk_create(LiveCall(call_id=call.pk, organization_id=user.home_id) for call in calls)
    return {started["id"]: "call-0"} | {call.pk: str(call.external_call_id) for call in calls}


def say(user: User, place: int, *messages: str, name: str = "call-1") -> None:
    turns = [TranscriptTurn("agent", message) for message in messages]
    push_live(user=user, external_call_id=name, told=Spoken(place=place, turns=turns))


def end(user: User, name: str = "call-1") -> None:
    push_live(user=user, external_call_id=name, told=Over())


@contextmanager
def watching(user: User, live_url: str, *call_ids: str) -> Iterator[Socket]:
    """A socket that watches these calls; the events of the organization that came before are read."""
    with opened_by(user, live_url) as socket:
        for call_id in call_ids:
            socket.say({"type": "watch", "callId": call_id})
            assert next_of(socket, "watching") == {"type": "watching", "callId": call_id}
        yield socket


def next_of(socket: Socket, kind: str) -> dict[str, Any]:
    """The next message of a type, or the next event of that name; others are left aside."""
    while True:
        frame = socket.frame()
        if kind in (frame.get("type"), frame.get("event")):
            return frame


def readers_of(user: User) -> list[Any]:
    """What reads along for sockets of the user's organization."""
    return [reader for key, reader in reading_along._readers.items() if key[1] == user.home_id]


def heard(socket: Socket, count: int) -> list[str]:
    return [next_of(socket, "call_turn")["data"]["turn"]["message"] for _ in range(count)]


def test_who_watches_is_in_the_access_log_once(live_url: str, user: User) -> None:
    call_id = start(user)
    with watching(user, live_url, call_id) as socket:
        socket.say({"type": "watch", "callId": call_id})
        assert next_of(socket, "watching")
    with opened_by(make_user(), live_url) as stranger:
        stranger.say({"type": "watch", "callId": call_id})
        assert next_of(stranger, "error")["code"] == "CALL_NOT_FOUND"

    entry = AccessEntry.objects.get()
    assert (entry.kind, entry.call_id, entry.actor_kind) == ("transcript_read", call_id, "user")
    assert (entry.actor_id, entry.organization_id, entry.ip) == (user.pk, user.home_id, "127.0.0.1")


def test_what_was_said_and_what_is_said_is_sent_in_order(live_url: str, user: User) -> None:
    call_id = start(user)
    say(user, 0, "one", "two")

    with watching(user, live_url, call_id) as socket:
        first = next_of(socket, "call_turn")
        assert heard(socket, 1) == ["two"]
        say(user, 2, "three")
        say(user, 3, "four")
        assert heard(socket, 2) == ["three", "four"]

    assert first["data"] == {"callId": call_id, "place": 0, "turn": {"role": "agent", "message": "one"}}
    assert first.keys() == {"event", "at", "data"}


def test_who_does_not_watch_hears_none_of_it(live_url: str, user: User) -> None:
    call_id, other_id = start(user), start(user, "call-2")
    with watching(user, live_url, call_id) as socket, opened_by(user, live_url) as beside:
        say(user, 0, "other", name="call-2")
        say(user, 0, "mine")
        assert next_of(socket, "call_turn")["data"]["callId"] == call_id
        happen(user, 1)
        assert [frame.get("event") for frame in beside.frames_until_pong() if frame.get("event") == "call_turn"] == []
        assert other_id != call_id


def test_two_who_watch_hear_the_same_though_one_came_later(live_url: str, user: User) -> None:
    call_id = start(user)
    with watching(user, live_url, call_id) as first:
        say(user, 0, "one")
        assert heard(first, 1) == ["one"]
        with watching(user, live_url, call_id) as second:
            say(user, 1, "two")
            assert heard(second, 2) == ["one", "two"]
        assert heard(first, 1) == ["two"]


def test_a_call_that_ends_is_watched_no_longer(live_url: str, user: User) -> None:
    call_id = start(user)
    with watching(user, live_url, call_id) as socket:
        say(user, 0, "one")
        end(user)
        frames = [socket.frame() for _ in range(4)]

        kinds = [frame.get("event") or frame["type"] for frame in frames]
        assert sorted(kinds) == ["call_ended", "call_turn", "fetch_messages", "unwatched"]
        assert kinds.index("call_turn") < kinds.index("unwatched")
        assert next(each for each in frames if each.get("type")) == {
            "type": "unwatched",
            "callId": call_id,
            "reason": "ended",
        }
        socket.say({"type": "watch", "callId": call_id})
        assert next_of(socket, "error")["code"] == "CALL_HAS_ENDED"


def test_after_unwatch_nothing_more_comes(live_url: str, user: User) -> None:
    call_id = start(user)
    with watching(user, live_url, call_id) as socket, watching(user, live_url, call_id) as other:
        for _ in range(2):
            socket.say({"type": "unwatch", "callId": call_id})
            assert next_of(socket, "unwatched") == {"type": "unwatched", "callId": call_id}
        say(user, 0, "one")
        assert heard(other, 1) == ["one"]
        assert [frame for frame in socket.frames_until_pong() if frame.get("event") == "call_turn"] == []


def test_another_organizations_call_is_answered_like_one_that_is_not_there(live_url: str, user: User) -> None:
    theirs = start(make_user())
    with opened_by(user, live_url) as socket:
        answers = []
        for call_id in (theirs, UNKNOWN_ID):
            socket.say({"type": "watch", "callId": call_id})
            answers.append(next_of(socket, "error"))
            assert answers[-1].pop("callId") == call_id
    assert answers[0] == answers[1] == {"type": "error", "code": "CALL_NOT_FOUND", "message": "Call not found"}


@pytest.mark.parametrize("call_id", [None, 17, [], {"a": 1}, "", "x" * 1000, "../x"])
def test_what_is_no_id_is_no_call(call_id: Any, live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say({"type": "watch", "callId": call_id})
        assert next_of(socket, "error")["code"] == "CALL_NOT_FOUND"
        socket.say({"type": "unwatch", "callId": call_id})
        assert next_of(socket, "unwatched")["type"] == "unwatched"
        assert socket.answers()


def test_a_call_that_has_ended_is_not_watched(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say({"type": "watch", "callId": make_call(user).pk})
        assert next_of(socket, "error")["code"] == "CALL_HAS_ENDED"


def test_a_socket_watches_so_many(live_url: str, user: User, settings: Settings) -> None:
    settings.TETHER_WATCHED_CALLS_PER_SOCKET = 2
    first, second, third = (start(user, name) for name in ("a", "b", "c"))
    with watching(user, live_url, first, second) as socket:
        socket.say({"type": "watch", "callId": third})
        assert next_of(socket, "error")["code"] == "TOO_MANY_WATCHED_CALLS"
        # One that it watches already is none more.
        socket.say({"type": "watch", "callId": first})
        assert next_of(socket, "watching")["callId"] == first
        socket.say({"type": "unwatch", "callId": first})
        socket.say({"type": "watch", "callId": third})
        assert next_of(socket, "watching")["callId"] == third


def test_a_deleted_call_is_over(live_url: str, user: User) -> None:
    call_id = start(user)
    with watching(user, live_url, call_id) as socket:
        Call.objects.filter(pk=call_id).delete()
        assert next_of(socket, "unwatched")["reason"] == "ended"


def say_much(user: User) -> None:
    """More than waits for one client."""
    for place in range(0, 600, 100):
        say(user, place, *(f"{number} {'x' * 9_900}" for number in range(place, place + 100)))


def test_a_long_conversation_is_sent_as_fast_as_the_client_reads(live_url: str, user: User) -> None:
    call_id = start(user)
    say_much(user)
    with watching(user, live_url, call_id) as socket:
        assert [int(text.split(" ")[0]) for text in heard(socket, 600)] == list(range(600))


def test_who_takes_nothing_any_more_is_given_up(live_url: str, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(outbox, "CHARACTERS_MAX", 100_000)
    call_id = start(user)
    with opened_by_a_slow_one(user, live_url) as slow:
        slow.say({"type": "watch", "callId": call_id})
        wait_until(lambda: readers_of(user))
        [watch] = readers_of(user)[0]._watches[call_id]
        say_much(user)
        wait_until(lambda: watch.outbox.overflowed)
        assert until_closed(slow)[1] == 4408


def test_the_last_one_to_leave_ends_the_reading(live_url: str, user: User) -> None:
    call_id = start(user)
    with watching(user, live_url, call_id), watching(user, live_url, call_id):
        assert readers_of(user)
    wait_until(lambda: not readers_of(user))


def test_of_five_hundred_calls_at_once_nothing_is_missed(live_url: str, user: User) -> None:
    """Ten sockets of one process, fifty calls each, whose turns are pushed by four at once."""
    calls = start_many(user, 500)
    ids, rounds = list(calls), 2
    assert len(ids) == 500
    got: dict[str, list[str]] = defaultdict(list)
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(watching(user, live_url, *ids[begin : begin + 50])) for begin in range(0, 500, 50)
        ]

        def push(part: int) -> None:
            for place in range(rounds):
                for call_id in ids[part::4]:
                    say(user, place, f"{call_id} {place}", name=calls[call_id])
            connection.close()

        def read(socket: Socket) -> None:
            for _ in range(50 * rounds):
                data = next_of(socket, "call_turn")["data"]
                got[data["callId"]].append(data["turn"]["message"])

        at_once(
            [lambda part=part: push(part) for part in range(4)] + [lambda each=each: read(each) for each in sockets]
        )

    assert got == {call_id: [f"{call_id} {place}" for place in range(rounds)] for call_id in ids}
