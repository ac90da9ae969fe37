from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.calls.services.webhooks_out.receiving import HOOK, OK, Clock, Receiver
from tests.http_targets import TargetServer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with TargetServer({HOOK: OK}) as server:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [server.host]
        yield Receiver(server)


@pytest.fixture
def other_receiver(settings: Any, receiver: Receiver) -> Iterator[Receiver]:
    with TargetServer({HOOK: OK}) as server:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [receiver.server.host, server.host]
        yield Receiver(server)
