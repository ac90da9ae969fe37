"""What keeps contacts, and what was written of them, from being deleted. It lies above, so it is handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection

from tether_calls.common.sight import Sight

# Called with an organization and a contact, first in a transaction that is to delete it: whether it has to stay, and
# then until the transaction ends.
ContactKeeper = Callable[[str, str], bool]

# Whether what was written of a contact, and perhaps of a call, has to stay as it is.
IsKept = Callable[[str, str | None], bool]
# Called with an organization, first in a transaction that is to change or delete what was written: what has to stay
# until the transaction ends.
WritingKeeper = Callable[[str], IsKept]

# Called with an organization, first in such a transaction, too: the contacts of which everything has to stay.
ContactNamer = Callable[[str], Collection[str]]

# Called with a sight and a contact that it includes: whether it leaves out calls or conversations of it.
ContactSharer = Callable[[Sight, str], bool]

_keepers: list[ContactKeeper] = []
_sharers: list[ContactSharer] = []
_writing_keepers: list[WritingKeeper] = []
_namers: list[ContactNamer] = []


def keep_contacts(keeper: ContactKeeper) -> None:
    """Called once, by the app that knows why contacts are kept."""
    _keepers.append(keeper)


def keep_writings(keeper: WritingKeeper) -> None:
    """The same, by the app that knows why values, notes and reminders are kept."""
    _writing_keepers.append(keeper)


def name_contacts(namer: ContactNamer) -> None:
    """The same, by the app that knows of which contacts everything is kept."""
    _namers.append(namer)


def share_contacts(sharer: ContactSharer) -> None:
    """The same, by the app that knows who has spoken with a contact."""
    _sharers.append(sharer)


def is_kept(*, organization_id: str, contact_id: str) -> bool:
    """Whether a contact must not be deleted. To be called before any row is locked."""
    return any(keeper(organization_id, contact_id) for keeper in _keepers)


def is_others(*, sight: Sight | None, contact_id: str) -> bool:
    """Whether others have spoken with a contact, too, of whom somebody does not hear."""
    return sight is not None and any(sharer(sight, contact_id) for sharer in _sharers)


def kept_writings(*, organization_id: str) -> IsKept:
    """Which values, notes and reminders must stay as they are. To be called before any row is locked."""
    asked = [keeper(organization_id) for keeper in _writing_keepers]
    return lambda contact_id, call_id: any(is_kept(contact_id, call_id) for is_kept in asked)


def named_contacts(*, organization_id: str) -> frozenset[str]:
    """The contacts of which everything must stay as it is. To be called before any row is locked."""
    return frozenset(contact_id for namer in _namers for contact_id in namer(organization_id))
