"""Whom a privacy request is about, which rows are theirs, and what legal holds keep of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import Model

from calls.models import LegalHold, PrivacyRequest
from calls.selectors.privacy.holds import held, named_contacts
from calls.services.lifecycle.heed_holds import holds_just_now
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

    def __init__(self, person: Person, holds: Sequence[LegalHold]) -> None:
        self.is_person = any(
            hold.contact_id in person.contact_ids or hold.phone_number in person.phone_numbers for hold in holds
        ) or bool(named_contacts(person.organization_id, holds, person.contact_ids))
        names: list[tuple[str, str | None, str | None]] = []
        if holds:
            calls = calls_of(person).filter(held(holds))
            names += calls.values_list("pk", "provider_call_id", "ai_conversation_id")
        self.call_ids = frozenset(call_id for call_id, *_ in names)
        self._named_there = frozenset(name for _, *there in names for name in there if name)

    @classmethod
    def now(cls, person: Person) -> Held:
        """By the holds that are placed now: the next moment there may be another one."""
        return cls(person, holds_just_now(person.organization_id))

    def keeps_call(self, call_id: str | None) -> bool:
        return self.is_person or call_id in self.call_ids

    def keeps(self, place: Place, row: Model) -> bool:
        if self.is_person:
            return True
        if not self.call_ids:
            return False
        if place.conversation and getattr(row, place.conversation) in self._named_there:
            return True
        if place.calls:
            return any(getattr(row, name) in self.call_ids for name in place.calls)
        # By these the call's person would be known, and of an answer it is not said in which call it was given.
        return place.name in ("contacts", "conversations", "toolAnswers")
