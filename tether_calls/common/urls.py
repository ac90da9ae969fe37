"""Addresses of our own."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings


class _KnowsItsHost(Protocol):
    def build_absolute_uri(self, location: str | None = None) -> str: ...


def absolute_url(request: _KnowsItsHost, address: str) -> str:
    """`address` with scheme and host: PUBLIC_BASE_URL where set, else those of the request. Absolute ones stay."""
    if settings.PUBLIC_BASE_URL and address.startswith("/"):
        return f"{settings.PUBLIC_BASE_URL}{address}"
    return request.build_absolute_uri(address)
