"""The one way in which a balance changes: together with the entry that says why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import connection

from tether_calls.accounts.models import EntryKind, Wallet, WalletEntry
from tether_calls.common.money import SMALLEST, in_units
from tether_calls.common.statements import insert

_TABLE = Wallet._meta.db_table
# One statement takes the wallet's lock, decides and changes: a request at the same moment waits, and decides by
# what the first one left. The number makes the order of entries that of the changes, which ids of several machines
# would not.
_CHANGE = (
    f"UPDATE {_TABLE} SET balance = balance + %s, entry_count = entry_count + 1"  # noqa: S608
    " WHERE organization_id = %s AND (%s OR balance + %s >= 0) RETURNING id, balance, entry_count"
)


def book(
    *, organization_id: str, kind: EntryKind, amount: Decimal, may_owe: bool = True, **fields: Any
) -> WalletEntry | None:
    """Change the balance by `amount` and write the entry: two statements, in the caller's transaction.

    None, and nothing done, where there is no wallet, or where the balance would be negative and `may_owe` is False.
    Raises IntegrityError for an entry that must not be twice.
    """
    units = in_units(amount)
    # wall: the statement names the organization
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE, [units, organization_id, may_owe, units])
        changed = cursor.fetchone()
    if changed is None:
        return None
    wallet_id, balance, number = changed
    entry = WalletEntry(
        wallet_id=wallet_id, number=number, kind=kind, amount=amount, balance_after=balance * SMALLEST, **fields
    )
    insert(entry)
    return entry
