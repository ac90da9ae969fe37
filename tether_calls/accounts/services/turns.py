"""What counts or reserves rows of an organization takes turns: else several at once exceed the ceiling."""

from __future__ import annotations

from tether_calls.accounts.models import Organization


def take_turns(organization_id: str) -> None:
    """Wait until nobody else is at it, and keep the others waiting until the transaction ends. One statement.

    Calls wait here only where new labels come with them, as they begin to be pushed live, or as they are transferred;
    dials do not. Of other rows a contact is locked before it, and a conversation after it; a transaction that has
    another order, as a batch of pushes may, is begun anew where two are in each other's way.
    """
    Organization.objects.select_for_update(no_key=True).only("pk").get(pk=organization_id)
