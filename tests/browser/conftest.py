from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from script import node_packages
from tests.browser import chromium
from tests.browser.desk import PATIENCE_MS, Desk, desk_at
from tests.script_server import PROJECT, ScriptServer, Seeded, in_the_database, running

# What a test saw that failed.
SCREENSHOTS = PROJECT / ".cache" / "browser"

_outcome = pytest.StashKey[pytest.CallInfo[None]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    if call.when == "call":
        item.stash[_outcome] = call
    return (yield)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests of this folder; it ends with them, as no loop of asyncio may run in other tests' thread."""
    if os.environ.get(chromium.NOT_WANTED) == "1":
        pytest.skip(f"{chromium.NOT_WANTED}=1")
    expect.set_options(timeout=PATIENCE_MS)
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's own needs a library more than this one, which comes from a wheel as well.
        patch.setenv("PLAYWRIGHT_NODEJS_PATH", str(node_packages.NODE))
        with sync_playwright() as playwright:
            browser = chromium.started(playwright.chromium)
            yield browser
            browser.close()


@pytest.fixture(scope="package")
def demo(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptServer]:
    """script/server with the demo's rows, for all tests of a worker: a test that needs a row to be alone makes one.

    The demo's ordinary user is staff here.
    """
    data = seeded.copy_to(tmp_path_factory.mktemp("desk") / "data")
    email = seeded.printed["user"]["email"]
    in_the_database(data, "UPDATE accounts_user SET is_staff = 1 WHERE email = ?", email)
    with running(PROJECT, data=data, TETHER_SIMULATOR="0") as server:
        server.log_in(server.printed["user"])
        yield server


@pytest.fixture(scope="package")
def state_of(browser: Browser, demo: ScriptServer) -> Callable[[str], Any]:
    """What a browser keeps in which one of the demo's people has logged in: `superadmin` or `user`; once each."""
    states: dict[str, Any] = {}

    def get(name: str) -> Any:
        if name not in states:
            with desk_at(browser, demo.printed["baseUrl"]) as desk:
                desk.log_in(demo.printed[name])
                states[name] = desk.context.storage_state()
        return states[name]

    return get


@pytest.fixture
def visitor(request: pytest.FixtureRequest, browser: Browser, demo: ScriptServer) -> Iterator[Desk]:
    """Somebody who has not logged in."""
    yield from _watched(request, browser, demo)


@pytest.fixture
def superuser(
    request: pytest.FixtureRequest, browser: Browser, demo: ScriptServer, state_of: Callable[[str], Any]
) -> Iterator[Desk]:
    """A superuser, logged in."""
    yield from _watched(request, browser, demo, state=state_of("superadmin"))


@pytest.fixture
def staff(
    request: pytest.FixtureRequest, browser: Browser, demo: ScriptServer, state_of: Callable[[str], Any]
) -> Iterator[Desk]:
    """Staff of the demo's organization, logged in."""
    yield from _watched(request, browser, demo, state=state_of("user"))


def _watched(request: pytest.FixtureRequest, browser: Browser, demo: ScriptServer, state: Any = None) -> Iterator[Desk]:
    with desk_at(browser, demo.printed["baseUrl"], state=state) as desk:
        yield desk
        call = request.node.stash.get(_outcome, None)
        if desk.faults or (call is not None and call.excinfo is not None):
            name = re.sub(r"\W+", "-", f"{request.node.name}-{request.fixturename}")
            desk.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    assert desk.faults == []
