"""Whose the call is of which an event tells: for sockets of users who do not hear of all calls.

Most events say it themselves. Of the others it is looked up by who knows calls: that lies above, so it is handed in.
What is of a conversation, and of no call or of one that is gone, is for whom the conversation is; else what is of a
contact and of no call is for whom the contact is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from tether_calls.realtime.events import CallOwner, Owners
from tether_calls.realtime.models import EventLog

# By the ids of calls, of conversations, or of contacts, of one organization; those that are gone are left out. None:
# everybody's.
LookUp = Callable[[str, Collection[str]], Mapping[str, Owners | None]]

# Nobody's whom a sight includes.
NOBODY: Final[Owners] = ()
# Documents of events, and the names in them of their user and of our number.
_TOLD: Mapping[str, tuple[str, str]] = {
    "call": ("userId", "providerPhoneNumber"),
    "scheduledCall": ("userId", "fromNumber"),
    "export": ("userId", ""),
}

# What goes through all calls of the organization, and is for who sees all of them.
_OF_ALL_CALLS = "redaction"

_owners_of_calls: LookUp | None = None
_owners_of_conversations: LookUp | None = None
_owners_of_contacts: LookUp | None = None


def set_owners(*, of_calls: LookUp, of_conversations: LookUp, of_contacts: LookUp) -> None:
    """Called once, by the app that knows calls."""
    global _owners_of_calls, _owners_of_conversations, _owners_of_contacts
    _owners_of_calls, _owners_of_conversations, _owners_of_contacts = of_calls, of_conversations, of_contacts


def owners_of(rows: Sequence[EventLog], *, look_up: bool) -> list[Owners | None]:
    """Of each event; None: everybody may hear of it.

    If it is to `look_up` those that do not say it, and there are such: one statement for calls, two for conversations,
    three for contacts. Else these are nobody's.
    """
    silent = [row for row in rows if look_up and _document(row) is None]
    of_calls = _looked_up(_owners_of_calls, rows, {row.call_id for row in silent if row.call_id is not None})
    of_none = [row for row in silent if row.call_id not in of_calls]
    conversations = {conversation_id for row in of_none if (conversation_id := _conversation_of(row)) is not None}
    of_conversations = _looked_up(_owners_of_conversations, rows, conversations)
    contacts = {contact_id for row in of_none if (contact_id := _contact_of(row)) is not None}
    of_contacts = _looked_up(_owners_of_contacts, rows, contacts)
    return [_owners(row, of_calls, of_conversations, of_contacts) for row in rows]


def _owners(
    row: EventLog,
    of_calls: Mapping[str, Owners | None],
    of_conversations: Mapping[str, Owners | None],
    of_contacts: Mapping[str, Owners | None],
) -> Owners | None:
    if _OF_ALL_CALLS in row.data:
        return NOBODY
    document = _document(row)
    if document is not None:
        user, number = _TOLD[document]
        told: dict[str, Any] = row.data[document]
        return (CallOwner(_id_of(told.get(user)), told.get(number, "")),)
    if row.call_id in of_calls:
        return of_calls[row.call_id]
    if (conversation_id := _conversation_of(row)) is not None:
        return of_conversations.get(conversation_id, NOBODY)
    if row.call_id is not None:
        return NOBODY
    contact_id = _contact_of(row)
    return None if contact_id is None else of_contacts.get(contact_id, NOBODY)


def _looked_up(look_up: LookUp | None, rows: Sequence[EventLog], ids: Collection[str]) -> Mapping[str, Owners | None]:
    if not ids:
        return {}
    assert look_up is not None, "nobody knows calls: is calls installed?"
    return look_up(rows[0].organization_id, ids)


def _document(row: EventLog) -> str | None:
    """The name of its document that says whose it is."""
    return next((name for name in _TOLD if name in row.data), None)


def _conversation_of(row: EventLog) -> str | None:
    return _id_of(row.data.get("conversationId"))


def _contact_of(row: EventLog) -> str | None:
    """The contact that it tells of, where it is of neither."""
    is_of_contact = row.call_id is None and _conversation_of(row) is None
    return _id_of(row.data.get("contactId")) if is_of_contact else None


def _id_of(user: Any) -> str | None:
    """Documents have the id, or the user with it."""
    found = user.get("_id") if isinstance(user, dict) else user
    return found if isinstance(found, str) else None
