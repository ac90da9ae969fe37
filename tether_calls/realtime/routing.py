"""Paths of sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.urls import path, re_path

from tether_calls.realtime.consumers import EventsConsumer


async def _refuse(scope: Any, receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Close before the handshake is over, which clients see as 403."""
    await send({"type": "websocket.close", "code": 4404})


# Typed as Django's views are not: these are ASGI applications, for Channels' URLRouter.
_nothing_else: Any = _refuse
websocket_urlpatterns = [path("ws/events", EventsConsumer.as_asgi()), re_path("", _nothing_else)]
