"""Writes to the Do Not Call list; each of them may be repeated."""

from __future__ import annotations

import re

from django.db import transaction

from contacts.models import DoNotCallNumber, DoNotCallSource
from tether_calls.common.errors import TetherError
from tether_calls.common.phone import canonical, spellings
from tether_calls.common.statements import insert_or_get

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def add_to_do_not_call(
    *,
    organization_id: str,
    phone_number: str,
    source: DoNotCallSource,
    reason: str = "",
    added_by_id: str | None = None,
    call_id: str | None = None,
) -> tuple[DoNotCallNumber, bool]:
    """The number's entry, and whether it is new; one that is there stays as it is. Two statements.

    Raises VALIDATION_ERROR for what can be no number with its country code.
    """
    number = canonical(phone_number)
    if number is None:
        sentence = "Not a telephone number with its country code, such as +14165550199"
        raise TetherError.of_field("phoneNumber", sentence)
    entry = DoNotCallNumber(
        organization_id=organization_id,
        phone_number=number,
        reason=one_line(reason),
        source=source,
        added_by_id=added_by_id,
        call_id=call_id,
    )
    with transaction.atomic(savepoint=False):
        is_new = insert_or_get(entry, unique=["organization", "phone_number"])
        if is_new:
            entry.note_created()
    if not is_new:
        entry.refresh_from_db()
    return entry, is_new


def remove_from_do_not_call(*, organization_id: str, phone_number: str, source: DoNotCallSource | None = None) -> bool:
    """Whether the number was on the list, in any spelling; with `source`, by that alone. One statement."""
    entries = DoNotCallNumber.objects.of_organization(organization_id)
    if source is not None:
        entries = entries.filter(source=source)
    count, _ = entries.filter(phone_number__in=spellings(phone_number)).delete()
    return count > 0


def hand_over_entries(*, organization_id: str, call_id: str, to_call_id: str | None) -> None:
    """What a call has put on the list is another call's from now on, or, where there is none, goes. One statement."""
    entries = DoNotCallNumber.objects.of_organization(organization_id).filter(
        call_id=call_id, source=DoNotCallSource.CALL
    )
    if to_call_id is not None:
        entries.update(call_id=to_call_id)
    else:
        entries.delete()


def one_line(reason: str) -> str:
    """A reason as it is kept: without line breaks and control characters, and no longer than the column."""
    return without_controls(reason)[: DoNotCallNumber.REASON_MAX]


def without_controls(text: str) -> str:
    """A text in one line, without what no person has written."""
    return " ".join(_CONTROL.sub(" ", text).split())
