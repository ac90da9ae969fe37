"""The socket: who it is for, what it sends, how a client catches up."""

from __future__ import annotations

import asyncio
import logging
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error

from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.middleware import client_of
from tether_calls.common.object_id import is_object_id
from tether_calls.common.observing.metrics import OPEN_SOCKETS
from tether_calls.common.socket_protocol import wire_of
from tether_calls.realtime import follower, presence, reading_along
from tether_calls.realtime.database import in_database
from tether_calls.realtime.follower import pages
from tether_calls.realtime.log import missed_since
from tether_calls.realtime.membership import Membership, resolve_membership
from tether_calls.realtime.origins import is_allowed_origin, own_cookies
from tether_calls.realtime.outbox import Outbox
from tether_calls.realtime.reading_along import Watch
from tether_calls.realtime.turns import turn_source
from tether_calls.realtime.watch import Watched

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
# The last events of a resume, by id: the follower may come upon them a moment later.
_RESUMED_MAX = 1_000
SUBPROTOCOL = "bearer"

# Open sockets of this process, by user.
_open_sockets: Counter[str] = Counter()
# The event loop itself keeps no task alive.
_closing: set[asyncio.Task[None]] = set()


class Command(msgspec.Struct):
    """What a client may say."""

    type: str
    token: Any = ""
    after: Any = ""
    call_id: Any = msgspec.field(name="callId", default="")
    reason: Any = ""


class EventsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """`/ws/events`: one text frame per event of the user's organization.

    The token comes as a subprotocol pair (`bearer`, token) or in a first message `{"type": "authenticate", "token"}`
    within five seconds. `{"type": "resume", "after": id}` sends what was missed and then `{"type": "resumed",
    "through": id}`; `{"type": "watch", "callId": id}` and `unwatch` begin and end reading along in a running call;
    `{"type": "ping"}` answers pong.
    """

    # The follower is what the channel layer wakes: sockets open, and stay, while Redis is away.
    channel_layer_alias = None

    membership: Membership | None = None
    _watched: Watched | None = None
    # Who is said to be here, because of this socket too.
    _present: presence.Person | None = None
    # Until the client has said who it is; then, until it has had time to resume.
    _deadline: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Channels' own has a task beside this one, for the channel layer, of which nothing is received here."""
        self.scope, self.base_send = scope, _until_it_is_gone(send)
        wire = wire_of(scope, send)
        self._outbox = Outbox(write=wire.write, give_up=partial(self._close_soon, TOO_SLOW))
        wire.has_room = self._outbox.flush
        self._address = client_of(scope)
        # By call.
        self._watches: dict[str, Watch] = {}
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
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
            await self._begin(refused)
        else:
            await self.accept()
            self._set_deadline(AUTHENTICATE_WITHIN_SECONDS, partial(self._close_soon, UNAUTHORIZED))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            # Of a binary message or a text, which some clients begin with a mark, as bodies do.
            said = (bytes_data or b"") if text_data is None else text_data.encode()
            command = msgspec.json.decode(said.removeprefix(BOM_UTF8), type=Command)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            await self._complain("MALFORMED_JSON", "A message is an object with a type")
            return
        if self.membership is None:
            token = str(command.token) if command.type == "authenticate" else ""
            await self._begin(await self._enter(token))
        elif command.type == "ping":
            await self.send(text_data='{"type":"pong"}')
        elif command.type == "resume":
            await self._resume(self.membership, command.after)
        elif command.type == "watch":
            await self._watch(self.membership, command.call_id, command.reason)
        elif command.type == "unwatch":
            await self._unwatch(command.call_id)
        elif command.type != "authenticate":  # once more is harmless: a client that used both ways
            await self._complain("VALIDATION_ERROR", "Unknown type of message")

    # ---- Who it is for ---------------------------------------------------------------------------------------------

    async def _enter(self, token: str) -> int | None:
        """Let the token's user have the events from now on; else the close code that says why not."""
        self._end_deadline()
        try:
            cookies = own_cookies(dict(self.scope["headers"]))
            membership: Membership | None = await in_database(resolve_membership, token, cookies) if token else None
            if membership is None:
                return UNAUTHORIZED
            if _open_sockets[membership.user_id] >= settings.TETHER_SOCKETS_PER_USER:
                return TOO_MANY_SOCKETS
            self.membership = membership
            _open_sockets[membership.user_id] += 1
            OPEN_SOCKETS.add(by=1)
            self._outbox.user_id, self._outbox.sight = membership.user_id, membership.sight
            await follower.join(membership.organization_id, self._outbox)
        except Error as error:
            logger.warning("A socket cannot be opened (%s)", type(error).__name__)
            return TRY_AGAIN_LATER
        self._watched = Watched(membership, partial(self._close_soon, UNAUTHORIZED))
        if membership.is_reachable:
            self._present = presence.Person(membership.organization_id, membership.user_id)
            presence.enter(self._present)
        return None

    async def _begin(self, refused: int | None) -> None:
        """Send events, once the client has had the time to resume; or close."""
        if refused:
            await self.close(refused)
        else:
            self._set_deadline(RESUME_WITHIN_SECONDS, self._outbox.release)

    def _leave(self) -> None:
        self._end_deadline()
        if self._watched is not None:
            self._watched.end()
        if self._present is not None:
            presence.leave(self._present)
            self._present = None
        if self.membership is not None:
            for call_id in list(self._watches):
                self._end_watch(call_id)
            follower.leave(self.membership.organization_id, self._outbox)
            _open_sockets.subtract([self.membership.user_id])
            OPEN_SOCKETS.add(by=-1)
            if not _open_sockets[self.membership.user_id]:
                del _open_sockets[self.membership.user_id]
            self.membership = None

    def _set_deadline(self, seconds: float, then: Callable[[], None]) -> None:
        self._deadline = asyncio.get_running_loop().call_later(seconds, then)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close_soon(self, code: int) -> None:
        """Close from outside of this socket's own task."""
        closing = asyncio.create_task(_quietly(self.close(code)))
        _closing.add(closing)
        closing.add_done_callback(_closing.discard)

    # ---- What it sends ---------------------------------------------------------------------------------------------

    async def _resume(self, membership: Membership, after: Any) -> None:
        """Send what the log holds after `after`, and say so; live events wait, so that the order is kept."""
        if not is_object_id(after):
            await self._complain("VALIDATION_ERROR", "after is the id of the last event you have")
            return
        self._end_deadline()
        self._outbox.held = True
        try:
            through = await self._send_missed(membership.organization_id, after)
            await self._say(type="resumed", through=through)
        except Error as error:
            logger.warning("A resume broke off (%s)", type(error).__name__)
            await self.close(TRY_AGAIN_LATER)
        else:
            self._outbox.release()

    async def _send_missed(self, organization_id: str, after: str) -> str:
        """Where the next resume is to begin: the greatest id of what a client then has."""
        limit = settings.TETHER_RESUME_MAX_EVENTS
        while True:
            if self._outbox.overflowed:
                self._outbox.reset()
            missed = await in_database(
                missed_since,
                organization_id=organization_id,
                after=after,
                limit=limit,
                look_up=self._outbox.sight is not None,
            )
            found, is_complete = missed.found, missed.is_known and not missed.is_cut
            if not is_complete:
                await self._complain("RESUME_INCOMPLETE", "Some events are no longer here; read the history as well")
            async for page in pages(found):
                for frame in page:
                    if self._outbox.is_for(frame):
                        await self.send(text_data=frame.text.text)
            self._outbox.remember(found.ids[-_RESUMED_MAX:])
            if found.ids:
                after = max(after, found.ids[-1]) if missed.is_known else found.ids[-1]
            # More than fits has happened while they were sent: it is in the log, after the last of them.
            if not (is_complete and self._outbox.overflowed):
                return after

    # ---- Reading along ---------------------------------------------------------------------------------------------

    async def _watch(self, membership: Membership, call_id: Any, reason: Any = "") -> None:
        """Send what was said in a running call, and what is said from now on. Once more is harmless."""
        if not is_object_id(call_id):
            await self._refuse_watch(call_id, TetherError(ErrorCode.CALL_NOT_FOUND))
            return
        if call_id not in self._watches:
            if len(self._watches) >= settings.TETHER_WATCHED_CALLS_PER_SOCKET:
                await self._refuse_watch(call_id, TetherError(ErrorCode.TOO_MANY_WATCHED_CALLS))
                return
            try:
                said = reason if isinstance(reason, str) else ""
                await in_database(turn_source().begin, membership, call_id, self._address, said)
            except TetherError as error:
                await self._refuse_watch(call_id, error)
                return
            except Error as error:
                logger.warning("A call cannot be watched (%s)", type(error).__name__)
                await self.close(TRY_AGAIN_LATER)
                return
            self._watches[call_id] = Watch(call_id, self._outbox, partial(self._end_watch, call_id))
        await self._say(type="watching", callId=call_id)
        reading_along.begin(membership.organization_id, self._watches[call_id])

    async def _unwatch(self, call_id: Any) -> None:
        """What is not watched is a success."""
        if isinstance(call_id, str):
            self._end_watch(call_id)
        await self._say(type="unwatched", callId=_shown(call_id))

    def _end_watch(self, call_id: str) -> None:
        if self.membership is not None and (watch := self._watches.pop(call_id, None)) is not None:
            reading_along.end(self.membership.organization_id, watch)

    async def _refuse_watch(self, call_id: Any, error: TetherError) -> None:
        await self._say(type="error", code=error.code, message=error.message, callId=_shown(call_id))

    async def _complain(self, code: str, message: str) -> None:
        await self._say(type="error", code=code, message=message)

    async def _say(self, **message: str) -> None:
        await self.send(text_data=msgspec.json.encode(message).decode())


def _shown(call_id: Any) -> str:
    """What a client called a call, as it is told back."""
    return call_id[:64] if isinstance(call_id, str) else ""


def _until_it_is_gone(send: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    """Send as the server does; that the client has gone before it had its answer ends the socket, and is no error."""

    async def to_client(message: Any) -> None:
        try:
            await send(message)
        except (OSError, RuntimeError) as error:
            raise StopConsumer from error

    return to_client


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """For what goes on beside a socket's commands: that the client has gone ends it, and is no error."""
    with suppress(OSError, RuntimeError, StopConsumer):
        await work
