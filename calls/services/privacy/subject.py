"""Whom a privacy request is about, which rows are theirs, and what legal holds keep of these."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Model

from calls.models import PrivacyRequest
from calls.selectors.privacy.holds import held, placed_holds
from tether_calls.common.personal_data import Person, Place, places


def person_of(request: PrivacyRequest) -> Person:
    sought = request.sought
    return Person(
        organization_id=request.organization_id,
        phone_numbers=tuple(sought["numbers"]),
        contact_ids=tuple(sought["contacts"]),
        names=tuple(name for name in sought["names"] if name not in _NO_NAMES),
        request_id=request.pk,
        before=request.before,
    )


_NO_NAMES: Final = frozenset({"Unknown Caller", "Hidden Caller", "New Contact"})


def rows_of(person: Person, name: str) -> Any:
    [found] = [place for place in places() if place.name == name]
    return found.of(person)


def calls_of(person: Person) -> Any:
    return rows_of(person, "calls")


class Held:
    """What legal holds keep of a person: all, or some calls and what hangs together with them."""

    def __init__(self, person: Person) -> None:
        holds = list(placed_holds(person.organization_id))
        self.is_person = any(
            hold.contact_id in person.contact_ids or hold.phone_number in person.phone_numbers for hold in holds
        )
        self.call_ids = (
            frozenset(calls_of(person).filter(held(holds)).values_list("pk", flat=True)) if holds else frozenset()
        )

    def keeps(self, place: Place, row: Model) -> bool:
        if self.is_person:
            return True
        if not self.call_ids:
            return False
        if place.call:
            return getattr(row, place.call) in self.call_ids
        # By these the call's person would be known.
        return place.name in ("contacts", "conversations")
