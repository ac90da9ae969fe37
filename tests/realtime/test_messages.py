"""What clients say on the socket, sense and nonsense."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.factories import make_user
from tests.realtime.sockets import happen, live, numbers_of, opened, opened_by
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens

pytestmark = live

TOO_BIG = 1009


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


def test_a_ping_is_answered(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say({"type": "ping"})
        assert socket.text() == '{"type":"pong"}'


def test_a_ping_may_be_binary(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say(b'{"type": "ping"}')
        assert socket.text() == '{"type":"pong"}'


@pytest.mark.parametrize("message", ['\ufeff{"type": "ping"}', BOM_UTF8 + b'{"type": "ping"}'], ids=["text", "binary"])
def test_a_byte_order_mark_in_front_is_skipped(message: str | bytes, live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say(message)
        assert socket.text() == '{"type":"pong"}'


def test_a_token_may_come_behind_a_byte_order_mark(live_url: str, user: User) -> None:
    with opened(live_url) as socket:
        socket.say("\ufeff" + json.dumps({"type": "authenticate", "token": issue_tokens(user).access}))
        assert socket.answers()


NONSENSE: dict[str, Any] = {
    "a byte order mark alone": "\ufeff",
    "two byte order marks": '\ufeff\ufeff{"type": "ping"}',
    "UTF-16": '{"type": "ping"}'.encode("utf-16"),
    "empty": "",
    "empty bytes": b"",
    "no JSON": "{",
    "text": "hello",
    "a list": "[]",
    "a number": "5",
    "null": "null",
    "no type": "{}",
    "a type that is no text": '{"type": 5}',
    "binary": bytes(range(256)),
    "bytes that are no UTF-8": b'{"type": "\xff"}',
    "lone surrogate": '{"type": "\\ud800"}',
    "deep": "[" * 60_000,
    "deep objects": '{"type":' * 8_000,
    "deep in a field that nobody reads": '{"type": "ping", "x": ' + "[" * 30_000,
}


@pytest.mark.parametrize("message", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_answered_with_an_error_and_the_socket_stays_open(message: Any, live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say(message)
        answer = socket.frame()
        assert (answer["type"], answer["code"]) == ("error", "MALFORMED_JSON")
        assert socket.answers()


@pytest.mark.parametrize("message", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_before_the_token_leaves_time_for_the_token(message: Any, live_url: str, user: User) -> None:
    with opened(live_url) as socket:
        socket.say(message)
        assert socket.frame()["type"] == "error"
        socket.say({"type": "authenticate", "token": issue_tokens(user).access})
        assert socket.answers()


@pytest.mark.parametrize("kind", ["", "subscribe", "PING", "\0", "x" * 1_000])
def test_an_unknown_type_is_answered_with_an_error(kind: str, live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say({"type": kind})
        answer = socket.frame()
        assert (answer["type"], answer["code"]) == ("error", "VALIDATION_ERROR")
        assert socket.answers()


def test_unknown_fields_are_ignored(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say({"type": "ping", "token": "x", "more": [1]})
        assert socket.text() == '{"type":"pong"}'


@pytest.mark.parametrize("message", ["x" * 65_537, b"x" * 1_000_000], ids=["text", "binary"])
def test_a_message_over_64_kb_closes_its_own_socket_only(message: Any, live_url: str, user: User) -> None:
    with opened_by(user, live_url) as bystander:
        with opened_by(user, live_url) as socket:
            with suppress(ConnectionClosed):  # while we are still sending
                socket.say(message)
            assert socket.close_code() == TOO_BIG
        happen(user, 1)
        assert numbers_of([bystander.frame()]) == [1]


def test_a_token_of_64_kb_is_refused_like_any_other(live_url: str) -> None:
    with opened(live_url) as socket:
        socket.say({"type": "authenticate", "token": "x" * 65_000})
        assert socket.close_code() == 4401


def test_many_messages_at_once_are_all_answered(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        for _ in range(200):
            socket.say({"type": "ping"})
        assert [socket.frame() for _ in range(200)] == [{"type": "pong"}] * 200


def test_a_client_that_vanishes_without_a_word_disturbs_nobody(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as bystander:
        with opened_by(user, live_url) as socket:
            socket.connection.socket.close()
        for number in range(3):
            happen(user, number)
        assert numbers_of([bystander.frame() for _ in range(3)]) == [0, 1, 2]
