"""The socket: who it is for, what it sends, how a client catches up."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import msgspec
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error
from django.utils import timezone

from tether_calls.common.object_id import first_object_id_at, is_object_id
from tether_calls.realtime.events import frame_of, group_of
from tether_calls.realtime.log import events_after, is_known
from tether_calls.realtime.membership import Membership, resolve_membership
from tether_calls.realtime.origins import is_allowed_origin

logger = logging.getLogger(__name__)

# Close codes. 4401: no, a wrong, or an expired token. 4403: the page's origin is not allowed.
UNAUTHORIZED, FORBIDDEN_ORIGIN = 4401, 4403
AUTHENTICATE_WITHIN_SECONDS = 5.0
# How often an open socket is looked after: is its user still to hear this, and has the channel layer lost anything?
WATCH_SECONDS = 60.0
# Events sent of late, by id; more than a minute of them needs no remembering.
_SENT_MAX = 500
SUBPROTOCOL = "bearer"


class Command(msgspec.Struct):
    """What a client may say."""

    type: str
    token: Any = ""
    after: Any = ""


class EventsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """`/ws/events`: one text frame per event of the user's organization.

    The token comes as a subprotocol pair (`bearer`, token) or in a first message `{"type": "authenticate", "token"}`
    within five seconds. `{"type": "resume", "after": id}` sends what was missed; `{"type": "ping"}` answers pong.
    """

    membership: Membership | None = None
    _token = ""
    _watch: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        # The last event that the client has, as far as we know, and those of late.
        self._position = first_object_id_at(timezone.now())
        self._sent: deque[str] = deque(maxlen=_SENT_MAX)
        # Frames go out one batch after another, whoever sends them.
        self._turn = asyncio.Lock()
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
        self._watch = asyncio.create_task(self._expect_token())

    async def disconnect(self, code: int) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if self.membership is not None:
            await self.channel_layer.group_discard(group_of(self.membership.organization_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            command = msgspec.json.decode(text_data or bytes_data or b"", type=Command)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            await self._complain("MALFORMED_JSON", "A message is an object with a type")
            return
        if self.membership is None:
            membership = await self._membership(str(command.token)) if command.type == "authenticate" else None
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
        async with self._turn:
            await self._send_frames(zip(message["ids"], message["frames"], strict=True))

    async def _send_frames(self, frames: Iterable[tuple[str, str]]) -> None:
        for event_id, frame in frames:
            await self.send(text_data=frame)
            self._sent.append(event_id)
            self._position = max(self._position, event_id)

    async def _membership(self, token: str) -> Membership | None:
        self._token = token
        membership: Membership | None = await database_sync_to_async(resolve_membership)(token)
        return membership

    async def _join(self, membership: Membership) -> None:
        self.membership = membership
        await self.channel_layer.group_add(group_of(membership.organization_id), self.channel_name)
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.create_task(self._look_after(membership))

    async def _expect_token(self) -> None:
        await asyncio.sleep(AUTHENTICATE_WITHIN_SECONDS)
        await self.close(UNAUTHORIZED)

    async def _look_after(self, membership: Membership) -> None:
        """Close with 4401 when the token is over or its user may hear no more; else send what the layer has lost.

        A channel layer delivers at most once, and nothing while its server is away; the log has everything.
        """
        while True:
            await asyncio.sleep(min(WATCH_SECONDS, membership.seconds_left()))
            if not membership.seconds_left():
                break
            with suppress(Error):  # away as well: the next round will tell
                if await self._membership(self._token) is None:
                    break
                await self._catch_up(membership.organization_id)
        await self.close(UNAUTHORIZED)

    async def _catch_up(self, organization_id: str) -> None:
        async with self._turn:
            missed, _ = await database_sync_to_async(_missed)(organization_id, self._position, _SENT_MAX)
            await self._send_frames(pair for pair in missed if pair[0] not in self._sent)

    async def _resume(self, membership: Membership, after: Any) -> None:
        """Send what the log holds after `after`; live events wait meanwhile, so the order is kept."""
        if not is_object_id(after):
            await self._complain("VALIDATION_ERROR", "after is the id of the last event you have")
            return
        organization_id = membership.organization_id
        limit = settings.TETHER_RESUME_MAX_EVENTS
        async with self._turn:
            missed, known = await database_sync_to_async(_missed)(organization_id, after, limit + 1)
            if not known or len(missed) > limit:
                await self._complain("RESUME_INCOMPLETE", "Some events are no longer here; read the history as well")
            await self._send_frames(missed[:limit])

    async def _complain(self, code: str, message: str) -> None:
        answer = {"type": "error", "code": code, "message": message}
        await self.send(text_data=msgspec.json.encode(answer).decode())


def _missed(organization_id: str, after: str, limit: int) -> tuple[list[tuple[str, str]], bool]:
    """Ids and frames of what the log holds after an event, and whether it holds that event."""
    rows = events_after(organization_id=organization_id, last_seen=after, limit=limit)
    return [(row.pk, frame_of(row)) for row in rows], is_known(organization_id=organization_id, event_id=after)
