"""Fetching from servers of a test: with limits that no test reaches, and what came of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.http_targets import TargetServer
from tether_calls.common.http import FetchError, FetchLimits, FetchProblem, fetch

# Longer than any test may take: what is over by then was not waited for.
LIMITS = FetchLimits(connect_seconds=3_600, read_seconds=3_600, total_seconds=3_600, max_bytes=1_000)
HURRIED = replace(LIMITS, total_seconds=0.6)

Serve = Callable[..., TargetServer]


def exempting(*targets: TargetServer, limits: FetchLimits = LIMITS) -> FetchLimits:
    return replace(limits, exempt_hosts=tuple(target.host for target in targets))


def body_of(url: str, limits: FetchLimits, **headers: str) -> bytes:
    into = io.BytesIO()
    fetch(url, into=into, limits=limits, headers=headers)
    return into.getvalue()


def problem_of(url: str, limits: FetchLimits = LIMITS, **headers: str) -> FetchProblem:
    with pytest.raises(FetchError) as caught:
        fetch(url, into=io.BytesIO(), limits=limits, headers=headers)
    return caught.value.problem
