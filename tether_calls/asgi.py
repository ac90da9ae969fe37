"""One process for everything (`script/server`), or the socket alone in production.

Sockets go to Channels in this loop; HTTP goes to the WSGI application on a fixed number of threads, which is several
times as fast as Django's own ASGI handler and keeps one database connection per thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tether_calls.settings.production")
django.setup()  # before anything that has models

from a2wsgi import WSGIMiddleware
from channels.routing import URLRouter
from django.conf import settings

from tether_calls.background.jobs import load_jobs
from tether_calls.background.runner import Runner
from tether_calls.body_limits import body_limit_at
from tether_calls.common.asgi import WholeBodies, read_by_threads
from tether_calls.common.garbage import leave_out_what_is_loaded
from tether_calls.realtime import dispatch
from tether_calls.realtime.routing import websocket_urlpatterns
from tether_calls.wsgi import application as wsgi_application

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_threads: Any = WSGIMiddleware(cast(Any, read_by_threads(wsgi_application)), workers=settings.TETHER_THREADS)
_http: Any = WholeBodies(_threads, limit=body_limit_at)
_websocket: Any = URLRouter(websocket_urlpatterns)

if settings.TETHER_JOBS_IN_PROCESS:
    load_jobs()
leave_out_what_is_loaded()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await _http(scope, receive, send)
    elif scope["type"] == "websocket":
        await _websocket(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    # Worker threads hand events to this loop, and wake it doing so.
    dispatch.use_loop(asyncio.get_running_loop())
    runner = Runner()
    if settings.TETHER_JOBS_IN_PROCESS:
        runner.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await asyncio.to_thread(runner.stop)
    dispatch.use_loop(None)
    await send({"type": "lifespan.shutdown.complete"})
