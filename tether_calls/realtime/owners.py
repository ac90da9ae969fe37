"""Whose the call is of which an event tells: for sockets of users who do not hear of all calls.

Most events say it themselves. Of the others it is looked up by who knows calls: that lies above, so it is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tether_calls.realtime.events import CallOwner
from tether_calls.realtime.models import EventLog

# By the ids of calls of one organization; those that are gone are left out.
OwnersOfCalls = Callable[[str, Collection[str]], Mapping[str, CallOwner]]

# Nobody's whom a sight includes.
NOBODY = CallOwner(None, "")
# Documents of events, and the names in them of their user and of our number.
_TOLD: Mapping[str, tuple[str, str]] = {
    "call": ("userId", "providerPhoneNumber"),
    "scheduledCall": ("userId", "fromNumber"),
    "export": ("userId", ""),
}

_owners_of_calls: OwnersOfCalls | None = None


def set_owners_of_calls(owners_of_calls: OwnersOfCalls) -> None:
    """Called once, by the app that knows calls."""
    global _owners_of_calls
    _owners_of_calls = owners_of_calls


def owner_told(row: EventLog) -> CallOwner | None:
    """Whose it is as the event itself says; NOBODY: that has to be looked up; None: it is of no call."""
    for document, (user, number) in _TOLD.items():
        if document in row.data:
            told: dict[str, Any] = row.data[document]
            return CallOwner(_id_of(told.get(user)), told.get(number, ""))
    return None if row.call_id is None else NOBODY


def owners_of(rows: Sequence[EventLog], *, look_up: bool) -> list[CallOwner | None]:
    """Of each event; one statement if it is to `look_up` those that do not say it, and there are such."""
    owners = [owner_told(row) for row in rows]
    silent = {row.call_id for row, owner in zip(rows, owners, strict=True) if owner is NOBODY and row.call_id}
    if not look_up or not silent:
        return owners
    assert _owners_of_calls is not None, "nobody knows calls: is calls installed?"
    found = _owners_of_calls(rows[0].organization_id, silent)
    return [
        found.get(row.call_id or "", NOBODY) if owner is NOBODY else owner
        for row, owner in zip(rows, owners, strict=True)
    ]


def _id_of(user: Any) -> str | None:
    """Documents have the id, or the user with it."""
    found = user.get("_id") if isinstance(user, dict) else user
    return found if isinstance(found, str) else None
