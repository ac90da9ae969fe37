"""The socket: who it is for, what it sends, how a client catches up."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from tether_calls.common.object_id import is_object_id
from tether_calls.realtime.events import frame_of, group_of
from tether_calls.realtime.log import events_after, is_known
from tether_calls.realtime.membership import Membership, resolve_membership
from tether_calls.realtime.origins import is_allowed_origin

logger = logging.getLogger(__name__)

# Close codes. 4401: no, a wrong, or an expired token. 4403: the page's origin is not allowed.
UNAUTHORIZED, FORBIDDEN_ORIGIN = 4401, 4403
AUTHENTICATE_WITHIN_SECONDS = 5.0
SUBPROTOCOL = "bearer"


class Command(msgspec.Struct):
    """What a client may say."""

    type: str
    token: str = ""
    after: str = ""


class EventsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """`/ws/events`: one text frame per event of the user's organization.

    The token comes as a subprotocol pair (`bearer`, token) or in a first message `{"type": "authenticate", "token"}`
    within five seconds. `{"type": "resume", "after": id}` sends what was missed; `{"type": "ping"}` answers pong.
    """

    membership: Membership | None = None
    _deadline: asyncio.TimerHandle | None = None
    _closing: set[asyncio.Task[None]]

    async def connect(self) -> None:
        self._closing = set()
        if not is_allowed_origin(dict(self.scope["headers"])):
            await self.accept()
            await self.close(FORBIDDEN_ORIGIN)
            return
        offered = self.scope.get("subprotocols") or []
        if offered[:1] == [SUBPROTOCOL]:
            # Accepted before it is judged: a close code reaches a browser only on an open socket.
            membership = await self._membership(offered[1] if len(offered) > 1 else "")
            if membership is not None:
                await self._join(membership)
            await self.accept(SUBPROTOCOL)
            if membership is None:
                await self.close(UNAUTHORIZED)
            return
        await self.accept()
        self._close_in(AUTHENTICATE_WITHIN_SECONDS)

    async def disconnect(self, code: int) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self.membership is not None:
            await self.channel_layer.group_discard(group_of(self.membership.organization_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            command = msgspec.json.decode(text_data or bytes_data or b"", type=Command)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            await self._complain("MALFORMED_JSON", "A message is an object with a type")
            return
        if self.membership is None:
            membership = await self._membership(command.token) if command.type == "authenticate" else None
            if membership is None:
                await self.close(UNAUTHORIZED)
            else:
                await self._join(membership)
        elif command.type == "ping":
            await self.send(text_data='{"type":"pong"}')
        elif command.type == "resume":
            await self._resume(self.membership, command.after)
        elif command.type != "authenticate":  # once more is harmless: a client that used both ways
            await self._complain("VALIDATION_ERROR", "Unknown type of message")

    async def events(self, message: dict[str, Any]) -> None:
        """From the channel layer: the frames of one transaction."""
        for frame in message["frames"]:
            await self.send(text_data=frame)

    async def _membership(self, token: str) -> Membership | None:
        membership: Membership | None = await database_sync_to_async(resolve_membership)(token)
        return membership

    async def _join(self, membership: Membership) -> None:
        self.membership = membership
        await self.channel_layer.group_add(group_of(membership.organization_id), self.channel_name)
        self._close_in(membership.seconds_left())

    def _close_in(self, seconds: float) -> None:
        """Close with 4401 when the time for a token, or of the token, is over."""
        if self._deadline is not None:
            self._deadline.cancel()

        def close() -> None:
            task = asyncio.ensure_future(self.close(UNAUTHORIZED))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

        self._deadline = asyncio.get_running_loop().call_later(seconds, close)

    async def _resume(self, membership: Membership, after: str) -> None:
        """Send what the log holds after `after`; live events wait meanwhile, so the order is kept."""
        if not is_object_id(after):
            await self._complain("VALIDATION_ERROR", "after is the id of the last event you have")
            return
        organization_id = membership.organization_id
        limit = settings.TETHER_RESUME_MAX_EVENTS
        frames, known = await database_sync_to_async(_missed)(organization_id, after, limit)
        if not known or len(frames) > limit:
            await self._complain("RESUME_INCOMPLETE", "Some events are no longer here; read the history as well")
        for frame in frames[:limit]:
            await self.send(text_data=frame)

    async def _complain(self, code: str, message: str) -> None:
        answer = {"type": "error", "code": code, "message": message}
        await self.send(text_data=msgspec.json.encode(answer).decode())


def _missed(organization_id: str, after: str, limit: int) -> tuple[list[str], bool]:
    rows = events_after(organization_id=organization_id, last_seen=after, limit=limit + 1)
    return [frame_of(row) for row in rows], is_known(organization_id=organization_id, event_id=after)
