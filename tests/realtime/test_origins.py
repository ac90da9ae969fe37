"""Which pages may open the socket."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.factories import make_user
from tests.realtime.node import NODE, has_websocket_of_browsers
from tests.realtime.sockets import live, opened
from tests.waiting import PATIENCE
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime.origins import is_allowed_origin

pytestmark = pytest.mark.servers

FORBIDDEN_ORIGIN = 4403


@pytest.fixture(autouse=True)
def _no_other_addresses(settings: Any) -> None:
    settings.PUBLIC_BASE_URL = ""
    settings.ALLOWED_ORIGINS = []
    settings.ALLOWED_HOSTS = ["calls.example", "127.0.0.1", "[::1]"]


def is_allowed(origin: str, *, host: str = "calls.example") -> bool:
    return is_allowed_origin({b"origin": origin.encode(), b"host": host.encode()})


@live
def test_our_own_page_may_open_it(live_url: str) -> None:
    with opened(live_url, token=issue_tokens(make_user()).access, origin=live_url) as socket:
        assert socket.answers()


@live
def test_another_page_is_told_that_it_may_not(live_url: str) -> None:
    with opened(live_url, token=issue_tokens(make_user()).access, origin="https://evil.example") as socket:
        assert socket.close_code() == FORBIDDEN_ORIGIN


@live
@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["bearer", "x.y.z"], "bearer"),
        (["bearer"], "bearer"),
        (["v1", "bearer", "x.y.z"], "bearer"),
        (["json"], "json"),
        (["json", "xml"], "json"),
    ],
)
def test_a_page_that_offers_subprotocols_is_told_so_too(offered: list[str], chosen: str, live_url: str) -> None:
    # A browser shows a close code only where one of its subprotocols was chosen.
    with opened(live_url, subprotocols=offered, origin="https://evil.example") as socket:
        assert socket.subprotocol == chosen
        assert socket.close_code() == FORBIDDEN_ORIGIN


# Node's has an argument more than a browser's: headers, of which browsers fill in this one themselves.
_OF_ANOTHER_PAGE = """
const [address, ...protocols] = process.argv.slice(1);
const socket = new WebSocket(address, { protocols, headers: { Origin: "https://evil.example" } });
socket.onclose = ({ code }) => console.log(code);
"""


@live
@pytest.mark.skipif(not has_websocket_of_browsers(), reason="needs a Node that has the WebSocket of browsers")
@pytest.mark.parametrize("subprotocols", [["bearer", "x.y.z"], ["bearer"], ["json"], []])
def test_a_client_as_strict_as_a_browser_sees_the_close_code(subprotocols: list[str], live_url: str) -> None:
    address = live_url.replace("http", "ws", 1) + "/ws/events"
    command = [*NODE, "-e", _OF_ANOTHER_PAGE, "--", address, *subprotocols]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)

    assert done.stdout.strip() == str(FORBIDDEN_ORIGIN)


@live
def test_a_program_without_a_page_may_open_it(live_url: str) -> None:
    with opened(live_url, token=issue_tokens(make_user()).access) as socket:
        assert socket.answers()


@live
def test_a_page_that_is_named_in_the_settings_may_open_it(live_url: str, settings: Any) -> None:
    settings.ALLOWED_ORIGINS = ["https://app.example"]
    with opened(live_url, token=issue_tokens(make_user()).access, origin="https://app.example") as socket:
        assert socket.answers()


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://calls.example", "calls.example"),
        ("https://calls.example", "calls.example"),
        ("https://calls.example", "Calls.Example"),
        ("https://calls.example", "calls.example:443"),
        ("http://calls.example:8080", "calls.example:8080"),
        ("http://[::1]:2212", "[::1]:2212"),
    ],
)
def test_a_page_at_the_host_of_the_request_is_ours(origin: str, host: str) -> None:
    assert is_allowed(origin, host=host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "x",
        "https://",
        "https://evil.example",
        "https://calls.example.evil.example",
        "https://evilcalls.example",
        "https://calls.example:8443",
        "http://calls.example:443",
        "https://calls.example@evil.example",
        "file://calls.example",
        "chrome-extension://calls.example",
        "https://[calls.example",
        "https://calls.example:x",
        "https://calls.example:99999",
        "//calls.example",
        "https://calls.exampl\xe9",
    ],
)
def test_any_other_page_is_not(origin: str) -> None:
    assert not is_allowed(origin)


def test_a_host_that_is_not_ours_makes_no_page_ours() -> None:
    assert not is_allowed("https://rebound.example", host="rebound.example")


@pytest.mark.parametrize("configured", ["https://calls.example", "https://Calls.Example:443", "https://calls.example/"])
def test_where_our_address_is_configured_only_a_page_there_is_ours(configured: str, settings: Any) -> None:
    settings.PUBLIC_BASE_URL = configured

    assert is_allowed("https://calls.example", host="127.0.0.1")
    assert not is_allowed("http://127.0.0.1", host="127.0.0.1")
    assert not is_allowed("http://calls.example")


@pytest.mark.parametrize("configured", ["https://app.example", "https://APP.example/", "https://app.example:443"])
def test_other_pages_may_be_configured_in_any_spelling(configured: str, settings: Any) -> None:
    settings.ALLOWED_ORIGINS = ["http://first.example", configured]

    assert is_allowed("https://app.example")
    assert not is_allowed("http://app.example")


def test_a_setting_that_is_no_address_allows_nothing(settings: Any) -> None:
    settings.ALLOWED_ORIGINS = ["*", "", "app.example", "null"]

    assert not is_allowed("https://app.example")
    assert not is_allowed("null")
