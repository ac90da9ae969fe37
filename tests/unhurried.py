"""What the product gives up after some seconds it gives up after an hour in tests.

So that nothing is taken for lost because the machine is slow. Tests of the giving up, and of what follows, set seconds
of their own; `as_shipped` has the product's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from tether_calls.common.http import FetchLimits

HOUR = 3_600.0

_NAMES = (
    "calls.api.pushes.batch.BATCH_SECONDS",
    "calls.demo.simulator.elevenlabs.webhooks._SECONDS",
    "calls.demo.simulator.elevenlabs.wishes._SECONDS",
    "calls.demo.simulator.simulator._SETTLE_SECONDS",
    "calls.demo.simulator.simulator._START_SECONDS",
    "calls.demo.simulator.simulator._STOP_SECONDS",
    "calls.demo.simulator.sinch.calls._SECONDS",
    "calls.demo.simulator.twilio.calls._SECONDS",
    "calls.providers.elevenlabs.provider.CONFIRM_SECONDS",
    "calls.providers.elevenlabs.provider.DEFAULT_LIMITS",
    "calls.providers.http.DEFAULT_LIMITS",
    "calls.services.agent_calls.dial_lock.LOCK_SECONDS",
    "calls.services.agent_calls.dial_due.RUN_SECONDS",
    "calls.services.agent_calls.idempotency.RUNS_AT_MOST",
    "calls.services.agent_calls.place_call.DEFAULT_LIMITS",
    "calls.services.browser_calls.terminate_call._LIMITS",
    "calls.services.prune.RUN_SECONDS",
    "calls.services.reconciling.look_up_call._LIMITS",
    "calls.services.scheduled_calls.claim.LEASE",
    "calls.services.webhooks_out.deliver.RUN_SECONDS",
    "calls.services.webhooks_out.deliver._CONNECT_SECONDS",
    "tether_calls.accounts.authentication.LAST_USED_PRECISION",
    "tether_calls.accounts.oidc.kept.LEFT_ALONE_SECONDS",
    "tether_calls.accounts.oidc.requests.LIMITS",
    "tether_calls.background.jobs.SLOT_SECONDS",
    "tether_calls.background.runner.STOP_SECONDS",
    "tether_calls.common.asgi._PIECE_SECONDS",
    "tether_calls.common.http_protocol.HEAD_SECONDS",
    "tether_calls.common.rate_limits._REDIS_SECONDS",
    "tether_calls.common.whole_body._SECONDS",
    "tether_calls.health.PATIENCE_SECONDS",
    "tether_calls.health._WRITE_SECONDS",
    "tether_calls.realtime.consumers.AUTHENTICATE_WITHIN_SECONDS",
    "tether_calls.realtime.dispatch.SEND_SECONDS",
    "tether_calls.realtime.dispatch.WARN_EVERY_SECONDS",
    "tether_calls.realtime.follower.PATIENCE_SECONDS",
    "tether_calls.realtime.follower.SUBSCRIBE_SECONDS",
)


def _value(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)


as_shipped: Mapping[str, Any] = {name: _value(name) for name in _NAMES}


@contextmanager
def unhurried() -> Iterator[None]:
    """Everything that is named above takes an hour."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in as_shipped.items():
            patch.setattr(name, _in_an_hour(value))
        yield


class _Watch:
    """Stands in for the module `time`, and at 0 until the condition is true."""

    def __init__(self, begins: Callable[[], object]) -> None:
        self._begins = begins
        self._begun: float | None = None

    def monotonic(self) -> float:
        if self._begun is None:
            if not self._begins():
                return 0.0
            self._begun = time.monotonic()
        return time.monotonic() - self._begun


def hold_the_clock_of_requests(monkeypatch: pytest.MonkeyPatch, begins: Callable[[], object] = lambda: False) -> None:
    """Have the time for a whole request to another server begin only when something is so, or never.

    For tests of what was sent and is given up: on a slow machine the time may be over before anything is sent. How
    long one wait for the next bytes may take is not changed.
    """
    monkeypatch.setattr("tether_calls.common.http.limits.time", _Watch(begins))


def _in_an_hour(value: Any) -> Any:
    if isinstance(value, FetchLimits):
        return replace(value, connect_seconds=HOUR, read_seconds=HOUR, total_seconds=HOUR)
    return timedelta(seconds=HOUR) if isinstance(value, timedelta) else HOUR
