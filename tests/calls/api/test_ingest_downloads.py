"""POST /api/calls/ingest: recordings that cannot be had from their URL. The call is refused, and nothing is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import islice

import pytest
import requests
from pytest_django import Settings

from tests.calls.api.ingesting import ingest, nothing_kept
from tests.clients import Answer, ApiClient
from tests.factories import FIXTURES, ingest_body, mp3_bytes
from tests.http_targets import Answer as Told
from tests.http_targets import (
    TargetServer,
    answer,
    chunks,
    drip,
    endless_chunks,
    promise,
    raw,
    redirect,
    stall,
)
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db

HTML = b"<!DOCTYPE html><html><body>Please log in.</body></html>"


@pytest.fixture
def _impatient(settings: Settings) -> None:
    settings.TETHER_FETCH_READ_SECONDS = 0.2
    settings.TETHER_FETCH_TOTAL_SECONDS = 0.5


@contextmanager
def serving(routes: Mapping[str, bytes | Told], settings: Settings) -> Iterator[TargetServer]:
    with TargetServer(routes) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        yield target


def refusal(vendor: ApiClient, url: str) -> Answer:
    with nothing_kept():
        return ingest(vendor, ingest_body(recording=url))


def assert_unreachable(refused: Answer, sentence: str) -> None:
    assert (refused.status, refused.body["code"]) == (400, "RECORDING_UNREACHABLE")
    assert refused.body["error"] == f"The recording could not be downloaded: {sentence}"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/abc.mp3",
        "http://localhost:8000/abc.mp3",
        "http://10.0.0.1/abc.mp3",
        "http://192.168.1.1:8080/abc.mp3",
        "http://169.254.169.254/latest/meta-data/",
        "https://[::1]/abc.mp3",
        "http://[::ffff:127.0.0.1]/abc.mp3",
        "http://0.0.0.0/abc.mp3",
        "http://100.64.0.1/abc.mp3",
    ],
)
def test_an_address_that_is_not_public_is_refused(vendor: ApiClient, url: str) -> None:
    assert_unreachable(refusal(vendor, url), "The URL leads to an address that is not on the public internet.")


@pytest.mark.parametrize(
    "url",
    [
        "http://user:password@vendor.example/abc.mp3",
        "http://vendor.example\\@127.0.0.1/abc.mp3",
        "http:///abc.mp3",
        "https:",
        "http://127.1/abc.mp3",
        "http://2130706433/abc.mp3",
        "http://vendor.example/abc .mp3",
        "http://vendor.example/é.mp3",
        "http://vendor.example/\r\nHost: other",
        "http://vendor.example:99999/abc.mp3",
        "http://vendor.example/" + "a" * 3_000,
    ],
    ids=lambda url: url[:50],
)
def test_a_url_that_is_not_plain_is_refused(vendor: ApiClient, url: str) -> None:
    assert_unreachable(refusal(vendor, url), "The URL is not a plain http or https URL.")


def test_a_port_of_another_service_is_refused(vendor: ApiClient) -> None:
    assert_unreachable(refusal(vendor, "http://vendor.example:25/"), "The URL names a port that is not allowed.")


def test_a_name_that_nobody_knows_is_refused(vendor: ApiClient) -> None:
    answered = refusal(vendor, "http://nobody.invalid/abc.mp3")

    assert (answered.status, answered.body["code"]) == (400, "RECORDING_UNREACHABLE")


def test_a_redirect_to_a_private_address_is_refused(vendor: ApiClient, settings: Settings) -> None:
    with TargetServer({"/abc.mp3": mp3_bytes()}) as private:
        routes: dict[str, bytes | Told] = {"/moved": redirect(private.url("/abc.mp3"))}
        with serving(routes, settings) as target:
            refused = refusal(vendor, target.url("/moved"))

    assert_unreachable(refused, "The URL leads to an address that is not on the public internet.")
    assert private.requests == []


def test_a_redirect_to_another_scheme_is_refused(vendor: ApiClient, settings: Settings) -> None:
    with serving({"/moved": redirect("file:///etc/passwd")}, settings) as target:
        assert_unreachable(refusal(vendor, target.url("/moved")), "The URL is not a plain http or https URL.")


def test_redirects_in_a_circle_are_refused(vendor: ApiClient, settings: Settings) -> None:
    with serving({"/a": redirect("/b"), "/b": redirect("/a")}, settings) as target:
        assert_unreachable(refusal(vendor, target.url("/a")), "The server redirected too often.")


def test_a_chain_of_redirects_is_refused(vendor: ApiClient, settings: Settings) -> None:
    routes: dict[str, bytes | Told] = {f"/{hop}": redirect(f"/{hop + 1}") for hop in range(10)}
    with serving({**routes, "/10": mp3_bytes()}, settings) as target:
        assert_unreachable(refusal(vendor, target.url("/0")), "The server redirected too often.")


@pytest.mark.parametrize(
    "told",
    [
        stall(),
        # Both go on for longer than any test may take.
        drip(mp3_bytes() * 10, seconds=0.1),
        drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 600, seconds=0.1, start=b""),
        endless_chunks(b"x"),
    ],
    ids=["a stall", "a body that drips", "a head that drips", "a body without an end"],
)
@pytest.mark.usefixtures("_impatient")
def test_a_server_that_takes_too_long_is_given_up(vendor: ApiClient, settings: Settings, told: Told) -> None:
    with serving({"/abc.mp3": told}, settings) as target:
        settings.TETHER_RECORDING_MAX_BYTES = 1_000_000_000
        refused = refusal(vendor, target.url("/abc.mp3"))

    assert_unreachable(refused, "The server took too long.")


@pytest.mark.parametrize(
    "told",
    [promise(len(mp3_bytes()) + 1, mp3_bytes()), chunks(mp3_bytes(), end=b""), chunks(end=b"-1\r\nx\r\n0\r\n\r\n")],
    ids=["a length too long", "chunks without an end", "a chunk of no size"],
)
def test_a_download_that_ends_too_early_is_refused(vendor: ApiClient, settings: Settings, told: Told) -> None:
    with serving({"/abc.mp3": told}, settings) as target:
        assert_unreachable(refusal(vendor, target.url("/abc.mp3")), "The server's answer ended too early.")


def test_of_a_download_that_is_longer_than_it_says_the_rest_is_not_taken(vendor: ApiClient, settings: Settings) -> None:
    with serving({"/abc.mp3": promise(20, mp3_bytes())}, settings) as target:
        refused = refusal(vendor, target.url("/abc.mp3"))

    assert (refused.status, refused.body["code"]) == (400, "RECORDING_INVALID")


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 410, 500, 503])
def test_another_status_than_200_is_refused(vendor: ApiClient, settings: Settings, status: int) -> None:
    with serving({"/abc.mp3": answer(mp3_bytes(), status=status)}, settings) as target:
        assert_unreachable(refusal(vendor, target.url("/abc.mp3")), "The server answered with another status than 200.")


@pytest.mark.parametrize(
    "told",
    [raw(b""), raw(b"\x00\x01\x02"), raw(b"SSH-2.0-OpenSSH_9.6\r\n")],
    ids=["nothing", "bytes", "another protocol"],
)
def test_an_answer_that_is_no_http_is_refused(vendor: ApiClient, settings: Settings, told: Told) -> None:
    with serving({"/abc.mp3": told}, settings) as target:
        refused = refusal(vendor, target.url("/abc.mp3"))

    assert (refused.status, refused.body["code"]) == (400, "RECORDING_UNREACHABLE")


@pytest.mark.parametrize(
    "content",
    [HTML, b"", (FIXTURES / "audio" / "call.wav").read_bytes()],
    ids=["a page", "nothing", "a WAV file"],
)
def test_a_download_that_is_not_an_mp3_is_refused_whatever_it_calls_itself(
    vendor: ApiClient, settings: Settings, content: bytes
) -> None:
    with serving({"/abc.mp3": answer(content, content_type="audio/mpeg")}, settings) as target:
        refused = refusal(vendor, target.url("/abc.mp3"))

    assert (refused.status, refused.body["code"]) == (400, "RECORDING_INVALID")


@pytest.mark.parametrize(
    "told",
    [answer(mp3_bytes()), chunks(mp3_bytes()), promise(10**12, mp3_bytes()), endless_chunks()],
    ids=["a length", "chunks", "a length that is not true", "chunks without an end"],
)
def test_a_download_that_is_too_large_is_413(vendor: ApiClient, settings: Settings, told: Told) -> None:
    with serving({"/abc.mp3": told}, settings) as target:
        settings.TETHER_RECORDING_MAX_BYTES = len(mp3_bytes()) - 1
        refused = refusal(vendor, target.url("/abc.mp3"))

    assert (refused.status, refused.body["code"]) == (413, "RECORDING_TOO_LARGE")


def test_the_sentence_never_repeats_the_url(vendor: ApiClient) -> None:
    refused = refusal(vendor, "http://127.0.0.1/abc.mp3?token=secret")

    assert "secret" not in str(refused.body)
    assert "127.0.0.1" not in str(refused.body)


def test_slow_servers_leave_threads_for_everybody_else(live_url: str, vendor: ApiClient, settings: Settings) -> None:
    def push(url: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {vendor.token}"}
        return requests.post(
            f"{live_url}/api/calls/ingest", json=ingest_body(recording=url), headers=headers, timeout=PATIENCE
        )

    # The server goes before the pool does, and with it the downloads that hang.
    with ThreadPoolExecutor(35) as pool, serving({"/slow.mp3": stall()}, settings) as target:
        pushed = [pool.submit(push, target.url("/slow.mp3")) for _ in range(35)]
        # The refused ones are answered first; then all downloads there may be hang.
        refused = list(islice(as_completed(pushed, timeout=PATIENCE), 35 - settings.TETHER_DOWNLOADS))
        assert requests.get(f"{live_url}/healthz", timeout=PATIENCE).status_code == 200
        assert len([answer for answer in pushed if not answer.done()]) == settings.TETHER_DOWNLOADS
    codes = Counter(answer.result().json()["code"] for answer in pushed)

    assert codes == {"RECORDING_UNREACHABLE": settings.TETHER_DOWNLOADS, "TOO_MANY_DOWNLOADS": len(refused)}
    assert {answer.result().headers["Retry-After"] for answer in refused} == {"10"}
