"""HTTP servers for tests: each path answers as it was told to, well or badly.

with TargetServer({"/call.mp3": b"sound", "/moved": redirect("/call.mp3"), "/slow": stall()}) as target:
    fetch(target.url("/call.mp3"), ...)
    assert target.requests[0].headers["user-agent"] == "TetherCalls/1.0"
"""

import contextlib
import itertools
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from tests.waiting import PATIENCE

# Writes an answer to the socket, and may take its time until the event says that the server stops.
Answer = Callable[[socket.socket, Event], None]

TLS_NAME = "calls.example"
# A key for tests, made with: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes
#   -days 36500 -subj /CN=calls.example -addext subjectAltName=DNS:calls.example
_TLS_KEY = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNBM2vTG/SPUsN4jX
iwww6Xz+wOmiBKqK335EwbTPd/ehRANCAASil0xqKp5i+ERLzwCJ/dvzKe3M7F0x
1jtF8hdHlELx6UMKYUpEYWLg9/7YJPQ+abIymD9R/qS2MAglCtnG9QS+
-----END PRIVATE KEY-----
"""
TLS_CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUbPrBP3se8q//Ftk0hrPO6X78QWkwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNY2FsbHMuZXhhbXBsZTAgFw0yNjExMjExMzA1NTRaGA8yMTI2
MTAyODEzMDU1NFowGDEWMBQGA1UEAwwNY2FsbHMuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABKKXTGoqnmL4REvPAIn92/Mp7czsXTHWO0XyF0eUQvHp
QwphSkRhYuD3/tgk9D5psjKYP1H+pLYwCCUK2cb1BL6jbTBrMB0GA1UdDgQWBBQ1
sNjh6GZt+lIKOhTYSlrBRKCS0DAfBgNVHSMEGDAWgBQ1sNjh6GZt+lIKOhTYSlrB
RKCS0DAYBgNVHREEETAPgg1jYWxscy5leGFtcGxlMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIgXdl7XfPJGIdBZ5AAnO7raVERvCXTVBDA+EzFvre5
PLICIQCKAfRjxcizLtmhJuKncKOAr4YesS6FL7upJf9H2f0naw==
-----END CERTIFICATE-----
"""


def answer(content: bytes, *, status: int = 200, **headers: str) -> Answer:
    """The content with a true Content-Length; content_type="audio/mpeg" becomes a header."""
    return raw(_head(status, {"Content-Length": str(len(content)), **_lines(headers)}) + content)


def _lines(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


def redirect(location: str, *, status: int = 302, content: bytes = b"") -> Answer:
    return answer(content, status=status, location=location)


def promise(length: int, content: bytes) -> Answer:
    """A Content-Length that says one thing, and a body that is another."""
    return raw(_head(200, {"Content-Length": str(length)}) + content)


def until_close(content: bytes) -> Answer:
    """A body without any length, which ends with the connection."""
    return raw(_head(200, {}) + content)


def chunks(*contents: bytes, end: bytes = b"0\r\n\r\n", **headers: str) -> Answer:
    body = b"".join(b"%x\r\n%b\r\n" % (len(content), content) for content in contents)
    return raw(_head(200, {"Transfer-Encoding": "chunked", **_lines(headers)}) + body + end)


def endless_chunks(content: bytes = b"x" * 4_096) -> Answer:
    def write(connection: socket.socket, stopped: Event) -> None:
        chunks(end=b"")(connection, stopped)
        while not stopped.is_set():
            connection.sendall(b"%x\r\n%b\r\n" % (len(content), content))

    return write


def endless(start: bytes, content: bytes) -> Answer:
    """The start once, then the content over and over."""

    def write(connection: socket.socket, stopped: Event) -> None:
        connection.sendall(start)
        while not stopped.is_set():
            connection.sendall(content)

    return write


def drip(content: bytes, *, seconds: float = 1.0, start: bytes | None = None) -> Answer:
    """The start (by default a good head) at once, then the content byte by byte, with a pause after each."""

    def write(connection: socket.socket, stopped: Event) -> None:
        connection.sendall(_head(200, {"Content-Length": str(len(content))}) if start is None else start)
        for position in range(len(content)):
            connection.sendall(content[position : position + 1])
            if stopped.wait(seconds):
                return

    return write


def stall() -> Answer:
    """Accepts, reads the request, never answers."""

    def write(_connection: socket.socket, stopped: Event) -> None:
        stopped.wait()

    return write


def stall_until(over: Event) -> Answer:
    """Answers nothing until the event, and then hangs up."""

    def write(_connection: socket.socket, stopped: Event) -> None:
        while not (over.is_set() or stopped.wait(0.01)):
            pass

    return write


def counted(told: Answer, *, then: Callable[[int], object]) -> Answer:
    """Answers as it was told to, after `then` was called with how many requests there were, this one included."""
    numbers = itertools.count(1)

    def write(connection: socket.socket, stopped: Event) -> None:
        then(next(numbers))
        told(connection, stopped)

    return write


def raw(content: bytes) -> Answer:
    """These bytes and nothing else, then the end of the connection."""
    return lambda connection, _stopped: connection.sendall(content)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} As Told", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass(frozen=True)
class SeenRequest:
    """A request as it arrived; names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


class TargetServer:
    """An HTTP server on 127.0.0.1; paths are looked up without their query, bytes are sent as they are."""

    def __init__(self, routes: Mapping[str, bytes | Answer], *, tls: bool = False) -> None:
        self.routes = dict(routes)
        self.requests: list[SeenRequest] = []
        self._scheme = "https" if tls else "http"
        self._tls = _tls_context() if tls else None
        self._stopped = Event()
        self._threads: list[Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"{self._scheme}://{self.host}{path}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        # Closing alone does not wake a thread that waits in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=2)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._stopped.is_set():
                self._start(self._serve, self._listener.accept()[0])

    def _serve(self, plain: socket.socket) -> None:
        # The other side hangs up on most of what is sent here; ValueError: it did not speak HTTP.
        with plain, contextlib.suppress(OSError, ValueError):
            plain.settimeout(PATIENCE)
            if self._tls is None and plain.recv(1, socket.MSG_PEEK) == b"\x16":
                # A TLS handshake; plain servers complain in plain text, and have no line to wait for.
                plain.recv(65_536)
                plain.sendall(_head(400, {}))
                return
            connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            with connection:
                request = self._read_request(connection)
                self.requests.append(request)
                told = self.routes.get(request.path.partition("?")[0], answer(b"", status=404))
                (answer(told) if isinstance(told, bytes) else told)(connection, self._stopped)
                connection.shutdown(socket.SHUT_WR)

    @staticmethod
    def _read_request(connection: socket.socket) -> SeenRequest:
        with connection.makefile("rb") as stream:
            method, path, _version = stream.readline().decode("latin-1").split()
            headers = dict(_headers(iter(stream.readline, b"\r\n")))
            return SeenRequest(method, path, headers, stream.read(int(headers.get("content-length", "0"))))


def _headers(lines: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.decode("latin-1").partition(":")
        yield name.strip().lower(), value.strip()


def _tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder) / "pair.pem"
        pair.write_text(_TLS_KEY + TLS_CERTIFICATE)
        context.load_cert_chain(pair)
    return context
