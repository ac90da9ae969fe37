"""Writes to the Do Not Call list; each of them may be repeated.

What a call or a text has put there can be taken back: the one is found not to be meant so, the other is followed by a
START. So an entry knows all that keeps it there: its source, which is the one that is hardest to take back, and, beside
a text, the call in which the same was asked for. One is not taken back with the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Case, Q, Value, When

from contacts.models import DoNotCallNumber, DoNotCallSource
from tether_calls.common.errors import TetherError
from tether_calls.common.phone import canonical, spellings
from tether_calls.common.statements import insert_or_get

# Whose entries only people take away again.
OF_PEOPLE = frozenset((DoNotCallSource.ADMIN, DoNotCallSource.IMPORT, DoNotCallSource.API))
# In front of what was said in a call, or written in a text, where that is the reason.
QUOTED = "Asked in a call: "
QUOTED_TEXT = "Asked in a text: "
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
    """The number's entry, and whether it is new; one that is there stays, and from now on for this, too.

    Two statements, or, where that is new of it, up to six. Raises VALIDATION_ERROR for what can be no number with its
    country code.
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
            _keep_for(entry, source, reason=one_line(reason), added_by_id=added_by_id, call_id=call_id)
    return entry, is_new


def _keep_for(
    entry: DoNotCallNumber, source: DoNotCallSource, *, reason: str, added_by_id: str | None, call_id: str | None
) -> None:
    entries = DoNotCallNumber.objects.of_organization(entry.organization_id).filter(pk=entry.pk)
    values: dict[str, Any] = {}
    if source in OF_PEOPLE and entry.source not in OF_PEOPLE:
        values = {"source": source, "added_by_id": added_by_id, "reason": reason or entry.reason}
    elif (entry.source, source) == (DoNotCallSource.CALL, DoNotCallSource.SMS) and entry.call_id is not None:
        values = {"source": source}
    elif (entry.source, source) == (DoNotCallSource.SMS, DoNotCallSource.CALL) and entry.call_id is None:
        # Of a call that nobody can name nothing is ever found.
        values = {"source": source} if call_id is None else {"call_id": call_id}
    # As it was read: of two who come at once, the one that is harder to take back stays.
    if values and entries.filter(source=entry.source).update(**values):
        entry.refresh_from_db()


def remove_from_do_not_call(*, organization_id: str, phone_number: str) -> bool:
    """Whether the number was on the list, in any spelling. One statement."""
    entries = DoNotCallNumber.objects.of_organization(organization_id)
    count, _ = entries.filter(phone_number__in=spellings(phone_number)).delete()
    return count > 0


@transaction.atomic
def take_back_text(*, organization_id: str, phone_number: str) -> bool:
    """Whether a number, in any spelling, was on the list by a text alone, and is not any more.

    One for which a call asked as well stays, for that call. Two statements, and those of the audit log.
    """
    entries = DoNotCallNumber.objects.of_organization(organization_id).filter(
        source=DoNotCallSource.SMS, phone_number__in=spellings(phone_number)
    )
    entries.exclude(call_id=None).update(source=DoNotCallSource.CALL)
    count, _ = entries.filter(call_id=None).delete()
    return count > 0


def hand_over_entries(*, organization_id: str, call_id: str, to_call_id: str | None, reason: str = "") -> None:
    """What a call has put on the list is another call's from now on, or, where there is none, goes.

    What is there for something else as well stays for that. `reason`: what is told of those that stay, in place of what
    may quote the call, which others see than those who see it. Of who was erased nothing is told again. Two statements,
    and those of the audit log.
    """
    of_call = DoNotCallNumber.objects.of_organization(organization_id).filter(call_id=call_id)
    if to_call_id is None:
        of_call.filter(source=DoNotCallSource.CALL).delete()
    told = Case(When(reason="", then=Value("")), default=Value(one_line(reason)))
    of_call.exclude(source__in=OF_PEOPLE).update(call_id=to_call_id, reason=told)


def forget_quotes(*, organization_id: str, call_ids: Sequence[str], reason: str) -> None:
    """Numbers that some calls have put on the list stay, with a `reason` that quotes nothing that was said in these.

    What people have written stays as it is. One statement.
    """
    of_calls = DoNotCallNumber.objects.of_organization(organization_id).filter(call_id__in=call_ids).exclude(reason="")
    quoting = Q(source=DoNotCallSource.CALL, added_by=None) | Q(reason__startswith=QUOTED)
    of_calls.filter(quoting).update(reason=one_line(reason))


def one_line(reason: str) -> str:
    """A reason as it is kept: without line breaks and control characters, and no longer than the column."""
    return without_controls(reason)[: DoNotCallNumber.REASON_MAX]


def without_controls(text: str) -> str:
    """A text in one line, without what no person has written."""
    return " ".join(_CONTROL.sub(" ", text).split())
