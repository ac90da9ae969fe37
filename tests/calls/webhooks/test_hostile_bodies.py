"""What a stranger sends costs its own size, not that of what could be made of it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest
from django.utils import timezone

from calls.providers.bodies import PayloadError, parse_json, peek
from calls.providers.elevenlabs.deliveries import ElevenLabsEvents
from calls.providers.endpoint import JSON, Incoming, SenderNames
from tests.calls.webhooks.elevenlabs_office import EVENTS, PERSONALIZATION, deliver, make_account
from tests.clients import ApiClient
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

MEGABYTE = 1024 * 1024
BOMBS: dict[str, Callable[[int], bytes]] = {
    "objects in a list": lambda size: b"[" + b'{"":0},' * (size // 7) + b"0]",
    "objects in an event": lambda size: b'{"type":"x","data":{"a":[' + b'{"":0},' * (size // 7) + b"0]}}",
    "names of an event": lambda size: (
        b'{"type":"x","data":{' + b",".join(b'"%d":0' % number for number in range(size // 12)) + b"}}"
    ),
    "lists in lists": lambda size: b'{"type":"x","data":' + b"[" * size,
    "empty lists": lambda size: b'{"metadata":[' + b"[]," * (size // 3) + b"0]}",
    "a long name": lambda size: b'{"type":"x","data":{"conversation_id":"' + b"a" * size + b'"}}',
    "numbers": lambda size: b'{"user_id":[' + b"1.5," * (size // 4) + b"1]}",
}


def peak_of(work: Callable[[], object]) -> int:
    """Bytes that were allocated at once, beyond those that were there."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("path", [EVENTS, PERSONALIZATION])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_body_that_is_not_signed_costs_less_than_three_times_its_size(bomb: str, path: str, user: User) -> None:
    make_account(user)
    size = 4 * MEGABYTE if path == EVENTS else MEGABYTE - 100
    body = BOMBS[bomb](size)[:size]
    ApiClient().post(path, b"{}")  # what is made at the first request
    answers = []

    peak = peak_of(lambda: answers.append(ApiClient().post(path, body)))

    assert answers[0].status == 401
    assert peak < 3 * size + MEGABYTE


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/refresh", "/api/auth/logout"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_no_more_does_a_body_that_anybody_may_send(bomb: str, path: str) -> None:
    size = MEGABYTE - 100
    body = BOMBS[bomb](size)[:size]
    ApiClient().post(path, b"{}")  # what is made at the first request
    answers = []

    peak = peak_of(lambda: answers.append(ApiClient().post(path, body)))

    assert answers[0].status == 400
    assert peak < 3 * size + MEGABYTE


@pytest.mark.parametrize(("values", "status"), [(20_000, 401), (20_002, 400)])
def test_a_body_has_so_many_values(values: int, status: int, user: User) -> None:
    more = b",".join([b"0"] * (values - 2))
    body = b'{"email": "nobody@example.com", "password": "-", "more": [' + more + b"]}"

    assert ApiClient().post("/api/auth/login", body).status == status


def test_no_name_is_looked_for_in_a_body_that_is_refused_by_its_size() -> None:
    """To look takes its time over each value, and no other thread runs meanwhile."""
    named = b'{"type":"x","data":{"conversation_id":"conv_1","a":[%s0]}}'
    asked = {
        values: ElevenLabsEvents().sender(
            Incoming(url="", content_type=JSON, headers={}, body=named % (b"0," * values), received_at=timezone.now())
        )
        for values in (100, 300_000)
    }

    assert asked[100] == SenderNames(provider_call_id="conv_1")
    assert asked[300_000] == SenderNames()


def test_a_signed_body_with_more_values_than_any_conversation_is_refused(user: User) -> None:
    make_account(user)

    body = b'{"type":"x","data":{"a":[' + b"0," * 300_000 + b"0]}}"

    answer = deliver(body)

    assert answer.status == 400


def test_values_are_counted_before_they_are_made() -> None:
    body = BOMBS["objects in a list"](4 * MEGABYTE)

    def parse() -> None:
        with pytest.raises(PayloadError):
            parse_json(body)

    assert peak_of(parse) < MEGABYTE


def test_a_peek_finds_names_and_leaves_the_rest() -> None:
    body = b'{"a": "x", "b": {"c": [1, 2]}, "d": null, "e": "' + b"y" * 2000 + b'", "f": 7}'

    found = peek(body, "a", "b", "d", "e", "f", "g")

    assert (found["a"], found["d"], found["e"], found["f"], found["g"]) == ("x", None, None, 7, None)
    assert peek(found["b"], "c")["c"] is not None
