"""The contacts of many calls, looked up and written together."""

from __future__ import annotations

from collections.abc import Iterable

from contacts.models import Contact
from contacts.selectors.contacts import contact_number
from contacts.services.caller_names import UNKNOWN_CALLER, CallerName, may_be_named
from contacts.services.contact import name_placeholder, new_caller
from tether_calls.common.phone import spellings
from tether_calls.common.statements_of_many import insert_or_get_many


class Callers:
    """Contacts found, made and named as `find_or_create_caller` does it call by call. One statement looks them up."""

    def __init__(self, *, organization_id: str, user_id: str | None, phone_numbers: Iterable[str]) -> None:
        self._organization_id, self._user_id = organization_id, user_id
        self._numbers = {number: contact_number(number) for number in set(phone_numbers)}
        known_as = {number: spellings(number) for number in set(self._numbers.values())}
        every = {spelling for spelled in known_as.values() for spelling in spelled}
        contacts = Contact.objects.of_organization(organization_id).filter(phone_number__in=every)
        found = {contact.phone_number: contact for contact in contacts}
        self._contacts = {
            number: next(found[spelling] for spelling in spelled if spelling in found)
            for number, spelled in known_as.items()
            if not found.keys().isdisjoint(spelled)
        }
        self._new: list[Contact] = []
        # What those with a placeholder were called before, and the name that was told.
        self._named: dict[str, tuple[tuple[str, str], str]] = {}

    def caller(self, phone_number: str, caller_name: str) -> Contact:
        """The contact with one of the numbers; it has its id when all are written."""
        number = self._numbers[phone_number]
        contact = self._contacts.get(number)
        if contact is None:
            contact = new_caller(
                organization_id=self._organization_id,
                user_id=self._user_id,
                phone_number=phone_number,
                caller_name=caller_name,
            )
            self._contacts[number] = contact
            self._new.append(contact)
        elif caller_name and may_be_named(contact) and (name := CallerName.parse(caller_name)) is not None:
            if not contact._state.adding:
                self._named[contact.pk] = (contact.first_name, contact.last_name), caller_name
            contact.first_name, contact.last_name = name.first, name.last
        return contact

    def write(self) -> None:
        """One statement for all that are new, whose ids count from here on, and one for each that has got a name."""
        if self._new:
            ordered = sorted(self._new, key=lambda contact: contact.phone_number)
            made = set(insert_or_get_many(ordered, unique=["organization", "phone_number"]))
            # Another transaction was faster, and may have known no name.
            for contact in ordered:
                if contact not in made:
                    self._named[contact.pk] = UNKNOWN_CALLER, contact.full_name
        for contact_id, (called, name) in sorted(self._named.items()):
            name_placeholder(
                organization_id=self._organization_id, contact_id=contact_id, caller_name=name, called=called
            )
