"""Who does something, as the trails write it down."""

from __future__ import annotations

from dataclasses import dataclass

# What rows that are of no organization, such as those of the platform's own staff, have in its place.
PLATFORM = "0" * 24


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts, and from where. `kind` is an ActorKind; `user_id` is the user, also of a key; `reason` of staff's."""

    kind: str
    id: str | None = None
    name: str = ""
    user_id: str | None = None
    ip: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Accessed:
    """What was handed out. `kind` is an AccessKind; of the same `act` there is one row, however often it is noted."""

    kind: str
    call_id: str | None = None
    recording_id: str | None = None
    export_id: str | None = None
    act: str | None = None
