"""What is said in running calls, which sockets hear only of calls that they watch.

Who has it lies above (calls); this app lies below, so that is handed in. It is in no log: a client that was away
watches again, and gets the turns from the first one on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from tether_calls.common.errors import TetherError
from tether_calls.common.renderers import to_json
from tether_calls.common.socket_protocol import SharedText
from tether_calls.common.times import to_wire
from tether_calls.realtime.events import Encoded
from tether_calls.realtime.membership import Membership

CALL_TURN = "call_turn"


@dataclass(frozen=True)
class Turn:
    """`sequence` counts the turns of one call as they were kept, from 1; `data` is what clients get, in wire names."""

    sequence: int
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Heard:
    """New turns by call, each call's in order; of the calls in `over` nothing comes after the sequence in `through`.

    `is_cut`: there is more than was read.
    """

    turns: Mapping[str, Sequence[Turn]]
    over: frozenset[str]
    # The last sequence of each call when it was looked at.
    through: Mapping[str, int]
    is_cut: bool = False


# Called from any thread, with why nothing can be heard.
Tell = Callable[[TetherError], None]


class TurnSource(Protocol):
    """Reads the database, but for `listen`: not for the event loop."""

    def begin(self, membership: Membership, call_id: str, address: str, reason: str) -> None:
        """Somebody begins to read along, from this address: it is written down first. `reason`: why, if they say so.

        Raises TetherError: CALL_NOT_FOUND, CALL_HAS_ENDED, REASON_REQUIRED, and what refuses this member.
        """

    def read_on(self, organization_id: str, known: Mapping[str, int]) -> Heard:
        """What these calls of the organization have beyond the sequence that is known of each."""

    def listen(self, organization_id: str, call_id: str, tell: Tell) -> Callable[[], None]:
        """Have what is said in a call come in as long as it is watched, where it does not do so by itself.

        Returns at once, with what ends it.
        """


class _Frame(msgspec.Struct):
    """One WebSocket text frame; no id, since nothing can be resumed after it."""

    event: str
    at: str
    data: Any


def encoded_turn(turn: Turn) -> Encoded:
    """The frame for all sockets that watch its call."""
    return Encoded("", SharedText(to_json(_Frame(CALL_TURN, to_wire(turn.at), turn.data)).decode()))


def encoded_end(call_id: str) -> Encoded:
    """What the watchers of a call that is over get last."""
    return Encoded("", SharedText(to_json({"type": "unwatched", "callId": call_id, "reason": "ended"}).decode()))


def encoded_silence(call_id: str, error: TetherError) -> Encoded:
    """What the watchers of a call get of which nothing can be heard; they watch on."""
    told = {"type": "error", "code": error.code, "message": error.message, "callId": call_id}
    return Encoded("", SharedText(to_json(told).decode()))


_source: TurnSource | None = None


def set_turn_source(source: TurnSource) -> None:
    """Called once, by the app that knows calls."""
    global _source
    _source = source


def turn_source() -> TurnSource:
    assert _source is not None, "no source of turns: is calls installed?"
    return _source
