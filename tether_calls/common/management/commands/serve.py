"""`manage.py serve`: HTTP and WebSocket in this one process, on one port."""

from __future__ import annotations

import socket
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# What a client may say on the socket is short.
_WEBSOCKET_MAX_BYTES = 64 * 1024


class Command(BaseCommand):
    help = "Serve HTTP and WebSocket in one process, at HOST and PORT."

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.HOST, settings.PORT
        if _is_taken(host, port):
            raise CommandError(f"{host}:{port} is in use; choose another with PORT=...")
        uvicorn.run(
            "tether_calls.asgi:application",
            host=host,
            port=port,
            lifespan="on",
            ws="websockets-sansio",
            ws_max_size=_WEBSOCKET_MAX_BYTES,
            log_config=None,
            access_log=False,
            server_header=False,
            # Who the client is, our own middleware decides (TRUSTED_PROXIES).
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )


def _is_taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
