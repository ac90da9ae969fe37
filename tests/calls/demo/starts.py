"""Starts of the demo, as far as its providers go."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from calls.demo import seed
from calls.demo.access import provide_demo
from calls.demo.providers import DemoProviders
from calls.models import VoiceProvider

# What demo.json tells of each account.
TOLD_OF = {
    VoiceProvider.ELEVENLABS: {"elevenlabsWebhookSecret", "elevenlabsToolSecret"},
    VoiceProvider.SINCH: {"sinchApplicationKey", "sinchApplicationSecret"},
    VoiceProvider.TWILIO: {"twilioAccountSid", "twilioAuthToken"},
}
EVERYTHING_TOLD = {"simulatorUrl"}.union(*TOLD_OF.values())


@contextmanager
def few_calls() -> Iterator[None]:
    """The demo has few past calls: tests/calls/test_demo.py looks at all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seed, "DEMO_CALLS", 12)
        yield


def free_address() -> str:
    """Ours, where nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def started(base_url: str) -> Iterator[dict[str, Any]]:
    """What demo.json says while the providers are simulated."""
    with DemoProviders() as providers:
        yield provide_demo(base_url=base_url, connect=partial(providers.connect, base_url=base_url)).document


def told(document: dict[str, Any]) -> set[str]:
    """The keys that speak of accounts."""
    return EVERYTHING_TOLD & document.keys()
