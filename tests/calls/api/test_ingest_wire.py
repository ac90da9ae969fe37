"""POST /api/calls/ingest over a running server: how bodies arrive, and how those that are too large are answered."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pytest_django import Settings

from calls.api.ingest_body import ingest_body_limit
from calls.models import Call
from tests.calls.api.ingesting import INGEST, assert_is_answer_of_ingest, nothing_kept
from tests.clients import ApiClient
from tests.factories import ingest_body
from tests.waiting import PATIENCE

KILOBYTE = b" " * 1024


@pytest.fixture
def limit(settings: Settings) -> int:
    """A limit for bodies that is soon reached: 8 MB and a little."""
    settings.TETHER_RECORDING_MAX_BYTES = 3_000
    return ingest_body_limit()


def headers_of(vendor: ApiClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {vendor.token}", "Content-Type": "application/json"}


def post(live_url: str, vendor: ApiClient, body: Any, **headers: str) -> requests.Response:
    answer = requests.post(live_url + INGEST, data=body, headers={**headers_of(vendor), **headers}, timeout=PATIENCE)
    assert_is_answer_of_ingest(answer.status_code, answer.json())
    return answer


def padded(size: int) -> bytes:
    """A good call, with space behind it up to a size in bytes."""
    return json.dumps(ingest_body()).encode().ljust(size)


def in_pieces(body: bytes, size: int = 64 * 1024) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@contextmanager
def connected(live_url: str) -> Iterator[socket.socket]:
    address = urlsplit(live_url)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        yield connection


def head(vendor: ApiClient, **headers: str) -> bytes:
    lines = [f"POST {INGEST} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in {**headers_of(vendor), **headers}.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def read_answer(connection: socket.socket) -> tuple[int, Any]:
    """Status and body of the next answer on a connection."""
    with connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        fields = {}
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            fields[name.lower()] = value.strip()
        content = stream.read(int(fields.get("content-length", 0)))
    return status, json.loads(content) if content else None


def test_a_body_of_a_known_length_is_taken(live_url: str, vendor: ApiClient) -> None:
    assert post(live_url, vendor, padded(3_000_000)).status_code == 201


def test_a_body_in_chunks_is_taken(live_url: str, vendor: ApiClient) -> None:
    assert post(live_url, vendor, in_pieces(padded(3_000_000))).status_code == 201


def test_a_body_may_be_announced_before_it_is_sent(live_url: str, vendor: ApiClient) -> None:
    body = padded(3_000_000)
    with connected(live_url) as connection:
        connection.sendall(head(vendor, Content_Length=str(len(body)), Expect="100-continue"))
        assert read_answer(connection) == (100, None)
        connection.sendall(body)
        status, answer = read_answer(connection)

    assert status == 201
    assert_is_answer_of_ingest(status, answer)


def test_a_body_may_come_byte_by_byte(live_url: str, vendor: ApiClient) -> None:
    body = json.dumps(ingest_body()).encode()
    with connected(live_url) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in head(vendor, Content_Length=str(len(body))) + body:
            connection.sendall(bytes([byte]))
        assert read_answer(connection)[0] == 201


def test_an_empty_body_is_refused(live_url: str, vendor: ApiClient) -> None:
    assert post(live_url, vendor, b"").json()["error"] == "The request body is empty"


def test_no_body_at_all_is_refused(live_url: str, vendor: ApiClient) -> None:
    with connected(live_url) as connection:
        connection.sendall(head(vendor))
        status, answer = read_answer(connection)

    assert (status, answer["error"]) == (400, "The request body is empty")


def test_a_body_of_exactly_the_limit_is_taken(live_url: str, vendor: ApiClient, limit: int) -> None:
    assert post(live_url, vendor, padded(limit)).status_code == 201


def test_a_body_over_the_limit_is_413(live_url: str, vendor: ApiClient, limit: int) -> None:
    with nothing_kept():
        answer = post(live_url, vendor, padded(limit + 1))

    assert answer.status_code == 413
    assert answer.json()["error"] == f"The request body is larger than {limit} bytes"


def test_a_body_in_chunks_over_the_limit_is_413(live_url: str, vendor: ApiClient, limit: int) -> None:
    with nothing_kept():
        assert post(live_url, vendor, in_pieces(padded(limit + 1))).status_code == 413


def test_a_body_three_times_the_limit_is_answered_and_not_cut_off(live_url: str, vendor: ApiClient, limit: int) -> None:
    with nothing_kept():
        assert post(live_url, vendor, padded(3 * limit)).status_code == 413


def test_a_body_over_the_limit_that_is_announced_first_is_413(live_url: str, vendor: ApiClient, limit: int) -> None:
    body = padded(limit + 1)
    with nothing_kept(), connected(live_url) as connection:
        connection.sendall(head(vendor, Content_Length=str(len(body)), Expect="100-continue"))
        status, answer = read_answer(connection)
        if status == 100:
            connection.sendall(body)
            status, answer = read_answer(connection)

    assert status == 413
    assert_is_answer_of_ingest(status, answer)


def test_the_connection_goes_on_after_a_413(live_url: str, vendor: ApiClient, limit: int) -> None:
    good = padded(0)
    with connected(live_url) as connection:
        connection.sendall(head(vendor, Content_Length=str(limit + 1)) + padded(limit + 1))
        assert read_answer(connection)[0] == 413
        connection.sendall(head(vendor, Content_Length=str(len(good))) + good)
        assert read_answer(connection)[0] == 201


def test_who_may_not_send_is_answered_401_after_a_large_body(live_url: str) -> None:
    assert post(live_url, ApiClient("nonsense"), padded(3_000_000)).status_code == 401


def test_half_a_body_is_no_call(live_url: str, vendor: ApiClient) -> None:
    whole = padded(0)
    with connected(live_url) as connection:
        # All of the JSON is there, but not all of what was announced.
        connection.sendall(head(vendor, Content_Length=str(len(whole) + 1)) + whole)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

    time.sleep(0.3)  # nobody says when the server has given it up
    assert Call.objects.count() == 0


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "12,12", "99999999999999999999999"])
def test_a_length_that_is_none_is_no_fault_of_ours(live_url: str, vendor: ApiClient, length: str) -> None:
    with nothing_kept(), connected(live_url) as connection:
        connection.sendall(head(vendor, Content_Length=length) + padded(0))
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as stream:
            status_line = stream.readline()

    assert status_line == b"" or status_line.split()[1].startswith(b"4")


def test_ingest_over_the_wire_says_json_and_names_the_request(live_url: str, vendor: ApiClient) -> None:
    answer = post(live_url, vendor, json.dumps(ingest_body()).encode())

    assert answer.headers["Content-Type"] == "application/json"
    assert len(answer.headers["X-Request-ID"]) == 24
