"""ASGI in front of the WSGI threads: a request takes a thread only when its body is here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import IO, Any
from urllib.parse import quote_from_bytes

from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.whole_body import CHUNK, Refusal, TooLarge, WholeBody
from tether_calls.common.wsgi import IS_HERE

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


# In the scope: the body as a file, for an application that may read it so.
_BODY = "tether.body"
# Between two pieces of a body, seconds.
_PIECE_SECONDS = 30.0


class _ClientGone(Exception):
    """The connection ended within the body: there is no client to answer, and half a request is none."""


class WholeBodies:
    """Reads each body in the event loop (to a temporary file past 1 MB), so that slow clients occupy no thread.

    A body over `limit` bytes is answered 413 here. What WSGI cannot take is mended: a chunked body gets its length,
    a query string that is not ASCII is quoted, headers with an underscore (which WSGI cannot tell from a hyphen) go.
    """

    def __init__(self, application: Any, *, limit: Callable[[str], int]) -> None:
        self._application = application
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
        names = {name for name, _ in headers}
        body: WholeBody | None = None
        if b"content-length" in names or b"transfer-encoding" in names:
            limit = self._limit(scope["path"])
            if _declared(headers) > limit:
                # Before the body is here; the server reads on and throws it away, so the client hears the answer.
                await _too_large(scope["path"], limit, send)
                return
            try:
                body = await _read(receive, limit)
            except _ClientGone:
                return
            except TimeoutError:
                await _answer(Refusal(scope["path"], TetherError(ErrorCode.REQUEST_TIMEOUT)), send)
                return
            if body.is_too_large:
                body.close()
                await _too_large(scope["path"], limit, send)
                return
            headers = [pair for pair in headers if pair[0] not in (b"content-length", b"transfer-encoding")]
            headers.append((b"content-length", str(body.size).encode()))
        query = quote_from_bytes(scope["query_string"], safe="%/:?#[]@!$&'()*+,;=-._~").encode()
        inner = {**scope, "headers": headers, "query_string": query, _BODY: body.file() if body else None}
        try:
            await self._application(inner, _replay(body.file() if body else None), _unless_gone(send))
        finally:
            if body is not None:
                body.close()


def read_by_threads(application: Callable[..., Any]) -> Callable[..., Any]:
    """A WSGI application that reads the body from its file: piece by piece through the loop it would be there twice."""

    def call(environ: MutableMapping[str, Any], start_response: Any) -> Any:
        body = environ["asgi.scope"].get(_BODY)
        if body is not None:
            environ["wsgi.input"], environ[IS_HERE] = body, True
        return application(environ, start_response)

    return call


async def _read(receive: Receive, limit: int) -> WholeBody:
    """The body, which the caller closes. Raises _ClientGone, and TimeoutError where it comes too slowly."""
    body, more, began = WholeBody(limit=limit), True, time.monotonic()
    try:
        while more:
            patience = min(_PIECE_SECONDS, body.seconds_allowed - (time.monotonic() - began))
            message = await asyncio.wait_for(receive(), max(patience, 0.0))
            if message["type"] == "http.disconnect":
                raise _ClientGone
            more = body.add(message.get("body", b"")) and message.get("more_body", False)
    except BaseException:
        body.close()
        raise
    return body


def _declared(headers: list[tuple[bytes, bytes]]) -> int:
    """What Content-Length says; 0 without one. The server has refused what is no number."""
    return next((int(value) for name, value in headers if name == b"content-length"), 0)


def _unless_gone(send: Send) -> Send:
    """Swallows sends after the client has gone, so that the view neither waits nor fails because of that."""
    gone = False

    async def quietly(message: Message) -> None:
        nonlocal gone
        if not gone:
            try:
                await send(message)
            except (RuntimeError, OSError):  # uvloop's "the handler is closed"
                gone = True

    return quietly


def _replay(body: IO[bytes] | None) -> Receive:
    async def receive() -> Message:
        chunk = body.read(CHUNK) if body is not None else b""
        return {"type": "http.request", "body": chunk, "more_body": len(chunk) == CHUNK}

    return receive


async def _too_large(path: str, limit: int, send: Send) -> None:
    await _answer(TooLarge(path, limit=limit), send)


async def _answer(answer: Refusal, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
