"""What people book: money that came in, and corrections."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction

from tether_calls.accounts.models import EntryKind, User, Wallet, WalletEntry
from tether_calls.accounts.wallet.book import book
from tether_calls.common.errors import TetherError
from tether_calls.common.object_id import new_object_id


def open_wallet(*, organization_id: str, currency: str | None = None) -> Wallet:
    """The organization's wallet, made where there is none yet; its currency is TETHER_CURRENCY where none is named."""
    wallet, _ = Wallet.objects.of_organization(organization_id).get_or_create(
        organization_id=organization_id, defaults={"currency": currency or settings.TETHER_CURRENCY}
    )
    return wallet


def top_up(
    *, organization_id: str, amount: Decimal, note: str, made_by: User | None, entry_id: str | None = None
) -> WalletEntry:
    """Money came in. The same `entry_id` again changes nothing. Opens the wallet.

    Raises VALIDATION_ERROR, also for an `entry_id` under which something else is booked.
    """
    if amount <= 0:
        raise TetherError.of_field("amount", "More than nothing is needed")
    return _book_once(EntryKind.TOP_UP, organization_id, amount, note, made_by, entry_id)


def adjust(
    *, organization_id: str, amount: Decimal, note: str, made_by: User | None, entry_id: str | None = None
) -> WalletEntry:
    """A correction, up or down, below nothing too. The same `entry_id` again changes nothing.

    Opens the wallet. Raises VALIDATION_ERROR, also for an `entry_id` under which something else is booked.
    """
    if amount == 0:
        raise TetherError.of_field("amount", "Nothing would change")
    return _book_once(EntryKind.ADJUSTMENT, organization_id, amount, note, made_by, entry_id)


def _book_once(
    kind: EntryKind, organization_id: str, amount: Decimal, note: str, made_by: User | None, entry_id: str | None
) -> WalletEntry:
    if not note.strip():
        raise TetherError.of_field("note", "A note says why")
    wallet = open_wallet(organization_id=organization_id)
    entry_id = entry_id or new_object_id()
    try:
        with transaction.atomic():
            entry = book(
                organization_id=organization_id,
                kind=kind,
                amount=amount,
                id=entry_id,
                note=note.strip(),
                made_by_id=None if made_by is None else made_by.pk,
            )
    except IntegrityError:
        booked = {"kind": kind, "amount": amount, "note": note.strip()}
        entry = wallet.entries.filter(pk=entry_id, **booked).first()
        if entry is None:
            # A form that was gone back to and changed: its new figure must not pass for booked.
            sentence = "Something else is booked by this form; open the page anew"
            raise TetherError.of_field("entry_id", sentence) from None
    assert entry is not None  # the wallet is open
    return entry
