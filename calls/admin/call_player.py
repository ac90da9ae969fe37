"""What was heard and said in a call: its recordings to be played, and the turns of its transcript."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from calls.models import Call, Peaks, Recording
from tether_calls.common.admin.display import minutes, moment
from tether_calls.common.object_id import new_object_id

# How fast a recording plays; the browser keeps which was chosen.
SPEEDS = ("0.75", "1", "1.25", "1.5", "1.75", "2")


@dataclass(frozen=True)
class Player:
    """Addresses of one recording, which stay good: each leads on to where it is at the moment.

    `seconds` is how long it plays, as JavaScript reads it, and `length` as people do; empty where that is not known.
    `peaks` is empty where there will be none.
    """

    audio: str
    peaks: str
    download: str
    name: str
    length: str
    seconds: str


@dataclass(frozen=True)
class Turn:
    """`seconds` is where the player is to go, as JavaScript reads it; empty: the turn's time is not known.

    `link` is the whole second, for addresses that people pass on.
    """

    side: str
    speaker: str
    message: str
    seconds: str
    link: str
    clock: str


# Begins with who opened the page: what one user's page plays, is noted for another user all the same.
_PLAY = "calls.admin.play"
# A page may stay open; one that does so for longer leaves a row each time that it asks.
_PLAY_SECONDS = 12 * 3600


def play_of(text: str, *, listener: str) -> str | None:
    """Which opening of a page plays, by what the page has in its address; None where it cannot be told."""
    try:
        return TimestampSigner(salt=f"{_PLAY}.{listener}").unsign(text, max_age=_PLAY_SECONDS)
    except BadSignature:
        return None


def players_of(call: Call, *, listener: str) -> list[Player]:
    """Of each recording, the newest first. One statement. `listener`: the id of the user who has opened the page."""
    recordings = list(call.recordings.order_by("-id"))
    play = urlencode({"play": TimestampSigner(salt=f"{_PLAY}.{listener}").sign(new_object_id())})
    return [
        Player(
            audio=f"{_address('audio', recording)}?{play}",
            peaks=_address("peaks", recording) if recording.peaks != Peaks.NONE else "",
            download=_address("download", recording),
            name=_name_of(recording, len(recordings)),
            length=minutes(recording.duration),
            seconds="" if recording.duration is None else repr(recording.duration),
        )
        for recording in recordings
    ]


def _address(of: str, recording: Recording) -> str:
    return reverse(f"admin:calls_call_{of}", args=[recording.call_id, recording.pk])


def _name_of(recording: Recording, of: int) -> str:
    length = minutes(recording.duration)
    return f"{moment(recording.created_at, with_zone=True)} · {length}" if of > 1 else length


def turns_of(transcript: Any, *, agent: str, caller: str) -> list[Turn]:
    # Written by strangers: what has not the form of a turn is left out rather than broken over.
    documents = transcript if isinstance(transcript, list) else []
    return [_turn(document, agent=agent, caller=caller) for document in documents if isinstance(document, dict)]


def _turn(document: dict[str, Any], *, agent: str, caller: str) -> Turn:
    is_agent = document.get("role") == "agent"
    timestamp = document.get("timestamp")
    known = isinstance(timestamp, int | float) and not isinstance(timestamp, bool) and timestamp >= 0
    return Turn(
        side="agent" if is_agent else "caller",
        speaker=agent if is_agent else caller,
        message=_printable(document.get("message", "")),
        seconds=repr(float(timestamp)) if known and timestamp is not None else "",
        link=str(int(timestamp)) if known and timestamp is not None else "",
        clock=minutes(timestamp) if known else "",
    )


def _printable(text: Any) -> str:
    """JSON can hold half of a surrogate pair, which no page can be encoded with."""
    return str(text).encode("utf-8", "replace").decode()
