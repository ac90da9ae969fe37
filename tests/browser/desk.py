"""The admin in a browser, as one person has it; and all that a page should not do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError

# Widths and heights at which every page has to be usable.
SIZES = {"desktop": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}

# Milliseconds that a busy machine may need for anything; nothing that is there is waited for.
PATIENCE_MS = 60_000

# Addresses of what a page has in itself.
_OWN_SCHEMES = ("data:", "blob:", "about:")


class Desk:
    """One person's browser, with the admin of the server at `base_url`.

    `faults` is what went wrong on its pages since it was last looked at: errors of scripts, what the console has as an
    error (a file that is not there, a breach of the Content-Security-Policy) and requests to anywhere else. It has to
    be empty when a test ends.
    """

    def __init__(self, context: BrowserContext, *, base_url: str) -> None:
        self.base_url = base_url
        self.context = context
        self.faults: list[str] = []
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self._heard)
        context.on("weberror", self._failed)
        context.on("request", self._asked)
        self.page: Page = context.new_page()

    def open(self, path: str) -> Page:
        """Go there; the page, once its files are loaded and its scripts have run."""
        answer = self.page.goto(urljoin(self.base_url, path))
        assert answer is not None, path
        assert answer.status < 400, f"{path}: {answer.status}"
        return self.page

    def log_in(self, login: dict[str, str]) -> None:
        """Through the form; it ends at the first page of the admin."""
        self.open("/admin/login/")
        self.page.get_by_label("Email").fill(login["email"])
        self.page.get_by_label("Password").fill(login["password"])
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/admin/")

    def resize(self, size: str) -> None:
        """To one of SIZES."""
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"{self._place(message.page)}: console: {message.text} {message.location['url']}")

    def _failed(self, error: WebError) -> None:
        self.faults.append(f"{self._place(error.page)}: {error.error}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.base_url + "/", *_OWN_SCHEMES)):
            self.faults.append(f"request to {request.url}")

    def _place(self, page: Page | None) -> str:
        return page.url.removeprefix(self.base_url) if page else "-"


@contextmanager
def desk_at(browser: Browser, base_url: str, *, state: Any = None, **options: Any) -> Iterator[Desk]:
    """A browser of its own, with what another one has kept (`state`): nothing of one test is there in the next."""
    width, height = SIZES["desktop"]
    context = browser.new_context(
        storage_state=state, viewport={"width": width, "height": height}, locale="en-GB", **options
    )
    try:
        yield Desk(context, base_url=base_url)
    finally:
        context.close()
