"""The socket as a client uses it, and events for it to receive."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime import watch
from tether_calls.realtime.events import Event, EventName, publish
from tether_calls.realtime.models import EventLog

# For tests that commit what they write.
live = pytest.mark.usefixtures("transactional_db")


class Socket:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    @property
    def subprotocol(self) -> str | None:
        return self.connection.subprotocol

    def say(self, message: Any) -> None:
        """Send bytes and text as they are, anything else as JSON."""
        self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def text(self, seconds: float = PATIENCE) -> str:
        """The next frame, which must be text."""
        frame = self.connection.recv(timeout=seconds)
        assert isinstance(frame, str)
        return frame

    def frame(self, seconds: float = PATIENCE) -> dict[str, Any]:
        decoded: dict[str, Any] = json.loads(self.text(seconds))
        return decoded

    def frames_until_pong(self) -> list[dict[str, Any]]:
        """Ping, and return what arrives before the answer: commands are answered one after another."""
        self.say({"type": "ping"})
        frames = []
        while (frame := self.frame()) != {"type": "pong"}:
            frames.append(frame)
        return frames

    def resume(self, after: Any, *, late: bool = False) -> tuple[list[dict[str, Any]], str]:
        """What is sent for `resume`, complaints included, and the id through which the client then has everything.

        `late`: also events with smaller ids than `after`. Without it they are left out on PostgreSQL: while a
        transaction is open, in whichever database of the server, another worker's too, all that is written meanwhile
        comes again.
        """
        leaves_out = connection.vendor == "postgresql" and not late
        self.say({"type": "resume", "after": after})
        frames = []
        while (frame := self.frame()).get("type") != "resumed":
            if not leaves_out or "id" not in frame or frame["id"] > after:
                frames.append(frame)
        assert frame.keys() == {"type", "through"}
        return frames, frame["through"]

    def answers(self) -> bool:
        return self.frames_until_pong() == []

    def close_code(self, seconds: float = PATIENCE) -> int | None:
        """The code that the server closes with; what arrives before is left aside."""
        try:
            while True:
                self.connection.recv(timeout=seconds)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def close(self) -> None:
        self.connection.close()

    def break_off(self) -> None:
        """Without a word, and without waiting for what the server still has to say."""
        self.connection.socket.shutdown(socket.SHUT_RDWR)


@contextmanager
def opened(
    live_url: str,
    *,
    token: str | None = None,
    origin: str | None = None,
    path: str = "/ws/events",
    subprotocols: list[str] | None = None,
    compression: str | None = None,
    cookie: str | None = None,
) -> Iterator[Socket]:
    """A socket; with a token, it is offered as the subprotocol after `bearer`. `compression`: None or deflate."""
    offered = subprotocols or (["bearer", token] if token is not None else None)
    with connect(
        live_url.replace("http", "ws", 1) + path,
        subprotocols=[Subprotocol(name) for name in offered] if offered else None,
        origin=Origin(origin) if origin is not None else None,
        compression=compression,
        additional_headers={"Cookie": cookie} if cookie is not None else None,
        proxy=None,
        close_timeout=PATIENCE,
    ) as connection:
        yield Socket(connection)


@contextmanager
def opened_by(user: User, live_url: str) -> Iterator[Socket]:
    """A socket of the user, which hears what happens from now on."""
    with opened(live_url, token=issue_tokens(user).access) as socket:
        yield socket


def look_after_sockets_every(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the next socket on; those of earlier tests may still be closing, in a round of a minute."""
    wait_until(lambda: not watch._rounds)
    monkeypatch.setattr(watch, "WATCH_SECONDS", seconds)


def events_of(user: User) -> dict[str, Any]:
    """What the log holds of the user's organization: data by id, in order."""
    rows = EventLog.objects.of_organization(user.home_id).order_by("pk")
    return {row.pk: row.data for row in rows}


def publish_in_transaction(user: User, *numbers: int) -> list[str]:
    """Publish an event per number to the user's organization, in the caller's transaction; their ids."""
    before = set(events_of(user))
    events = [Event(EventName.NOTE_CREATED, {"number": number}) for number in numbers]
    publish(organization_id=user.home_id, call_id=None, events=events)
    return [event_id for event_id in events_of(user) if event_id not in before]


def happen(user: User, *numbers: int) -> list[str]:
    """Publish an event per number, in one transaction; their ids."""
    with transaction.atomic():
        return publish_in_transaction(user, *numbers)


def numbers_of(frames: list[dict[str, Any]]) -> list[int]:
    return [frame["data"]["number"] for frame in frames]
