"""The places in which data of a person may lie are gone through, slice after slice.

What a slice has erased, and that it has, are written in one transaction. So whatever cuts the work off, the next
worker goes on behind it, and the certificate says neither more nor less than what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import transaction

from calls.models import PrivacyKind, PrivacyRequest
from calls.services.lifecycle.heed_holds import heeded_holds
from calls.services.privacy.entries import add_to_entry
from calls.services.privacy.go_through_copies import go_through_new_texts
from calls.services.privacy.subject import Held
from tether_calls.background.turns import lock
from tether_calls.common.personal_data import Person, Place

# Where texts go: with their own rows, and with those that they hang on.
_WITH_TEXTS: Final = frozenset({"messages", "conversations", "contacts"})


def go_through_place(
    request: PrivacyRequest, person: Person, place: Place, *, keep: Callable[..., None], is_last_try: bool
) -> None:
    """Count, or erase, what is left of one place; how far that is, is kept with each slice."""
    is_erased = request.kind == PrivacyKind.ERASE
    first_round = request.rounds == 0
    while True:
        rows, last = _slice(place, person, request.cursor)
        then = {"position": request.position + 1, "cursor": ""} if last is None else {"cursor": str(last)}
        if not rows and last is None:
            keep(request, **then)
            return
        if not is_erased:
            add_to_entry(request, {"found": len(rows)}, [])
            keep(request, **then, places=request.places)
            if last is None:
                return
            continue
        if place.name in _WITH_TEXTS:
            go_through_new_texts(request, person, keep=keep, is_last_try=is_last_try)
        released = _released(place, person, rows)
        with transaction.atomic():
            holds = Held(person, heeded_holds(request.organization_id))
            lock(request)
            keeping = [row for row in rows if row not in released and holds.keeps(place, row)]
            left = released if place.release is not None else rows
            going = [row for row in left if row not in keeping and not place.is_gone(row)]
            if going:
                place.erase(person, going)
            done = {
                "found": len(rows) if first_round else len(going),
                "done": len(going),
                "kept": (len(rows) if place.kept else len(keeping)) if first_round else 0,
            }
            why = [place.kept] if place.kept and rows else []
            why += ["A legal hold is placed."] if keeping else []
            add_to_entry(request, done, why)
            keep(request, **then, places=request.places)
        if last is None:
            return


def _released(place: Place, person: Person, rows: Sequence[Any]) -> list[Any]:
    """The rows whose files are gone. Outside of any transaction; before each it is asked what is held by now."""
    if place.release is None:
        return []
    released = []
    for row in rows:
        if not place.is_gone(row) and not Held.now(person).keeps(place, row):
            place.release([row])
            released.append(row)
    return released


def _slice(place: Place, person: Person, cursor: str) -> tuple[list[Any], Any]:
    """The person's rows of those that come next, and the last one that was looked at; None: none comes behind it."""
    rows = place.of(person).order_by("pk")
    if cursor:
        rows = rows.filter(pk__gt=cursor)
    looked_at = list(rows[: place.at_once])
    found = [row for row in looked_at if place.tells_of(person, row)]
    return found, looked_at[-1].pk if len(looked_at) == place.at_once else None


def is_more(request: PrivacyRequest, person: Person, places: Sequence[Place], *, keep: Callable[..., None]) -> bool:
    """Whether anything came while the places were gone through."""
    holds = Held.now(person)
    for place in places:
        cursor = ""
        while True:
            rows, last = _slice(place, person, cursor)
            if any(not place.is_gone(row) and not holds.keeps(place, row) for row in rows):
                return True
            if last is None:
                break
            cursor = str(last)
            keep(request)
    return False
