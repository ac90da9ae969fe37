"""Caches that fail at a chosen moment; as settings.CACHES."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.locmem import LocMemCache

from tests.servers_gone import closed_port


class GoneAfterAdd(LocMemCache):
    """Takes the lock, and then does not answer any more."""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        raise ConnectionError

    set = delete = get


def gone() -> dict[str, Any]:
    """Redis where nobody listens."""
    address = f"redis://127.0.0.1:{closed_port()}/0"
    return {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": address}}


def gone_after_add() -> dict[str, Any]:
    return {"default": {"BACKEND": f"{__name__}.GoneAfterAdd", "LOCATION": "gone-after-add"}}
