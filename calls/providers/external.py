"""Vendors' own systems, which push each call when it is over: there is nothing that we could ask of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from calls.providers.base import Provider


@dataclass(frozen=True)
class NoCredentials:
    """A vendor has an API key of ours, and we nothing of theirs."""


class External(Provider[NoCredentials]):
    name: ClassVar[str] = "external"
    label: ClassVar[str] = "External"
    credentials: ClassVar[type[Any]] = NoCredentials
    reports_calls: ClassVar[bool] = False


EXTERNAL = External()
