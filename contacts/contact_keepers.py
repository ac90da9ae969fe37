"""What keeps contacts from being deleted. It lies above, so it is handed in."""

from __future__ import annotations

from collections.abc import Callable

# Called with an organization and a contact, first in a transaction that is to delete it: whether it has to stay, and
# then until the transaction ends.
ContactKeeper = Callable[[str, str], bool]

_keepers: list[ContactKeeper] = []


def keep_contacts(keeper: ContactKeeper) -> None:
    """Called once, by the app that knows why contacts are kept."""
    _keepers.append(keeper)


def is_kept(*, organization_id: str, contact_id: str) -> bool:
    """Whether a contact must not be deleted. To be called before any row is locked."""
    return any(keeper(organization_id, contact_id) for keeper in _keepers)
