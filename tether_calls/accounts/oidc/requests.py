"""Requests to the provider: the operator has named it, its answers are a stranger's all the same."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from threading import BoundedSemaphore
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings

from tether_calls.accounts.oidc.problems import OidcError, OidcProblem
from tether_calls.common.http import FetchError, FetchLimits, Posted, fetch, post

LIMITS: Final = FetchLimits(connect_seconds=5, read_seconds=5, total_seconds=10, max_bytes=256 * 1024)
# Logins that wait for it at the same time, of one process: a provider that is slow leaves threads for everybody else.
AT_ONCE: Final = 8
_slots = BoundedSemaphore(AT_ONCE)


def get_object(url: str, *, bad: OidcProblem) -> dict[str, Any]:
    """The JSON object behind an address. Raises OidcError: UNREACHABLE, or `bad` where it is none."""
    into = io.BytesIO()
    try:
        fetch(url, into=into, limits=_limits(), headers={"Accept": "application/json"})
    except FetchError:
        raise OidcError(OidcProblem.UNREACHABLE) from None
    return object_in(into.getvalue(), bad=bad)


def post_form(url: str, fields: Mapping[str, str], *, headers: Mapping[str, str]) -> Posted:
    """Raises OidcError: UNREACHABLE."""
    sent = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", **headers}
    try:
        return post(url, body=urlencode(fields).encode(), limits=_limits(), headers=sent)
    except FetchError:
        raise OidcError(OidcProblem.UNREACHABLE) from None


def object_in(body: bytes, *, bad: OidcProblem) -> dict[str, Any]:
    """Raises OidcError with `bad`."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise OidcError(bad) from None
    if not isinstance(value, dict):
        raise OidcError(bad)
    return value


def _limits() -> FetchLimits:
    return replace(LIMITS, exempt_hosts=tuple(settings.OIDC_PRIVATE_HOSTS))


@contextmanager
def slot() -> Iterator[None]:
    """Whoever may have to wait for the provider has one. Raises OidcError, BUSY, at once: who waits holds a thread."""
    if not _slots.acquire(blocking=False):
        raise OidcError(OidcProblem.BUSY)
    try:
        yield
    finally:
        _slots.release()
