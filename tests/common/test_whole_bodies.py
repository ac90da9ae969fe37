"""Bodies read whole, as both servers have them: the event loop of the embedded one, and WSGI in production."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from tether_calls.common import asgi, wsgi
from tether_calls.common.whole_body import IN_MEMORY

LIMIT = 10


@dataclass(frozen=True)
class Taken:
    """Status and document of the answer, bytes that were read, and the body that reached the application."""

    status: int
    document: Any
    read: int
    body: bytes | None


class Chunks:
    """A chunked body as it comes, piece by piece."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        piece = next(self._pieces, b"")
        self.count += len(piece)
        return piece


def by_wsgi(path: str, pieces: Iterable[bytes]) -> Taken:
    bodies: list[bytes] = []
    statuses: list[str] = []

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        bodies.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("200 OK", [])
        return [b"{}"]

    source = Chunks(pieces)
    environ = {"PATH_INFO": path, "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": source}
    answer = wsgi.WholeBodies(application, limit=lambda _path: LIMIT)(
        environ, lambda status, _: statuses.append(status)
    )
    (status,) = statuses
    return Taken(int(status.split()[0]), json.loads(b"".join(answer)), source.count, bodies[0] if bodies else None)


def by_asgi(path: str, pieces: Iterable[bytes]) -> Taken:
    bodies: list[bytes] = []
    sent: list[Any] = []
    source = Chunks(pieces)

    async def receive() -> dict[str, Any]:
        piece = source.read()
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: Any) -> None:
        sent.append(message)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"{}"})

    scope = {"path": path, "headers": [(b"transfer-encoding", b"chunked")], "query_string": b""}
    asyncio.run(asgi.WholeBodies(application, limit=lambda _path: LIMIT)(scope, receive, send))
    start, end = sent
    return Taken(start["status"], json.loads(end["body"]), source.count, bodies[0] if bodies else None)


@pytest.fixture(params=[by_wsgi, by_asgi], ids=["WSGI", "ASGI"])
def send(request: pytest.FixtureRequest) -> Any:
    """Sends a chunked body to a server that takes LIMIT bytes."""
    return request.param


Send = Callable[[str, Iterable[bytes]], Taken]


def test_a_body_within_the_limit_reaches_the_application(send: Send) -> None:
    assert send("/api/v1/calls", [b"12345", b"67890"]).body == b"1234567890"


def test_an_empty_body_reaches_the_application(send: Send) -> None:
    assert send("/api/v1/calls", []).body == b""


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/api/v1/calls", {"error": "payload_too_large"}),
        ("/api/calls/ingest", {"success": False, "code": "PAYLOAD_TOO_LARGE"}),
        ("/api/contacts", {"success": False, "code": "PAYLOAD_TOO_LARGE"}),
        ("/elsewhere", {"success": False, "code": "PAYLOAD_TOO_LARGE"}),
    ],
)
def test_one_over_the_limit_is_answered_in_the_envelope_of_its_api(
    send: Send, path: str, document: dict[str, Any]
) -> None:
    refused = send(path, [b"12345", b"67890", b"1"])

    assert (refused.status, refused.body) == (413, None)
    sentence = refused.document.pop("message", None) or refused.document.pop("error")
    assert (refused.document, sentence) == (document, "The request body is larger than 10 bytes")


def test_one_that_is_a_little_too_large_is_read_to_its_end(send: Send) -> None:
    """So that the client, which sends it whole, hears the answer."""
    assert send("/api/v1/calls", [b"12345"] * 8).read == 4 * LIMIT


def test_one_that_never_ends_is_not(send: Send) -> None:
    refused = send("/api/v1/calls", iter(lambda: b"12345", b""))

    assert (refused.status, refused.read) == (413, 4 * LIMIT + 5)


# ---- Bodies with a length, at a WSGI server ------------------------------------------------------------------------


def given_to_wsgi(source: Any, length: int | str, **more: Any) -> dict[str, Any]:
    """The environment that reaches the application; `read`: how much of the source was read by then; and `body`."""
    reached: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        reached.update(
            environ, read=source.count, body=b"".join(iter(lambda: environ["wsgi.input"].read(IN_MEMORY), b""))
        )
        start_response("200 OK", [])
        return [b"{}"]

    environ = {"PATH_INFO": "/api/calls/ingest", "CONTENT_LENGTH": str(length), "wsgi.input": source, **more}
    list(wsgi.WholeBodies(application, limit=lambda _path: 3 * IN_MEMORY)(environ, lambda *_: None))
    return reached


def test_a_large_body_is_here_before_the_application_runs() -> None:
    pieces = [b"a" * IN_MEMORY, b"b" * 10]

    reached = given_to_wsgi(Chunks(pieces), IN_MEMORY + 10)

    assert (reached["read"], reached["body"]) == (IN_MEMORY + 10, b"".join(pieces))
    assert reached["CONTENT_LENGTH"] == str(IN_MEMORY + 10)


def test_no_more_is_waited_for_than_its_length_says() -> None:
    assert given_to_wsgi(Chunks([b"a" * (IN_MEMORY + 1), b"the next request"]), IN_MEMORY + 1)["read"] == IN_MEMORY + 1


@pytest.mark.parametrize(
    "length", ["10", "", "ten", str(4 * IN_MEMORY)], ids=["small", "none", "no number", "too large"]
)
def test_any_other_body_is_left_to_the_application(length: str) -> None:
    assert given_to_wsgi(Chunks([b"0123456789"]), length)["read"] == 0


def test_one_that_is_here_already_is_not_read_again() -> None:
    assert given_to_wsgi(Chunks([b"a" * 2 * IN_MEMORY]), 2 * IN_MEMORY, **{wsgi.IS_HERE: True})["read"] == 0


def test_one_whose_client_hangs_up_is_what_there_is_of_it() -> None:
    class HangingUp(Chunks):
        def read(self, size: int = -1) -> bytes:
            if self.count:
                raise OSError("the client has gone")
            return super().read(size)

    assert given_to_wsgi(HangingUp([b"a" * IN_MEMORY]), 2 * IN_MEMORY)["body"] == b"a" * IN_MEMORY
