"""The monitoring socket of a running conversation, which tells what is said in it, and can end it.

Only accounts on the enterprise plan have it, for agents whose `monitoring_enabled` is set, with a key that may write
agents. It acknowledges no command, and neither its close codes nor how it refuses are documented.
https://elevenlabs.io/docs/eleven-agents/guides/realtime-monitoring
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, reconnect

from calls.providers.bodies import PayloadError, parse_json
from calls.providers.connection import watched
from calls.providers.elevenlabs.answers import error_code, read_turn
from calls.providers.elevenlabs.conversation import PROVIDER
from calls.providers.elevenlabs.settings import ElevenLabsCredentials
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.http import Ask, ProviderHttp, problem_of_status
from calls.reports import TranscriptTurn
from tether_calls.common.http.limits import Clock

_MONITOR: Final = "/v1/convai/conversations/{id}/monitor"
_END_CALL: Final = '{"command_type":"end_call"}'
# A message of a conversation is a few kB.
_MAX_MESSAGE: Final = 1024 * 1024
# How often it is asked whether anybody still listens.
_LOOK_UP_SECONDS: Final = 1.0
# What the library would write of a handshake has the key in it.
_quiet = logging.getLogger(f"{__name__}.wire")
_quiet.setLevel(logging.WARNING)


class _Once(reconnect):
    """A connection that follows no redirect: the key goes to the account's host and to no other."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def end_conversation(credentials: ElevenLabsCredentials, conversation_id: str, *, clock: Clock) -> None:
    """Send the command that ends a running conversation; whether it did, only the conversation tells.

    Raises NOT_SUPPORTED where the account, the key or the agent has no such socket, UNKNOWN where it broke off after
    the command was sent, and other problems where nothing was sent.
    """
    http = ProviderHttp(provider=PROVIDER, base_url=credentials.base_url, error_code=error_code)
    address = http.url(_MONITOR, id=conversation_id)
    ask = Ask(operation="end conversation", method="GET", url=address, headers={"xi-api-key": credentials.api_key})
    with watched(PROVIDER, ask.operation), _opened(http, ask, clock) as socket:
        try:
            socket.send(_END_CALL)
        except (OSError, ConnectionClosed) as error:
            raise http.failure(ask, ProviderProblem.UNKNOWN, reason=type(error).__name__) from None


def turns_of_conversation(
    credentials: ElevenLabsCredentials, conversation_id: str, *, clock: Clock, is_wanted: Callable[[], bool]
) -> Iterator[TranscriptTurn]:
    """What is said, from the last hundred events before the socket was opened on; it ends when the conversation does.

    Raises NOT_SUPPORTED where the account or the key has no such socket; UNAVAILABLE also where it breaks off, REFUSED
    and NOT_FOUND where the conversation does not go on, or not yet.
    """
    http = ProviderHttp(provider=PROVIDER, base_url=credentials.base_url, error_code=error_code)
    address = http.url(_MONITOR, id=conversation_id)
    headers = {"xi-api-key": credentials.api_key}
    ask = Ask(operation="listen", method="GET", url=address, headers=headers, expects=_does_not_go_on)
    with ExitStack() as stack:
        with watched(PROVIDER, ask.operation):
            socket = stack.enter_context(_opened(http, ask, clock, refused=_not_permitted))
        while is_wanted():
            try:
                told = socket.recv(timeout=_LOOK_UP_SECONDS)
            except TimeoutError:
                continue
            except ConnectionClosedOK:
                return
            except (OSError, ConnectionClosed) as error:
                raise http.failure(ask, ProviderProblem.UNAVAILABLE, reason=type(error).__name__) from None
            turn = read_turn(told)
            if turn is not None:
                yield turn


@contextmanager
def _opened(
    http: ProviderHttp, ask: Ask, clock: Clock, *, refused: Callable[[int], ProviderProblem] | None = None
) -> Iterator[ClientConnection]:
    """Raises ProviderError; what is raised within is left as it is."""
    with ExitStack() as stack:
        try:
            connecting = _Once(
                "ws" + ask.url.removeprefix("http"),
                additional_headers=dict(ask.headers),
                user_agent_header=None,
                proxy=None,
                compression=None,
                open_timeout=clock.left(clock.limits.connect_seconds + clock.limits.read_seconds),
                close_timeout=1.0,
                max_size=_MAX_MESSAGE,
                logger=_quiet,
            )
            socket = stack.enter_context(connecting)
        except InvalidStatus as refusal:
            raise _refused(http, ask, refusal, refused or _not_monitored) from None
        except (OSError, WebSocketException) as error:
            # A TimeoutError is an OSError. The handshake alone asks for nothing.
            raise http.failure(ask, ProviderProblem.UNAVAILABLE, reason=type(error).__name__) from None
        yield socket


def _not_monitored(status: int) -> ProviderProblem:
    """A key that is accepted elsewhere and not here, or an address that is not there: the account has no monitoring."""
    problem = problem_of_status(status, method="GET")
    is_not = problem in (ProviderProblem.NOT_FOUND, ProviderProblem.REFUSED, ProviderProblem.BAD_ANSWER)
    return ProviderProblem.NOT_SUPPORTED if status == 403 or is_not else problem


def _not_permitted(status: int) -> ProviderProblem:
    """A conversation that does not go on yet is refused as well, so that only a plain no counts."""
    return ProviderProblem.NOT_SUPPORTED if status in (402, 403) else problem_of_status(status, method="GET")


def _does_not_go_on(error: ProviderError) -> bool:
    """A call that still rings has no conversation to be heard yet, and one that is over has none any more."""
    return error.problem in (ProviderProblem.NOT_FOUND, ProviderProblem.REFUSED)


def _refused(
    http: ProviderHttp, ask: Ask, refusal: InvalidStatus, problem_of: Callable[[int], ProviderProblem]
) -> ProviderError:
    status = refusal.response.status_code
    problem = problem_of(status)
    try:
        reason = error_code(parse_json(bytes(refusal.response.body or b"")))
    except PayloadError:
        reason = ""
    return http.failure(ask, problem, status=status, reason=reason)
