"""The running server: what bytes on the wire become, before any view sees them."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.calls.api.reading import add_recording
from tests.clients import logged_in
from tests.factories import make_call, make_contact, make_user, mp3_bytes
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.common.object_id import is_object_id


class Wire:
    """Requests as bytes, to one server, with one token."""

    def __init__(self, live_url: str, token: str) -> None:
        address = urlsplit(live_url)
        self.address = (address.hostname or "", address.port or 0)
        self.headers = f"Host: {address.netloc}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n".encode()

    def get(self, target: bytes, method: bytes = b"GET") -> tuple[int, Any]:
        """Status and decoded body."""
        with socket.create_connection(self.address, timeout=PATIENCE) as connection:
            connection.sendall(method + b" " + target + b" HTTP/1.1\r\n" + self.headers + b"\r\n")
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body) if body.startswith(b"{") else body


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


@pytest.fixture
def wire(live_url: str, user: User) -> Wire:
    token = logged_in(user).token
    assert token is not None
    return Wire(live_url, token)


def test_query_strings_of_all_kinds_are_answered(wire: Wire) -> None:
    for query in (
        b"q=%ff%fe",
        b"q=%C5%81uk",
        b"q=%zz%",
        b"q=100%",
        b"q=%u0041%u0042",
        b"limit=%31",
        b"limit=1&&offset=0&",
        b"fromNumber=+14165550100",
        b"startDate=2026-05-15T09:10:00+02:00",
        b"",
    ):
        status, body = wire.get(b"/api/calls/history?" + query)
        assert (status, body) == (200, {"success": True, "calls": [], "total": 0}), query


def test_query_strings_of_other_kinds_are_refused_by_name(wire: Wire) -> None:
    for query, path in [
        (b"q=%00%00", "q"),
        (b"q=" + b"%41" * 101, "q"),
        (b"limit=%ff", "limit"),
        (b"limit=1;offset=2", "limit"),
        (b"contactId=" + b"a" * 24 + b"%0A", "contactId"),
        (b"%ff=1", "\ufffd"),
        (b"%00=1", "\0"),
        (b"?", "?"),
        (b"=", ""),
        (b"&".join(b"a%d=1" % number for number in range(900)), "a0"),
    ]:
        status, body = wire.get(b"/api/calls/history?" + query)
        assert (status, body["error"]["details"][0]["path"]) == (400, path), query


def test_letters_that_nobody_escaped_are_refused_by_the_server(wire: Wire) -> None:
    for query in ("q=Łuk".encode(), b"q=caf\xe9", b"\xe9=1"):
        assert wire.get(b"/api/calls/history?" + query)[0] == 400


def test_a_contact_is_found_by_letters_of_any_script(wire: Wire, user: User) -> None:
    assert user.organization is not None
    call = make_call(user, contact=make_contact(user.organization, first_name="Łukasz"))

    status, body = wire.get(b"/api/calls/history?q=%C5%81uk")

    assert (status, [found["_id"] for found in body["calls"]]) == (200, [call.pk])


def test_paths_of_all_kinds_are_unknown(wire: Wire) -> None:
    for path in (
        b"/api/calls/%ff",
        b"/api/calls/\xe9",
        "/api/calls/é".encode(),
        b"/api/calls/%00",
        b"/api/calls/..%2f..%2fetc",
        b"/api/calls/" + b"a" * 24 + b"%0a",
        b"//api//calls//history",
        b"/api/calls/history%3Flimit=1",
        b"/media/recordings/%2e%2e%2fsecret_key",
        b"/static/../manage.py",
    ):
        status, body = wire.get(path)
        assert status in (400, 404), (path, status, body)


def test_a_whole_address_as_target_is_the_same_request(wire: Wire) -> None:
    assert wire.get(b"http://127.0.0.1/api/user/profile")[0] in (200, 400, 404)
    assert wire.get(b"/api/user/profile")[0] == 200


def test_head_has_the_headers_of_get_and_no_body(live_url: str, wire: Wire, user: User) -> None:
    headers = {"Authorization": f"Bearer {logged_in(user).token}"}
    whole, head = (
        requests.request(method, f"{live_url}/api/user/profile", headers=headers, timeout=PATIENCE)
        for method in ("GET", "HEAD")
    )

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.content))
    assert is_object_id(head.headers["X-Request-ID"])


def test_a_failure_leaves_the_connection_usable(live_url: str, wire: Wire, user: User) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {logged_in(user).token}"
        statuses = [
            session.get(f"{live_url}{path}", timeout=PATIENCE).status_code
            for path in ("/api/user/profile", "/api/nothing", "/api/calls/history?x=1", "/api/user/profile")
        ]

    assert statuses == [200, 404, 400, 200]


def test_a_player_seeks_in_a_recording_on_one_connection(live_url: str, wire: Wire, user: User) -> None:
    call = make_call(user)
    add_recording(call)
    _, answer = wire.get(f"/api/calls/{call.pk}/recording".encode())
    size = len(mp3_bytes())

    with requests.Session() as player:
        for asked, start, stop in [
            ("bytes=0-1", 0, 2),
            (f"bytes=0-{size - 1}", 0, size),
            ("bytes=-100", size - 100, size),
        ]:
            part = player.get(answer["audioUrl"], headers={"Range": asked}, timeout=PATIENCE)
            assert (part.status_code, part.content) == (206, mp3_bytes()[start:stop])
            assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"


def test_an_unknown_host_is_refused(live_url: str) -> None:
    answer = requests.get(f"{live_url}/api/user/profile", headers={"Host": "evil.example"}, timeout=PATIENCE)

    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
