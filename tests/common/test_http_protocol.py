"""The embedded server's HTTP, byte by byte."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing, suppress
from typing import Any

import pytest

from tests.waiting import PATIENCE, wait_until
from tether_calls.common import asgi, http_protocol
from tether_calls.common.http_protocol import MAX_HEAD_BYTES

HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
LOGIN = b"POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture
def address(live_url: str) -> tuple[str, int]:
    host, _, port = live_url.removeprefix("http://").partition(":")
    return host, int(port)


def answer(address: tuple[str, int], *pieces: bytes, says_no_more: bool = False) -> bytes:
    """What the server answers, as far as the head; empty when it just closes."""
    with closing(socket.create_connection(address, timeout=PATIENCE)) as connection, suppress(ConnectionError):
        for piece in pieces:
            connection.sendall(piece)
        if says_no_more:
            connection.shutdown(socket.SHUT_WR)
        return connection.recv(4096)
    return b""


def status(answer: bytes) -> bytes:
    return answer[9:12]


def test_a_head_of_an_ordinary_size_is_read(address: tuple[str, int]) -> None:
    assert status(answer(address, HEAD + b"X-Long: " + b"a" * 30_000 + b"\r\n\r\n")) == b"200"


def test_a_head_without_an_end_is_cut_off(address: tuple[str, int]) -> None:
    received = answer(address, HEAD + b"X-Long: ", *[b"a" * MAX_HEAD_BYTES] * 40)

    assert status(received) in (b"400", b"")


def test_a_long_body_is_no_head(address: tuple[str, int]) -> None:
    body = b'{"email": "' + b"a" * 3 * MAX_HEAD_BYTES + b'", "password": "-"}'
    head = LOGIN + b"Content-Length: %d\r\n\r\n" % len(body)

    for received in (answer(address, head, body), answer(address, head + body)):
        assert b"application/json" in received  # the application's answer, not the protocol's


def test_requests_in_one_piece_are_answered(address: tuple[str, int]) -> None:
    assert status(answer(address, (HEAD + b"\r\n") * 3)) == b"200"


def test_a_client_that_says_no_more_hears_the_answer(address: tuple[str, int]) -> None:
    assert status(answer(address, HEAD + b"\r\n", says_no_more=True)) == b"200"


def test_a_body_that_ends_too_early_ends_the_connection(address: tuple[str, int]) -> None:
    assert answer(address, LOGIN + b"Content-Length: 200\r\n\r\n{}", says_no_more=True) == b""


def test_a_length_over_the_limit_is_refused_before_the_body_comes(address: tuple[str, int]) -> None:
    assert status(answer(address, LOGIN + b"Content-Length: 900000000\r\n\r\n")) == b"413"


@pytest.mark.parametrize("path", [b"/healthz", b"/readyz", b"/media/recordings/x"])
def test_what_is_only_read_answers_other_methods_in_json(address: tuple[str, int], path: bytes) -> None:
    received = answer(address, b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")

    assert status(received) == b"405"
    assert b"application/json" in received


def test_a_head_that_does_not_come_ends_the_connection(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.05)

    assert answer(address) == b""
    assert answer(address, HEAD) == b""


def test_a_connection_more_than_may_be_open_is_ended(address: tuple[str, int], settings: Any) -> None:
    settings.TETHER_CONNECTIONS = 3
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(socket.create_connection(address, timeout=PATIENCE))
        wait_until(lambda: answer(address, HEAD + b"\r\n") == b"")

    wait_until(lambda: status(answer(address, HEAD + b"\r\n")) == b"200")


def test_a_body_that_comes_too_slowly_is_answered_408(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "_PIECE_SECONDS", 0.05)

    received = answer(address, LOGIN + b"Content-Length: 200\r\n\r\n{")

    assert status(received) == b"408"
    assert b"application/json" in received


@pytest.mark.parametrize(
    ("path", "takes"),
    [
        (b"/nothing", b"413"),
        (b"/api/auth/login", b"413"),
        (b"/api/webhook/elevenlabs/personalization", b"413"),
        (b"/api/webhook/elevenlabs", b"401"),
        (b"/api/calls/ingest", b"401"),
    ],
)
def test_large_bodies_are_for_the_two_paths_that_need_them(path: bytes, takes: bytes, address: tuple[str, int]) -> None:
    size = 3 * 1024 * 1024
    head = b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"

    received = answer(address, head + b"Content-Length: %d\r\n\r\n" % size, b"x" * size)

    assert status(received) == takes
