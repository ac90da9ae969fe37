"""Legal holds while something is erased: none is placed between the look at them and the commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db import connection, transaction

from calls.models import LegalHold
from calls.selectors.privacy.holds import held_calls, held_contacts, named_contacts, placed_holds

_NAME: Final = "legal holds of "


def heeded_holds(organization_id: str) -> list[LegalHold]:
    """The holds of an organization, and no other one is placed until the transaction ends. One statement, or two.

    It comes first in a transaction, before any row is locked: then who waits here has nothing that others wait for,
    and nobody waits for each other. Those who erase do not wait for each other here.
    """
    _lock("pg_advisory_xact_lock_shared", organization_id)
    return list(placed_holds(organization_id))


def holds_just_now(organization_id: str) -> list[LegalHold]:
    """The same for what no transaction undoes, such as the end of a file: those too that were being placed."""
    with transaction.atomic():
        return heeded_holds(organization_id)


def holds_contact(organization_id: str, contact_id: str) -> bool:
    """Whether a hold keeps a contact, for a transaction that is to delete it."""
    return bool(held_contacts(organization_id, heeded_holds(organization_id), [contact_id]))


def holds_writings(organization_id: str) -> Callable[[str, str | None], bool]:
    """Whether a hold keeps what was written of a contact, perhaps of a call; for a transaction that is to change it.

    Of a contact all that its own holds, or those on its number, cover; else what is of a call that is held.
    """
    holds = heeded_holds(organization_id)

    def are_held(contact_id: str, call_id: str | None) -> bool:
        of_contact = named_contacts(organization_id, holds, [contact_id])
        return bool(of_contact or held_calls(organization_id, holds, [call_id]))

    return are_held


def names_of_holds(organization_id: str) -> frozenset[str]:
    """The contacts that holds name, by themselves or by their number, for a transaction that takes something away."""
    return named_contacts(organization_id, heeded_holds(organization_id))


def wait_for_erasers(organization_id: str) -> None:
    """Until the transaction ends nothing of the organization is erased, and nobody else places a hold.

    It comes first in a transaction, too.
    """
    _lock("pg_advisory_xact_lock", organization_id)


def _lock(function: str, organization_id: str) -> None:
    """On SQLite one transaction writes at a time anyway, and each that may write has its turn from its beginning."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Holds are heeded within a transaction")
    if connection.vendor == "postgresql":
        # wall: a lock, not rows
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [f"{_NAME}{organization_id}"])
