"""The socket at an ASGI server that knows nothing of texts for many sockets."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from tests.factories import make_user
from tests.realtime.sockets import happen, live, numbers_of
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime.consumers import EventsConsumer

pytestmark = live


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


def test_it_sends_events_in_order_and_resumes(user: User) -> None:
    token = issue_tokens(user).access
    first, *_ = happen(user, 0, 1, 2)
    scope = {
        "type": "websocket",
        "path": "/ws/events",
        "headers": [(b"host", b"testserver")],
        "subprotocols": ["bearer", token],
    }

    async def listen() -> list[dict[str, Any]]:
        server: Any = ApplicationCommunicator(EventsConsumer.as_asgi(), scope)  # type: ignore[no-untyped-call]

        async def sent() -> dict[str, Any]:
            message: dict[str, Any] = await server.receive_output(PATIENCE)
            return message

        await server.send_input({"type": "websocket.connect"})
        assert await sent() == {"type": "websocket.accept", "subprotocol": "bearer"}
        await server.send_input({"type": "websocket.receive", "text": json.dumps({"type": "resume", "after": first})})
        frames = [json.loads((await sent())["text"]) for _ in range(3)]
        assert frames.pop()["type"] == "resumed"
        await asyncio.to_thread(happen, user, *range(3, 100))
        frames += [json.loads((await sent())["text"]) for _ in range(97)]
        await server.send_input({"type": "websocket.disconnect", "code": 1000})
        await server.wait(PATIENCE)
        return frames

    assert numbers_of(asyncio.run(listen())) == list(range(1, 100))
