"""Notes that are written of a call are found with it."""

from __future__ import annotations

from calls.models import Call
from calls.services.lifecycle.keep_words import keep_words
from contacts.models import ContactNote


def keep_words_with_note(note: ContactNote) -> None:
    """Have searches find the note's call by what its notes say now. Three statements; none where it is of no call.

    The call is locked as a report locks it, so that of two texts the newer one stays.
    """
    if note.call_id is None:
        return
    calls = Call.objects.of_organization(note.organization_id).select_for_update(no_key=True, of=("self",))
    call = calls.filter(pk=note.call_id).first()
    if call is not None:
        keep_words(call)
