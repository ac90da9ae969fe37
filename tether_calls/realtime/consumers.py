"""The socket: who it is for, what it sends, how a client catches up."""

from __future__ import annotations

import asyncio
import logging
from asyncio import sleep
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import msgspec
from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error

from tether_calls.common.object_id import is_object_id
from tether_calls.realtime import follower
from tether_calls.realtime.follower import in_database, pages
from tether_calls.realtime.log import missed_since
from tether_calls.realtime.membership import Membership, resolve_membership
from tether_calls.realtime.origins import is_allowed_origin
from tether_calls.realtime.outbox import Outbox

logger = logging.getLogger(__name__)

# Close codes. 4401: no, a wrong, or an expired token. 4403: the page's origin is not allowed.
UNAUTHORIZED, FORBIDDEN_ORIGIN = 4401, 4403
# The client reads more slowly than events come; it is to resume. 4429: its user has too many sockets.
TOO_SLOW, TOO_MANY_SOCKETS = 4408, 4429
# The database is away.
TRY_AGAIN_LATER = 1013
AUTHENTICATE_WITHIN_SECONDS = 5.0
# So long a new socket's events wait for a resume to go first.
RESUME_WITHIN_SECONDS = 0.5
# How often it is looked at whether an open socket's user may still have it.
WATCH_SECONDS = 60.0
# The last events of a resume, by id: the follower may come upon them a moment later.
_RESUMED_MAX = 1_000
SUBPROTOCOL = "bearer"

# Open sockets of this process, by user.
_open_sockets: Counter[str] = Counter()


class Command(msgspec.Struct):
    """What a client may say."""

    type: str
    token: Any = ""
    after: Any = ""


class EventsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """`/ws/events`: one text frame per event of the user's organization.

    The token comes as a subprotocol pair (`bearer`, token) or in a first message `{"type": "authenticate", "token"}`
    within five seconds. `{"type": "resume", "after": id}` sends what was missed and then `{"type": "resumed",
    "through": id}`; `{"type": "ping"}` answers pong.
    """

    # The follower is what the channel layer wakes: sockets open, and stay, while Redis is away.
    channel_layer_alias = None

    membership: Membership | None = None
    _token = ""
    _watch: asyncio.Task[None] | None = None
    _writer: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._outbox = Outbox()
        # A resume's frames, or the next event: never one between the others.
        self._turn = asyncio.Lock()
        self._may_send_events = asyncio.Event()
        self._resumed: frozenset[str] = frozenset()
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own looks for old database connections first, in a thread that all sockets share."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        offered = self.scope.get("subprotocols") or []
        is_bearer = SUBPROTOCOL in offered
        if not is_allowed_origin(dict(self.scope["headers"])):
            # A close code reaches a browser only on an open socket, one that has chosen what the page offered.
            await self.accept(SUBPROTOCOL if is_bearer else next(iter(offered), None))
            await self.close(FORBIDDEN_ORIGIN)
        elif is_bearer:
            refused = await self._enter("".join(offered[offered.index(SUBPROTOCOL) + 1 :][:1]))
            await self.accept(SUBPROTOCOL)
            if refused:
                await self.close(refused)
        else:
            await self.accept()
            self._watch = asyncio.create_task(_quietly(self._expect_token()))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            command = msgspec.json.decode(text_data or bytes_data or b"", type=Command)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            await self._complain("MALFORMED_JSON", "A message is an object with a type")
            return
        if self.membership is None:
            token = str(command.token) if command.type == "authenticate" else ""
            if refused := await self._enter(token):
                await self.close(refused)
        elif command.type == "ping":
            await self.send(text_data='{"type":"pong"}')
        elif command.type == "resume":
            await self._resume(self.membership, command.after)
        elif command.type != "authenticate":  # once more is harmless: a client that used both ways
            await self._complain("VALIDATION_ERROR", "Unknown type of message")

    # ---- Who it is for ---------------------------------------------------------------------------------------------

    async def _enter(self, token: str) -> int | None:
        """Let the token's user have the events from now on; else the close code that says why not."""
        if self._watch is not None:
            self._watch.cancel()
        try:
            membership: Membership | None = await in_database(resolve_membership, token) if token else None
            if membership is None:
                return UNAUTHORIZED
            if _open_sockets[membership.user_id] >= settings.TETHER_SOCKETS_PER_USER:
                return TOO_MANY_SOCKETS
            self.membership, self._token = membership, token
            _open_sockets[membership.user_id] += 1
            await follower.join(membership.organization_id, self._outbox)
        except Error as error:
            logger.warning("A socket cannot be opened (%s)", type(error).__name__)
            return TRY_AGAIN_LATER
        self._watch = asyncio.create_task(_quietly(self._look_after(membership)))
        self._writer = asyncio.create_task(_quietly(self._send_events()))
        return None

    def _leave(self) -> None:
        for task in (self._watch, self._writer):
            if task is not None:
                task.cancel()
        if self.membership is not None:
            follower.leave(self.membership.organization_id, self._outbox)
            _open_sockets.subtract([self.membership.user_id])
            if not _open_sockets[self.membership.user_id]:
                del _open_sockets[self.membership.user_id]
            self.membership = None

    async def _expect_token(self) -> None:
        await sleep(AUTHENTICATE_WITHIN_SECONDS)
        await self.close(UNAUTHORIZED)

    async def _look_after(self, membership: Membership) -> None:
        """Close with 4401 when the token is over, or its user may hear no more."""
        while True:
            await sleep(min(WATCH_SECONDS, membership.seconds_left()))
            if not membership.seconds_left():
                break
            with suppress(Error):  # the next round will tell
                if await in_database(resolve_membership, self._token) is None:
                    break
        await self.close(UNAUTHORIZED)

    # ---- What it sends ---------------------------------------------------------------------------------------------

    async def _send_events(self) -> None:
        """Send what the follower hands over, in its order; close with 4408 when the client does not keep up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._may_send_events.wait(), RESUME_WITHIN_SECONDS)
        async with self._turn:
            self._outbox.held = False
        while True:
            await self._outbox.filled()
            async with self._turn:
                if self._outbox.overflowed:
                    break
                event = self._outbox.take()
                if event is not None and event[0] not in self._resumed:
                    await self.send(text_data=event[1])
        await self.close(TOO_SLOW)

    async def _resume(self, membership: Membership, after: Any) -> None:
        """Send what the log holds after `after`, and say so; live events wait, so that the order is kept."""
        if not is_object_id(after):
            await self._complain("VALIDATION_ERROR", "after is the id of the last event you have")
            return
        try:
            async with self._turn:
                self._outbox.held = True
                through = await self._send_missed(membership.organization_id, after)
                await self._say(type="resumed", through=through)
                self._outbox.held = False
        except Error as error:
            logger.warning("A resume broke off (%s)", type(error).__name__)
            await self.close(TRY_AGAIN_LATER)
        else:
            self._may_send_events.set()

    async def _send_missed(self, organization_id: str, after: str) -> str:
        """Where the next resume is to begin: the greatest id of what a client then has."""
        limit = settings.TETHER_RESUME_MAX_EVENTS
        while True:
            if self._outbox.overflowed:
                self._outbox.reset()
            found, is_known = await in_database(missed_since, organization_id=organization_id, after=after, limit=limit)
            is_complete = is_known and len(found.ids) <= limit
            if not is_complete:
                await self._complain("RESUME_INCOMPLETE", "Some events are no longer here; read the history as well")
            found = found.part(0, limit)
            async for page in pages(found):
                for _, frame in page:
                    await self.send(text_data=frame)
            self._resumed = frozenset(found.ids[-_RESUMED_MAX:])
            if found.ids:
                after = max(after, found.ids[-1]) if is_known else found.ids[-1]
            # More than fits has happened while they were sent: it is in the log, after the last of them.
            if not (is_complete and self._outbox.overflowed):
                return after

    async def _complain(self, code: str, message: str) -> None:
        await self._say(type="error", code=code, message=message)

    async def _say(self, **message: str) -> None:
        await self.send(text_data=msgspec.json.encode(message).decode())


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """For what goes on beside a socket's commands: that the client has gone ends it, and is no error."""
    with suppress(OSError, RuntimeError):
        await work
