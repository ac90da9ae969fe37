import io
import socket
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from tests.common.fetching import HURRIED, LIMITS, Serve, body_of, exempting, problem_of
from tests.http_targets import (
    TLS_CERTIFICATE,
    TLS_NAME,
    Answer,
    TargetServer,
    answer,
    chunks,
    drip,
    endless,
    endless_chunks,
    promise,
    raw,
    redirect,
    stall,
    until_close,
)
from tether_calls.common.http import FetchError, FetchProblem, fetch, post

PUBLIC_ADDRESS = "93.184.216.34"

# fmt: off
HOSTILE_URLS = [
    "", "x", "/x", "//example.com/", "http:", "http://", "http:///x", "http:/example.com",
    "http:example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
    "javascript:alert(1)", "http://user:password@example.com/", "http://user@example.com/",
    "http://@example.com/", "http://example.com\\@10.0.0.1/", "http://example.com/\\x",
    "http://exa mple.com/", "http://example.com/a b", " http://example.com/", "http://example.com/ ",
    "http://example.com/\r\nHost: x", "http://example.com/\x00", "http://example.com\t/",
    "ht\ntp://example.com/", "http://example.com/\x7f", "http://example.com/é", "http://exämple.com/",
    "http://\uff11\uff12\uff17.0.0.1/", "http://127。0。0。1/", "http://ⓔxample.com/", "http://\ud800/",
    "http\u017f://example.com/", "http://\u212aexample.com/",
    "http://xn--/" + "x" * 2_048, "http://example.com/" + "x" * 2_030,
    "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://0177.0.0.1/",
    "http://127.0.0.1./", "http://0x7f.1/", "http://1.0x7f/", "http://0x/", "http://1.2.3.4.5/",
    "http://256.1.1.1/", "http://0/", "http://example.com./", "http://.example.com/", "http://a..b/",
    "http://under_score.example.com/", "http://-a.example.com/", "http://a-.example.com/",
    "http://%31.example.com/", "http://*.example.com/", "http://" + "a" * 64 + ".com/",
    "http://" + ".".join(["a" * 60] * 5) + "/", "http://[::1/", "http://::1/", "http://[]/",
    "http://[::g]/", "http://[fe80::1%25eth0]/", "http://[v1.x]/", "http://[::1]x/",
    "http://[1.2.3.4]/", "http://example.com:/", "http://example.com:0/", "http://example.com:65536/",
    "http://example.com:-1/", "http://example.com:\uff18\uff10/", "http://example.com:80:80/",
]
PRIVATE_HOSTS = [
    "0.0.0.0", "0.1.2.3",  # noqa: S104
    "10.0.0.5", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "[::]", "[::1]", "[::7f00:1]", "[::127.0.0.1]",
    "[::ffff:127.0.0.1]", "[::ffff:0:127.0.0.1]", "[100::1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]",
    "[2001::1]", "[2001:10::1]", "[2001:20::1]", "[2001:db8::1]", "[2002:7f00:1::]", "[3fff::1]",
    "[4000::1]", "[5f00::1]", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "[ff02::1]",
]
# fmt: on

# What a name resolves to: at its first look-up, at its second, and so on (the last one again and again).
Names = dict[str, list[str]]


class FakeInternet:
    """Names resolve as told; whoever connects to PUBLIC_ADDRESS arrives at 127.0.0.1."""

    def __init__(self) -> None:
        self.names: Names = {}
        self.looked_up: list[str] = []

    def getaddrinfo(self, host: str, port: int, *_args: Any, **_kwargs: Any) -> list[Any]:
        self.looked_up.append(host)
        if host == PUBLIC_ADDRESS:
            address = "127.0.0.1"
        elif host in self.names:
            answers = self.names[host]
            address = answers.pop(0) if len(answers) > 1 else answers[0]
        else:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        place = (address, port, 0, 0) if ":" in address else (address, port)
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)]


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> FakeInternet:
    fake = FakeInternet()
    monkeypatch.setattr(socket, "getaddrinfo", fake.getaddrinfo)
    return fake


@pytest.fixture
def trusted(internet: FakeInternet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeInternet:
    """An internet in which the certificate of TLS_NAME is vouched for."""
    authority = tmp_path / "authority.pem"
    authority.write_text(TLS_CERTIFICATE)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(authority))
    internet.names[TLS_NAME] = [PUBLIC_ADDRESS]
    return internet


class TestFetching:
    def test_it_writes_the_body_and_tells_what_it_was(self, serve: Serve) -> None:
        target = serve({"/call.mp3": answer(b"sound", content_type="Audio/MPEG; rate=8000")})
        into = io.BytesIO()
        fetched = fetch(target.url("/call.mp3?sign=1#t"), into=into, limits=exempting(target))
        assert into.getvalue() == b"sound"
        assert (fetched.size, fetched.content_type) == (5, "audio/mpeg")
        assert target.requests[0].path == "/call.mp3?sign=1"

    @pytest.mark.parametrize("told", [b"", chunks(b"so", b"und"), until_close(b"sound"), drip(b"sound", seconds=0.01)])
    def test_it_takes_a_body_however_its_length_is_told(self, serve: Serve, told: bytes | Answer) -> None:
        target = serve({"/": told})
        assert body_of(target.url(), exempting(target)) == (b"" if told == b"" else b"sound")

    def test_it_says_who_it_is_and_asks_for_the_plain_body(self, serve: Serve) -> None:
        target = serve({"/": b"sound"})
        body_of(
            target.url(),
            exempting(target),
            **{"xi-api-key": "k", "user-agent": "x", "accept-encoding": "gzip"},
        )
        headers = target.requests[0].headers
        assert headers["user-agent"] == "TetherCalls/1.0"
        assert headers["accept-encoding"] == "identity"
        assert headers["xi-api-key"] == "k"
        assert "cookie" not in headers

    def test_it_takes_no_proxy_and_no_password_from_the_environment(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        target = serve({"/": b"sound"})
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login l password p\n")
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9/")
        assert body_of(target.url(), exempting(target)) == b"sound"
        assert "authorization" not in target.requests[0].headers

    def test_it_serves_many_threads_at_once(self, serve: Serve) -> None:
        target = serve({f"/{number}": b"%d" % number for number in range(40)})
        with ThreadPoolExecutor(20) as threads:
            urls = [target.url(f"/{number}") for number in range(40)]
            bodies = threads.map(lambda url: body_of(url, exempting(target)), urls)
            assert list(bodies) == [b"%d" % number for number in range(40)]

    def test_it_lets_the_error_of_the_callers_file_through(self, serve: Serve) -> None:
        class FullDisk(io.BytesIO):
            def write(self, _content: Any, /) -> int:
                raise OSError(28, "No space left on device")

        target = serve({"/": b"sound"})
        with pytest.raises(OSError, match="No space left"):
            fetch(target.url(), into=FullDisk(), limits=exempting(target))


class TestUrls:
    @pytest.mark.parametrize("url", HOSTILE_URLS)
    def test_it_refuses_a_url_outside_its_grammar(self, url: str) -> None:
        assert problem_of(url) is FetchProblem.INVALID_URL

    @pytest.mark.parametrize("port", [1, 22, 25, 79, 81, 444, 1_023])
    def test_it_refuses_low_ports(self, port: int) -> None:
        assert problem_of(f"http://{PUBLIC_ADDRESS}:{port}/") is FetchProblem.FORBIDDEN_PORT

    @pytest.mark.parametrize("value", ["a\r\nHost: x", "\u20ac", " lead"])
    def test_it_refuses_a_header_that_http_does_not_allow(self, serve: Serve, value: str) -> None:
        target = serve({"/": b"sound"})
        assert problem_of(target.url(), exempting(target), token=value) is FetchProblem.INVALID_HEADER


class TestAddresses:
    @pytest.mark.parametrize("host", PRIVATE_HOSTS)
    def test_it_refuses_an_address_that_is_not_public(self, internet: FakeInternet, host: str) -> None:
        assert problem_of(f"http://{host}/") is FetchProblem.FORBIDDEN_ADDRESS
        # The same address behind a name.
        internet.names["name.example"] = [host.strip("[]")]
        assert problem_of("http://name.example/") is FetchProblem.FORBIDDEN_ADDRESS

    @pytest.mark.parametrize("address", [PUBLIC_ADDRESS, "2606:4700::1111", "2a00:1450::1", "168.63.129.17"])
    def test_it_connects_to_public_addresses(self, internet: FakeInternet, address: str) -> None:
        internet.names["name.example"] = [address]
        assert problem_of("http://name.example/") not in (
            FetchProblem.FORBIDDEN_ADDRESS,
            FetchProblem.INVALID_URL,
        )
        assert internet.looked_up == ["name.example", address]

    def test_it_refuses_localhost(self, serve: Serve) -> None:
        target = serve({"/": b"secret"})
        assert problem_of(f"http://localhost:{target.port}/") is FetchProblem.FORBIDDEN_ADDRESS
        assert target.requests == []

    def test_it_connects_to_the_address_that_it_checked(self, serve: Serve, internet: FakeInternet) -> None:
        target = serve({"/": b"sound"})
        internet.names["rebind.example"] = [PUBLIC_ADDRESS, "127.0.0.1"]
        assert body_of(f"http://rebind.example:{target.port}/", LIMITS) == b"sound"
        assert internet.looked_up == ["rebind.example", PUBLIC_ADDRESS]
        assert target.requests[0].headers["host"] == f"rebind.example:{target.port}"

    def test_it_says_when_a_name_does_not_resolve(self, internet: FakeInternet) -> None:
        assert problem_of("http://nowhere.example/") is FetchProblem.UNRESOLVABLE


class TestExemptHosts:
    def test_an_exempt_host_may_be_private_on_any_port(self, serve: Serve) -> None:
        target = serve({"/": b"sound"})
        assert body_of(target.url(), replace(LIMITS, exempt_hosts=("127.0.0.1",))) == b"sound"

    def test_an_exempt_name_may_be_private(self, serve: Serve) -> None:
        target = serve({"/": b"sound"})
        limits = replace(LIMITS, exempt_hosts=("LocalHost",))
        assert body_of(f"http://localhost:{target.port}/", limits) == b"sound"

    def test_an_exempt_port_exempts_no_other_port(self, serve: Serve) -> None:
        target = serve({"/": b"sound"})
        limits = replace(LIMITS, exempt_hosts=(f"127.0.0.1:{target.port + 1}",))
        assert problem_of(target.url(), limits) is FetchProblem.FORBIDDEN_ADDRESS

    def test_an_exempt_name_does_not_exempt_its_address(self, serve: Serve) -> None:
        target = serve({"/": b"sound"})
        limits = replace(LIMITS, exempt_hosts=("localhost",))
        assert problem_of(target.url(), limits) is FetchProblem.FORBIDDEN_ADDRESS


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_it_follows_a_redirect(self, serve: Serve, status: int) -> None:
        target = serve({"/old/a": redirect("../new?x=1", status=status), "/new": b"sound"})
        assert body_of(target.url("/old/a"), exempting(target)) == b"sound"
        assert target.requests[1].path == "/new?x=1"

    def test_it_follows_five_redirects(self, serve: Serve) -> None:
        target = serve({f"/{hop}": redirect(f"/{hop + 1}") for hop in range(5)} | {"/5": b"sound"})
        assert body_of(target.url("/0"), exempting(target)) == b"sound"

    def test_it_refuses_a_sixth_redirect(self, serve: Serve) -> None:
        target = serve({f"/{hop}": redirect(f"/{hop + 1}") for hop in range(6)} | {"/6": b"sound"})
        assert problem_of(target.url("/0"), exempting(target)) is FetchProblem.TOO_MANY_REDIRECTS
        assert len(target.requests) == 6

    def test_it_refuses_a_redirect_loop_at_once(self, serve: Serve) -> None:
        target = serve({"/a": redirect("/b"), "/b": redirect("/a#again")})
        assert problem_of(target.url("/a"), exempting(target)) is FetchProblem.TOO_MANY_REDIRECTS
        assert len(target.requests) == 2

    def test_it_refuses_a_redirect_from_an_exempt_host_to_a_private_address(self, serve: Serve) -> None:
        hidden = serve({"/": b"secret"})
        target = serve({"/": redirect(hidden.url())})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.FORBIDDEN_ADDRESS
        assert hidden.requests == []

    def test_it_refuses_a_redirect_from_a_public_host_to_a_private_name(
        self, serve: Serve, internet: FakeInternet
    ) -> None:
        hidden = serve({"/": b"secret"})
        target = serve({"/": redirect(f"http://hidden.example:{hidden.port}/")})
        internet.names |= {"public.example": [PUBLIC_ADDRESS], "hidden.example": ["127.0.0.1"]}
        assert problem_of(f"http://public.example:{target.port}/") is FetchProblem.FORBIDDEN_ADDRESS
        assert hidden.requests == []

    @pytest.mark.parametrize(
        ("location", "problem"),
        [
            ("file:///etc/passwd", FetchProblem.INVALID_URL),
            ("http://user:password@example.com/", FetchProblem.INVALID_URL),
            ("http://[", FetchProblem.INVALID_URL),
            ("http://exa mple.com/", FetchProblem.INVALID_URL),
            ("http://ex\u00e4mple.com/", FetchProblem.INVALID_URL),
            ("http://example.com\\@10.0.0.1/", FetchProblem.INVALID_URL),
            ("http://example.com/\x7f", FetchProblem.INVALID_URL),
            ("http://10.0.0.1/a b", FetchProblem.FORBIDDEN_ADDRESS),
            ("  //10.0.0.1/M\u00fcller", FetchProblem.FORBIDDEN_ADDRESS),
            ("/" + "x" * 3_000, FetchProblem.INVALID_URL),
            (f"http://{PUBLIC_ADDRESS}:22/", FetchProblem.FORBIDDEN_PORT),
        ],
    )
    def test_it_checks_where_a_redirect_leads(self, serve: Serve, location: str, problem: FetchProblem) -> None:
        target = serve({"/": redirect(location)})
        assert problem_of(target.url(), exempting(target)) is problem

    def test_it_refuses_a_redirect_from_https_to_http(self, serve: Serve, trusted: FakeInternet) -> None:
        plain = serve({"/": b"sound"})
        target = serve({"/": redirect(plain.url())}, tls=True)
        limits = exempting(plain)
        assert problem_of(f"https://{TLS_NAME}:{target.port}/", limits) is FetchProblem.INSECURE_REDIRECT
        assert plain.requests == []

    def test_it_keeps_the_headers_on_the_same_host(self, serve: Serve) -> None:
        target = serve({"/": redirect("/next"), "/next": b"sound"})
        body_of(target.url(), exempting(target), authorization="secret")
        assert target.requests[1].headers["authorization"] == "secret"

    def test_it_does_not_carry_the_headers_to_another_host_nor_back(self, serve: Serve) -> None:
        first, second = serve({"/end": b"sound"}), serve({})
        first.routes["/"] = redirect(second.url())
        second.routes["/"] = redirect(first.url("/end"))
        assert body_of(first.url(), exempting(first, second), authorization="secret") == b"sound"
        seen = [*first.requests, *second.requests]
        assert ["authorization" in request.headers for request in seen] == [True, False, False]

    def test_it_does_not_read_the_body_of_a_redirect(self, serve: Serve) -> None:
        head = b"HTTP/1.1 302 Found\r\nLocation: /end\r\nTransfer-Encoding: chunked\r\n\r\n"
        target = serve({"/": endless(head, b"1000\r\n" + b"x" * 4_096 + b"\r\n"), "/end": b"sound"})
        assert body_of(target.url(), exempting(target)) == b"sound"


class TestSize:
    def test_it_takes_a_body_of_exactly_the_limit(self, serve: Serve) -> None:
        target = serve({"/": b"x" * 1_000})
        assert len(body_of(target.url(), exempting(target))) == 1_000

    def test_it_refuses_too_large_a_content_length_before_reading(self, serve: Serve) -> None:
        target = serve({"/": promise(1_001, b"")})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.TOO_LARGE

    @pytest.mark.parametrize("told", [endless_chunks(), until_close(b"x" * 1_001), chunks(b"x" * 1_001)])
    def test_it_stops_reading_a_body_that_grows_too_large(self, serve: Serve, told: bytes | Answer) -> None:
        target = serve({"/": told})
        into = io.BytesIO()
        with pytest.raises(FetchError) as caught:
            fetch(target.url(), into=into, limits=exempting(target))
        assert caught.value.problem is FetchProblem.TOO_LARGE
        assert len(into.getvalue()) <= 1_000

    def test_it_takes_no_more_than_the_content_length_says(self, serve: Serve) -> None:
        target = serve({"/": promise(5, b"sound and more")})
        assert body_of(target.url(), exempting(target)) == b"sound"

    @pytest.mark.parametrize(
        "told",
        [
            promise(9, b"sound"),
            promise(9, b""),
            chunks(b"sound", end=b""),
            chunks(b"sound", end=b"5\r\nso"),
            chunks(b"sound", end=b"what\r\n"),
        ],
    )
    def test_it_refuses_a_body_that_ends_early(self, serve: Serve, told: bytes | Answer) -> None:
        target = serve({"/": told})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.INCOMPLETE

    @pytest.mark.parametrize("size", [b"-1\r\n", b"-5\r\n", b""])
    def test_it_never_reads_a_chunk_without_a_limit(self, serve: Serve, size: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        target = serve({"/": endless(head + size, b"0" * 65_536)})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.INCOMPLETE


class TestTime:
    @pytest.mark.parametrize(
        "told",
        [
            stall(),
            promise(9, b"sound"),
            # These go on for longer than any test may take.
            drip(b"x" * 900, seconds=0.2),
            drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 90, seconds=0.3, start=b""),
            drip(b"x" * 900, seconds=0.2, start=b"HTTP/1.1 302 Found\r\nX-Slow: "),
            drip(
                b"5" + b"0" * 900,
                seconds=0.2,
                start=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            ),
        ],
    )
    def test_it_gives_up_on_a_server_that_takes_too_long(self, serve: Serve, told: Answer) -> None:
        def keep_open(connection: socket.socket, stopped: Any) -> None:
            told(connection, stopped)
            stopped.wait()

        target = serve({"/": keep_open})
        assert problem_of(target.url(), exempting(target, limits=HURRIED)) is FetchProblem.TIMEOUT

    @pytest.mark.parametrize("told", [stall(), promise(9, b"sound")])
    def test_it_gives_up_on_a_server_that_falls_silent(self, serve: Serve, told: Answer) -> None:
        def keep_open(connection: socket.socket, stopped: Any) -> None:
            told(connection, stopped)
            stopped.wait()

        target = serve({"/": keep_open})
        limits = exempting(target, limits=replace(LIMITS, read_seconds=0.3))
        assert problem_of(target.url(), limits) is FetchProblem.TIMEOUT

    def test_the_total_counts_over_all_redirects(self, serve: Serve) -> None:
        def slow(connection: socket.socket, stopped: Any) -> None:
            stopped.wait(0.5)
            redirect(f"/{len(target.requests)}")(connection, stopped)

        target = serve({f"/{hop}": slow for hop in range(6)})
        limits = exempting(target, limits=replace(LIMITS, total_seconds=1.2))
        # None of the hops takes that long.
        assert problem_of(target.url("/0"), limits) is FetchProblem.TIMEOUT
        assert len(target.requests) < 4

    def test_the_total_counts_look_up_and_handshake(
        self, internet: FakeInternet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        passed = [0.0]

        def slowly(host: str, *args: Any, **kwargs: Any) -> list[Any]:
            passed[0] += LIMITS.total_seconds - 0.5 if host == TLS_NAME else 0
            return internet.getaddrinfo(host, *args, **kwargs)

        watch = SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0])
        monkeypatch.setattr("tether_calls.common.http.limits.time", watch)
        monkeypatch.setattr(socket, "getaddrinfo", slowly)
        internet.names[TLS_NAME] = [PUBLIC_ADDRESS]
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"https://{TLS_NAME}:{silent.getsockname()[1]}/"
            # What the look-up left of the hour is half a second for the handshake.
            assert problem_of(url, LIMITS) is FetchProblem.TIMEOUT

    def test_it_gives_up_on_a_name_that_takes_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        over = Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: over.wait())
        try:
            assert problem_of("http://slow.example/", HURRIED) is FetchProblem.TIMEOUT
        finally:
            over.set()


class TestAnswers:
    @pytest.mark.parametrize("status", [202, 204, 206, 300, 302, 304, 403, 404, 410, 500, 503])
    def test_it_takes_no_other_status_than_200(self, serve: Serve, status: int) -> None:
        target = serve({"/": answer(b"", status=status)})
        with pytest.raises(FetchError) as caught:
            fetch(target.url(), into=io.BytesIO(), limits=exempting(target))
        assert (caught.value.problem, caught.value.status) == (FetchProblem.BAD_STATUS, status)

    @pytest.mark.parametrize(
        "told",
        [
            raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
            raw(b"HTTP/1.1 abc OK\r\n\r\n"),
            raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
            raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"),
            raw(b"HTTP/1.1 200 OK\r\nno header at all\r\n\r\nsound"),
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nsound"),
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nsound"),
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nsound"),
            answer(b"\x1f\x8b", content_encoding="gzip"),
        ],
    )
    def test_it_refuses_an_answer_that_it_cannot_trust_itself_to_read(self, serve: Serve, told: bytes | Answer) -> None:
        target = serve({"/": told})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.BAD_RESPONSE

    def test_it_refuses_a_content_length_of_thousands_of_digits(self, serve: Serve) -> None:
        target = serve({"/": raw(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n")})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.TOO_LARGE

    def test_it_makes_nothing_of_a_content_type_that_is_none(self, serve: Serve) -> None:
        target = serve({"/": answer(b"sound", content_type="<script>/" + "x" * 500)})
        assert fetch(target.url(), into=io.BytesIO(), limits=exempting(target)).content_type == ""

    def test_it_says_when_the_server_hangs_up(self, serve: Serve) -> None:
        target = serve({"/": raw(b"")})
        assert problem_of(target.url(), exempting(target)) is FetchProblem.CONNECTION_FAILED

    def test_it_says_when_nobody_listens(self) -> None:
        with TargetServer({}) as target:
            pass
        assert problem_of(target.url(), exempting(target)) is FetchProblem.CONNECTION_FAILED

    def test_what_the_caller_was_handling_does_not_change_the_problem(self) -> None:
        with TargetServer({}) as target:
            pass
        try:
            raise TimeoutError
        except TimeoutError:
            assert problem_of(target.url(), exempting(target)) is FetchProblem.CONNECTION_FAILED


class TestTls:
    def test_it_checks_the_name_of_the_url_while_it_is_connected_to_the_address(
        self, serve: Serve, trusted: FakeInternet
    ) -> None:
        target = serve({"/": b"sound"}, tls=True)
        assert body_of(f"https://{TLS_NAME}:{target.port}/", LIMITS) == b"sound"
        assert trusted.looked_up == [TLS_NAME, PUBLIC_ADDRESS]

    def test_it_refuses_a_certificate_of_another_name(self, serve: Serve, trusted: FakeInternet) -> None:
        target = serve({"/": b"sound"}, tls=True)
        trusted.names["other.example"] = [PUBLIC_ADDRESS]
        assert problem_of(f"https://other.example:{target.port}/") is FetchProblem.TLS_FAILED

    def test_it_refuses_a_certificate_that_nobody_vouches_for(self, serve: Serve) -> None:
        target = serve({"/": b"sound"}, tls=True)
        assert problem_of(target.url(), exempting(target)) is FetchProblem.TLS_FAILED
        assert target.requests == []

    def test_it_refuses_a_server_that_speaks_no_tls(self, serve: Serve) -> None:
        target = serve({"/": b"sound"})
        assert problem_of(f"https://{target.host}/", exempting(target)) is FetchProblem.TLS_FAILED


class TestWhatAnErrorShows:
    @pytest.mark.parametrize(
        "url",
        [
            "http://user:hunter2@example.com/?hunter2",
            "http://10.0.0.5/?hunter2",
            "http://127.0.0.1:{port}/closed?hunter2",
            "http://127.0.0.1:{port}/missing?hunter2",
            "https://127.0.0.1:{port}/?hunter2",
        ],
    )
    def test_it_shows_neither_url_nor_address(self, serve: Serve, caplog: pytest.LogCaptureFixture, url: str) -> None:
        target = serve({"/closed": raw(b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n")})
        with pytest.raises(FetchError) as caught:
            fetch(url.format(port=target.port), into=io.BytesIO(), limits=exempting(target))
        shown = str(caught.value) + "".join(traceback.format_exception(caught.value)) + caplog.text
        assert "hunter2" not in shown
        assert "127.0.0.1" not in shown


class TestPosting:
    def test_it_sends_the_body_and_tells_status_and_beginning_of_the_answer(self, serve: Serve) -> None:
        target = serve({"/hook": answer(b"x" * 2_000, status=503)})
        limits = exempting(target, limits=replace(LIMITS, max_bytes=100))
        posted = post(target.url("/hook"), body=b'{"a":1}', limits=limits, headers={"Content-Type": "application/json"})
        assert (posted.status, posted.excerpt) == (503, b"x" * 100)
        (request,) = target.requests
        assert (request.method, request.body) == ("POST", b'{"a":1}')
        assert request.headers["content-type"] == "application/json"
        assert request.headers["user-agent"] == "TetherCalls/1.0"

    def test_it_does_not_follow_a_redirect(self, serve: Serve) -> None:
        other = serve({"/": b"secret"})
        target = serve({"/": redirect(other.url(), status=308)})
        assert post(target.url(), body=b"{}", limits=exempting(target, other)).status == 308
        assert other.requests == []

    def test_a_status_counts_although_its_body_never_ends(self, serve: Serve) -> None:
        target = serve({"/": promise(100, b"begun")})
        assert post(target.url(), body=b"{}", limits=exempting(target)).excerpt == b"begun"

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "ftp://a.example/"]
    )
    def test_it_has_the_same_door_as_fetching(self, url: str) -> None:
        with pytest.raises(FetchError) as caught:
            post(url, body=b"{}", limits=LIMITS)
        assert caught.value.problem in (FetchProblem.FORBIDDEN_ADDRESS, FetchProblem.INVALID_URL)

    def test_a_name_that_leads_to_a_private_address_is_refused(self, serve: Serve, internet: FakeInternet) -> None:
        target = serve({"/": b"secret"})
        internet.names["inside.example"] = ["127.0.0.1"]
        with pytest.raises(FetchError) as caught:
            post(f"http://inside.example:{target.port}/", body=b"{}", limits=LIMITS)
        assert caught.value.problem is FetchProblem.FORBIDDEN_ADDRESS
        assert target.requests == []
