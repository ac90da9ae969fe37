from __future__ import annotations

import runpy
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.urls import include, path

import tether_calls.urls
from calls.models import VoiceAccount
from tests.calls.providers.orbit.office import VALUES, make_account
from tests.calls.providers.orbit.provider import ORBIT
from tests.calls.providers.orbit.world import OrbitWorld
from tests.calls.providers.registering import columns_that_take_any_provider, register
from tests.docs.markdown import PROJECT
from tether_calls.accounts.models import User


@pytest.fixture
def world() -> Iterator[OrbitWorld]:
    with OrbitWorld(VALUES["api_key"]) as running:
        yield running


@pytest.fixture
def registered(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """Orbit is one of the providers."""
    register(ORBIT, monkeypatch)
    settings.ROOT_URLCONF = _routes()
    with columns_that_take_any_provider():
        yield


@pytest.fixture
def account(registered: None, user: User, world: OrbitWorld) -> VoiceAccount:
    """The organization's active account at Orbit."""
    return make_account(user, base_url=world.url)


def _routes() -> ModuleType:
    """Those of the product, made anew by the registry as it is now."""
    routes = ModuleType("routes_with_orbit")
    vars(routes).update(vars(tether_calls.urls))
    fresh = [
        path(prefix, include(runpy.run_path(str(PROJECT / file))["urlpatterns"]))
        for prefix, file in (("api/webhook/", "calls/webhooks/urls.py"), ("api/calls/", "calls/urls.py"))
    ]
    vars(routes)["urlpatterns"] = [*fresh, *tether_calls.urls.urlpatterns]
    return routes
