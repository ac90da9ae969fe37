"""A contact under an older spelling of its number becomes one with today's, and a placeholder is no name any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from calls.models import LegalHold
from calls.selectors.privacy.holds import held_contacts, placed_holds
from calls.services.contact_merging.changes import in_order, what_was_done
from calls.services.contact_merging.merge_rows import merge_rows, move_references
from calls.services.lifecycle.heed_holds import heeded_holds
from contacts.models import Contact
from contacts.selectors.contacts import contact_number
from contacts.services.caller_names import HIDDEN_NAME, NEW_CONTACT, UNKNOWN_CALLER, may_be_named


class ChangeKind(StrEnum):
    MERGED = "merged"
    RESPELLED = "respelled"
    NAME_CLEARED = "name_cleared"


@dataclass(frozen=True, kw_only=True)
class ContactChange:
    """What is to be done with a contact, or was; `into_id` is the one that it is merged into.

    Nothing where it `is_held`: a legal hold covers it, or the other one.
    """

    kind: ChangeKind
    organization_id: str
    contact_id: str
    number: str
    name: str
    number_today: str
    into_id: str | None = None
    is_held: bool = False


def changes_due(*, organization_id: str) -> Iterator[ContactChange | None]:
    """One item for each contact of the organization, in the order of ids; None for one that stays as it is.

    A statement for a thousand contacts, and one for each number that is spelled otherwise today; where holds are
    placed, at most two for each change.
    """
    holds = list(placed_holds(organization_id))
    return (_change_of(contact, holds) for contact in in_order(Contact.objects.of_organization(organization_id)))


def make_change(change: ContactChange) -> ContactChange | None:
    """What was done, in one transaction, or is held; None where the contact is gone, or is as it should be by now.

    Calls that come in meanwhile find the contact that is left. Raises CannotMerge, IntegrityError, OperationalError:
    nothing was done.
    """
    return what_was_done(lambda: _made(change.organization_id, change.contact_id))


def _change_of(contact: Contact, holds: Sequence[LegalHold]) -> ContactChange | None:
    today = contact_number(contact.phone_number)
    into = None
    if today != contact.phone_number:
        others = Contact.objects.of_organization(contact.organization_id).filter(phone_number=today)
        into = others.values_list("pk", flat=True).first()
        kind = ChangeKind.RESPELLED if into is None else ChangeKind.MERGED
    elif _names(contact) != (contact.first_name, contact.last_name):
        kind = ChangeKind.NAME_CLEARED
    else:
        return None
    return ContactChange(
        kind=kind,
        organization_id=contact.organization_id,
        contact_id=contact.pk,
        number=contact.phone_number,
        name=contact.full_name,
        number_today=today,
        into_id=into,
        is_held=bool(held_contacts(contact.organization_id, holds, [contact.pk, *([into] if into else [])])),
    )


def _made(organization_id: str, contact_id: str) -> Iterator[ContactChange]:
    holds = heeded_holds(organization_id)
    contacts = Contact.objects.of_organization(organization_id)
    contact = contacts.filter(pk=contact_id).first()
    change = None if contact is None else _change_of(contact, holds)
    if contact is None or change is None:
        return
    if change.is_held:
        yield change
        return
    kept = contacts.filter(pk=change.into_id).first()
    if kept is not None:
        # Before the contact is locked: a call that is changed in this moment is locked first, and its contact last.
        move_references(kept=kept, gone=contact)
    # Locked: what would still refer to it waits now, then finds it gone, and looks again.
    contact = contacts.select_for_update(of=("self",)).filter(pk=contact_id, phone_number=change.number).first()
    if contact is None:
        return
    if change.into_id is None:
        contact.phone_number = change.number_today
        contact.first_name, contact.last_name = _names(contact)
        contact.save(update_fields=["phone_number", "first_name", "last_name", "updated_at"])
    else:
        # Others may go on referring to this one.
        kept = contacts.select_for_update(of=("self",), no_key=True).get(pk=change.into_id)
        merge_rows(kept=kept, gone=contact)
    yield change


def _names(contact: Contact) -> tuple[str, str]:
    """How the contact is to be called: a placeholder that is stored as a name is that of all unknown callers."""
    names = contact.first_name, contact.last_name
    if contact.is_hidden_caller:
        return HIDDEN_NAME
    is_placeholder = contact.full_name in ("", " ".join(UNKNOWN_CALLER), NEW_CONTACT)
    return UNKNOWN_CALLER if may_be_named(contact) and not is_placeholder else names
