"""What every client does with answers, good and bad. Inherit, and say how the provider is asked.

Real servers on 127.0.0.1; each answers as it is told to and notes what it was asked.
"""

from __future__ import annotations

import gzip
import logging
import socket
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from calls.providers.errors import ProviderError, ProviderProblem
from tests.calls.providers.bodies import body
from tests.http_targets import Answer, TargetServer, answer, drip, endless, promise, raw, redirect, stall
from tests.unhurried import HOUR, hold_the_clock_of_requests
from tether_calls.common.http import FetchLimits

LIMITS = FetchLimits(connect_seconds=HOUR, read_seconds=HOUR, total_seconds=HOUR, max_bytes=100_000)
HURRIED = replace(LIMITS, read_seconds=0.3, total_seconds=0.5)

STATUSES = {
    301: ProviderProblem.BAD_ANSWER,
    307: ProviderProblem.BAD_ANSWER,
    400: ProviderProblem.REFUSED,
    401: ProviderProblem.UNAUTHORIZED,
    402: ProviderProblem.REFUSED,
    403: ProviderProblem.UNAUTHORIZED,
    404: ProviderProblem.NOT_FOUND,
    408: ProviderProblem.UNKNOWN,
    409: ProviderProblem.REFUSED,
    422: ProviderProblem.REFUSED,
    429: ProviderProblem.BUSY,
    500: ProviderProblem.UNKNOWN,
    501: ProviderProblem.UNKNOWN,
    502: ProviderProblem.UNKNOWN,
    503: ProviderProblem.UNKNOWN,
    504: ProviderProblem.UNKNOWN,
    520: ProviderProblem.UNKNOWN,
}
# A look-up begins nothing, so that its provider is only away.
OF_LOOK_UPS = dict.fromkeys((500, 501, 503, 520), ProviderProblem.UNAVAILABLE)
HTML = b"<!doctype html><title>Maintenance</title>"
NOT_THE_PROTOCOL = {
    "HTML": HTML,
    "an empty body": b"",
    "null": b"null",
    "a list": b"[]",
    "a sentence": b'"done"',
    "an object without what it should have": b"{}",
    "half of an object": b'{"success": true, "conv',
    "bytes that are no text": b'{"a": "\xff"}',
    "nesting without end": b"[" * 50_000,
    "a number too long to be one": b"9" * 50_000,
}


class Servers:
    """Starts servers that end with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, path: str, told: bytes | Answer, *, tls: bool = False) -> TargetServer:
        return self._stack.enter_context(TargetServer({path: told}, tls=tls))


class ClientContract:
    # The paths of the two requests below.
    acting_path: str
    asking_path: str
    # What ends up in no log: secrets, numbers.
    unspeakable: tuple[str, ...]
    # An answer to the look-up that is good.
    good: bytes
    # Error bodies, by file name, and the code that is found in them.
    errors: dict[str, tuple[int, str]]

    def act(self, base_url: str, limits: FetchLimits) -> object:
        """A request that begins or ends something."""
        raise NotImplementedError

    def ask(self, base_url: str, limits: FetchLimits) -> object:
        """A look-up, whose answer is an object."""
        raise NotImplementedError

    def ask_unconfigured(self, base_url: str) -> object:
        raise NotImplementedError

    def ask_with_a_key_that_no_header_can_hold(self, base_url: str) -> object:
        raise NotImplementedError

    @pytest.fixture
    def serve(self) -> Iterator[Servers]:
        with ExitStack() as stack:
            yield Servers(stack)

    def acting(self, base_url: str, limits: FetchLimits = LIMITS) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            self.act(base_url, limits)
        return caught.value

    def asking(self, base_url: str, limits: FetchLimits = LIMITS) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            self.ask(base_url, limits)
        return caught.value

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_status_has_its_row(self, serve: Servers, status: int) -> None:
        told = redirect("/elsewhere", status=status) if status < 400 else answer(b"{}", status=status)
        acted, asked = serve(self.acting_path, told), serve(self.asking_path, told)
        error = self.acting(acted.url(""))
        assert (error.problem, error.status) == (STATUSES[status], status)
        error = self.asking(asked.url(""))
        assert (error.problem, error.status) == (OF_LOOK_UPS.get(status, STATUSES[status]), status)
        assert len(acted.requests) == len(asked.requests) == 1

    def test_it_finds_the_providers_own_code(self, serve: Servers) -> None:
        for name, (status, code) in self.errors.items():
            target = serve(self.acting_path, answer(body(name), status=status))
            error = self.acting(target.url(""))
            assert (error.problem, error.reason) == (STATUSES[status], code), name

    @pytest.mark.parametrize("content", [HTML, b"", b"[]", b"null", b'{"detail": {"status": 7}}', b"\xff" * 200_000])
    def test_an_error_in_any_form_is_an_error(self, serve: Servers, content: bytes) -> None:
        target = serve(self.acting_path, answer(content, status=422))
        assert self.acting(target.url("")).problem is ProviderProblem.REFUSED

    @pytest.mark.parametrize("name", NOT_THE_PROTOCOL)
    def test_what_is_not_the_protocol_is_a_bad_answer(self, serve: Servers, name: str) -> None:
        target = serve(self.asking_path, answer(NOT_THE_PROTOCOL[name]))
        error = self.asking(target.url(""))
        assert error.problem is ProviderProblem.BAD_ANSWER
        assert error.is_undecided
        assert len(target.requests) == 1

    def test_a_page_where_something_was_begun_is_a_bad_answer(self, serve: Servers) -> None:
        target = serve(self.acting_path, answer(HTML))
        assert self.acting(target.url("")).problem is ProviderProblem.BAD_ANSWER

    def test_an_answer_that_is_too_large_is_a_bad_answer(self, serve: Servers) -> None:
        target = serve(self.asking_path, endless(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", b" " * 10_000))
        assert self.asking(target.url("")).problem is ProviderProblem.BAD_ANSWER

    @pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
    def test_a_compressed_answer_is_understood(
        self, serve: Servers, encoding: str, compress: Callable[[bytes], bytes]
    ) -> None:
        plain = serve(self.asking_path, answer(self.good))
        packed = serve(self.asking_path, answer(compress(self.good), content_encoding=encoding))
        assert self.ask(packed.url(""), LIMITS) == self.ask(plain.url(""), LIMITS)

    def test_it_finds_the_providers_own_code_in_a_compressed_error(self, serve: Servers) -> None:
        name, (status, code) = next(iter(self.errors.items()))
        packed = answer(gzip.compress(body(name)), status=status, content_encoding="gzip")
        assert self.acting(serve(self.acting_path, packed).url("")).reason == code

    @pytest.mark.parametrize("status", [200, 500])
    def test_an_answer_that_gets_too_large_when_it_is_undone_is_not_undone(self, serve: Servers, status: int) -> None:
        bomb = gzip.compress(bytes(500 * LIMITS.max_bytes))
        assert len(bomb) < LIMITS.max_bytes
        target = serve(self.asking_path, answer(bomb, status=status, content_encoding="gzip"))
        tracemalloc.start()
        try:
            error = self.asking(target.url(""))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        expected = ProviderProblem.BAD_ANSWER if status == 200 else OF_LOOK_UPS[status]
        assert (error.problem, error.reason) == (expected, "too_large" if status == 200 else "")
        assert peak < 30 * LIMITS.max_bytes

    @pytest.mark.parametrize(
        ("encoding", "reason"),
        [("br", "compressed"), ("gzip, gzip", "compressed"), ("zstd", "compressed"), ("gzip", "bad_response")],
    )
    def test_an_answer_that_cannot_be_undone_is_a_bad_answer(self, serve: Servers, encoding: str, reason: str) -> None:
        target = serve(self.asking_path, answer(gzip.compress(self.good)[:-9], content_encoding=encoding))
        error = self.asking(target.url(""))
        assert (error.problem, error.reason) == (ProviderProblem.BAD_ANSWER, reason)
        assert error.is_undecided

    @pytest.mark.parametrize(
        "told",
        [raw(b""), raw(b"HTTP/1.1 200"), raw(b"nonsense\r\n\r\n"), promise(100, b'{"success"')],
        ids=["nothing", "half a head", "no HTTP", "half a body"],
    )
    def test_a_connection_that_breaks_leaves_it_unknown(self, serve: Servers, told: Answer) -> None:
        target = serve(self.acting_path, told)
        error = self.acting(target.url(""))
        assert error.problem is ProviderProblem.UNKNOWN
        assert error.is_undecided
        assert len(target.requests) == 1

    @pytest.mark.parametrize(
        "told",
        [stall(), drip(b"{}" * 50, seconds=0.1), drip(b"HTTP/1.1 200 OK", seconds=0.1, start=b"")],
        ids=["no answer", "a body byte by byte", "a head byte by byte"],
    )
    def test_a_time_out_after_sending_leaves_it_unknown(
        self, serve: Servers, told: Answer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target = serve(self.acting_path, told)
        hold_the_clock_of_requests(monkeypatch, begins=lambda: target.requests)
        assert self.acting(target.url(""), HURRIED).problem is ProviderProblem.UNKNOWN
        assert len(target.requests) == 1

    def test_without_a_connection_nothing_was_begun(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        error = self.acting(f"http://127.0.0.1:{port}")
        assert error.problem is ProviderProblem.UNAVAILABLE
        assert not error.is_undecided

    def test_without_an_address_nothing_was_begun(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def getaddrinfo(*_args: object, **_kwargs: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        assert self.acting("https://provider.example").problem is ProviderProblem.UNAVAILABLE

    def test_without_a_trusted_certificate_nothing_was_sent(self, serve: Servers) -> None:
        target = serve(self.acting_path, answer(self.good), tls=True)
        assert self.acting(target.url("")).problem is ProviderProblem.UNAVAILABLE
        assert target.requests == []

    def test_a_handshake_that_does_not_end_is_given_up_and_nothing_was_sent(self) -> None:
        # The system accepts the connection; nobody speaks there.
        with socket.create_server(("127.0.0.1", 0)) as server:
            error = self.acting(f"https://127.0.0.1:{server.getsockname()[1]}", HURRIED)
        assert error.problem is ProviderProblem.UNAVAILABLE

    def test_without_credentials_nothing_is_sent(self, serve: Servers) -> None:
        target = serve(self.asking_path, answer(self.good))
        for ask in (self.ask_unconfigured, self.ask_with_a_key_that_no_header_can_hold):
            with pytest.raises(ProviderError) as caught:
                ask(target.url(""))
            assert caught.value.problem is ProviderProblem.NOT_CONFIGURED
        assert target.requests == []

    @pytest.mark.parametrize(
        "base_url", ["", "calls.example", "https://", "ftp://127.0.0.1", "http://[::1", "http://a..b"]
    )
    def test_a_base_url_that_is_none_is_no_configuration(self, base_url: str) -> None:
        assert self.acting(base_url).problem is ProviderProblem.NOT_CONFIGURED

    def test_nothing_is_taken_from_the_environment(self, serve: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9/")
        target = serve(self.asking_path, answer(self.good))
        self.ask(target.url(""), LIMITS)
        headers = target.requests[0].headers
        assert headers["user-agent"] == "TetherCalls/1.0"
        assert "cookie" not in headers

    def test_neither_errors_nor_logs_hold_a_secret_or_a_number(
        self, serve: Servers, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        seen: list[str] = []
        for name, (status, _) in self.errors.items():
            error = self.acting(serve(self.acting_path, answer(body(name), status=status)).url(""))
            seen += [str(error), repr(error), error.reason]
        seen.append(str(self.acting(serve(self.acting_path, raw(b"")).url(""))))
        for text in (*seen, caplog.text):
            assert not [secret for secret in self.unspeakable if secret in text]
        assert len(caplog.records) == len(self.errors) + 1
