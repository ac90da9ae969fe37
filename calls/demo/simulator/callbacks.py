"""Callbacks as values: what is sent for a call, and how often the provider would try again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from calls.demo.simulator.http_client import Reply


@dataclass(frozen=True, slots=True)
class Repetition:
    """How often a provider tries again, and after which replies; a pause of 1 is the first one of its pace."""

    pauses: tuple[float, ...] = ()
    after: Callable[[Reply], bool] = lambda reply: not reply.is_success


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """`sign` makes the headers for a URL, anew for each attempt: signatures carry the time of sending."""

    event: str
    url: str
    body: bytes
    sign: Callable[[str], Mapping[str, str]]
    seconds: float
    chunked: bool = False
    repetition: Repetition = field(default_factory=Repetition)
    # Where the same goes once if the first URL fails.
    fallback_url: str = ""
