"""The words of a call for searches: the one way in which they are written, in the transaction that changes its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from django.db import connections, router

from calls.models import Call
from calls.models.call_words import WORDS_VERSION, CallWords, words_of_call
from contacts.selectors.notes import notes_to_search
from tether_calls.common.statements import write


def keep_words(*calls: Call) -> int:
    """Have searches find what the calls, and the notes of them, say now; a call without text is not found.

    To be called wherever transcript, summary, start or notes of a call may have changed, in the same transaction.
    Returns how many of them have any. Two statements, or three.
    """
    notes = notes_to_search([call.pk for call in calls])
    heard = [call for call in calls if _has_text(call) or call.pk in notes]
    heard_ids = {call.pk for call in heard}
    if silent := [call.pk for call in calls if call.pk not in heard_ids]:
        # wall: of calls that the caller has changed
        CallWords.objects.filter(call_id__in=silent).delete()
    if heard:
        _write(heard, notes)
    return len(heard)


def keep_words_of_new(*calls: Call) -> None:
    """As `keep_words`, of calls that were made in this transaction, which have no notes but of what they say.

    One statement, none where there is no text.
    """
    if heard := [call for call in calls if _has_text(call)]:
        _write(heard, {})


def _has_text(call: Call) -> bool:
    """Whether there is anything in it to search, besides its notes."""
    return bool(call.ai_transcript or call.ai_summary)


def _write(calls: Sequence[Call], notes: Mapping[str, Sequence[str]]) -> None:
    connection = connections[router.db_for_write(CallWords)]
    adapt = connection.ops.adapt_datetimefield_value
    values = [
        value
        for call in calls
        for value in (
            call.pk,
            call.organization_id,
            adapt(call.start_time),
            WORDS_VERSION,
            words_of_call(call, connection, notes.get(call.pk, ())),
        )
    ]
    write(_sql(len(calls), connection.vendor), values, connection)


@cache
def _sql(rows: int, vendor: str) -> str:
    one = f"(%s, %s, %s, %s, %s{'::tsvector' if vendor == 'postgresql' else ''})"
    return (
        "INSERT INTO calls_callwords (call_id, organization_id, start_time, version, words)"  # noqa: S608
        f" VALUES {', '.join([one] * rows)}"
        " ON CONFLICT (call_id) DO UPDATE SET organization_id = excluded.organization_id,"
        " start_time = excluded.start_time, version = excluded.version, words = excluded.words"
    )
