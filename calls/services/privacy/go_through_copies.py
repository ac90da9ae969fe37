"""What providers have of a person is erased there, and the request says so: slice after slice, as its other places."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db import transaction

from calls.models import PrivacyKind, PrivacyRequest
from calls.services.privacy.copies import COPIES, Copies, CopyPlace, erase_copies
from calls.services.privacy.entries import add_to_entry
from calls.services.privacy.subject import Held, rows_of
from tether_calls.common.personal_data import Person


def go_through_copies(request: PrivacyRequest, person: Person, *, keep: Callable[..., None], is_last_try: bool) -> None:
    """The next slice of the place that the request is at.

    Network: no transaction is open; asked again, providers say that it is gone.
    """
    if request.kind != PrivacyKind.ERASE:
        keep(request, position=len(COPIES), cursor="")
        return
    place = COPIES[request.position]
    outcome = _erased(request, person, place, after=request.cursor, is_last_try=is_last_try)
    if outcome is None:
        keep(request, position=request.position + 1, cursor="")
        return
    with transaction.atomic():
        _note(request, person, outcome, position=request.position, with_held=request.rounds == 0)
        keep(request, cursor=outcome.last, places=request.places)


def go_through_new_texts(
    request: PrivacyRequest, person: Person, *, keep: Callable[..., None], is_last_try: bool
) -> None:
    """Erase, at their carriers, texts that came after the copies were gone through, before the rows of the texts go.

    Those that legal holds keep are left out at once: they would be met again with each slice.
    """
    holds = Held.now(person)
    if holds.is_person:
        return
    for position, place in enumerate(COPIES):
        after: str | None = "" if place.of == "messages" else None
        while after is not None:
            outcome = _erased(
                request, person, place, after=after, is_last_try=is_last_try, without_calls=holds.call_ids
            )
            if outcome is not None:
                with transaction.atomic():
                    _note(request, person, outcome, position=position, with_held=False)
                    keep(request, places=request.places)
            after = outcome.last if outcome is not None else None


def _erased(
    request: PrivacyRequest,
    person: Person,
    place: CopyPlace,
    *,
    after: str,
    is_last_try: bool,
    without_calls: Collection[str] = (),
) -> Copies | None:
    rows = rows_of(person, place.of)
    return erase_copies(
        place,
        organization_id=request.organization_id,
        rows=rows.exclude(call_id__in=without_calls) if without_calls else rows,
        after=after,
        # Asked before each: a hold that is placed meanwhile keeps all that are left.
        held=lambda call_id: Held.now(person).keeps_call(call_id),
        is_last_try=is_last_try,
    )


def _note(request: PrivacyRequest, person: Person, outcome: Copies, *, position: int, with_held: bool) -> None:
    kept = outcome.kept + (outcome.held if with_held else 0)
    counts = {"found": outcome.done + kept, "done": outcome.done, "kept": kept}
    add_to_entry(request, counts, outcome.why, position=position)
    if COPIES[position].of == "messages":
        # What comes later is told from what was seen to by what its carrier calls it.
        rows_of(person, "messages").filter(pk__in=outcome.seen_to).update(provider_message_id="")
