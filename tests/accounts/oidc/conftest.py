from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.accounts.oidc.logins import PAGE, Frontend
from tests.accounts.oidc.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider
from tether_calls.accounts.models import User
from tether_calls.accounts.oidc import provider as known


@pytest.fixture
def provider(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenIdProvider]:
    """One that the service is set up for, and knows nothing of yet: another one may have had its port."""
    for kept in (known._PROVIDERS, known._KEYS):
        monkeypatch.setattr(kept, "_found", {})
    with OpenIdProvider() as started:
        settings.OIDC_ISSUER = started.issuer
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        settings.OIDC_PRIVATE_HOSTS = [started.server.host]
        settings.OIDC_FRONTEND_PAGE = PAGE
        yield started


@pytest.fixture
def frontend(provider: OpenIdProvider, user: User) -> Frontend:
    """Its person is the user, by a verified address."""
    provider.claims["email"] = user.email
    return Frontend(provider)
