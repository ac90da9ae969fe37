"""Logins at an OpenID provider in tests: a browser that is sent there and comes back, a frontend that goes on."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from tests.accounts.oidc.openid_provider import OpenIdProvider
from tests.clients import Answer, ApiClient
from tether_calls.accounts.services.oidc_login import challenge_of

OIDC = "/api/auth/oidc"
PAGE = "https://app.example.com/login"
ADMIN_LOGIN = "/admin/login/oidc/"


class Frontend:
    """A page of a frontend, with the browser that it is in."""

    def __init__(self, provider: OpenIdProvider) -> None:
        self.provider = provider
        self.browser = Client()
        self.verifier = secrets.token_urlsafe(32)

    def leave(self) -> str:
        """Where the browser is sent."""
        response = self.browser.get("/oidc/login", {"challenge": challenge_of(self.verifier)})
        assert response.status_code == 302, response.content
        return str(response["Location"])

    def come_back(self, brought: dict[str, str]) -> dict[str, str]:
        """What the frontend's page is told."""
        response: Any = self.browser.get("/oidc/callback", brought)
        assert response.status_code == 302, response.content
        assert response["Location"].startswith(f"{PAGE}?")
        return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}

    def go_there_and_back(self) -> dict[str, str]:
        return self.come_back(self.provider.person_logs_in(self.leave()))

    def exchange(self, code: str, **more: str) -> Answer:
        return ApiClient().post(OIDC, {"code": code, "codeVerifier": self.verifier, **more})

    def log_in(self, **more: str) -> Answer:
        told = self.go_there_and_back()
        assert "code" in told, told
        return self.exchange(told["code"], **more)


def to_admin(provider: OpenIdProvider, browser: Client | None = None, **query: str) -> tuple[Client, Any]:
    """The browser of a member of staff who has pressed the button, and the answer to its coming back."""
    browser = browser or Client(headers={"user-agent": "A browser"})
    away: Any = browser.get(ADMIN_LOGIN, query)
    assert away.status_code == 302, away.content
    return browser, browser.get("/oidc/callback", provider.person_logs_in(away["Location"]))


def is_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200
