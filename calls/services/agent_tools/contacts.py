"""What agents look up of contacts, and write down of them."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from calls.models import Call
from calls.opt_out.heard import HeardBy, OptOut
from calls.providers.tools import ContactReply, ToolContact, ToolReply, UpdatedContactReply
from calls.services.agent_tools.asked import Asked, CannotBeDone
from calls.services.lifecycle.keep_opt_out import keep_opt_out
from contacts.models import Contact, DoNotCallSource
from contacts.models.contact_note import MAX_NOTE
from contacts.selectors.contacts import find_contact_by_number
from contacts.selectors.do_not_call import do_not_call_entry
from contacts.selectors.notes import notes_of_contact
from contacts.selectors.reminders import open_reminders_of_contact
from contacts.services import find_or_create_caller, may_be_named
from contacts.services.do_not_call import add_to_do_not_call
from contacts.services.notes import note_of_agent
from tether_calls.common.phone import canonical
from tether_calls.common.wire import timestamp

# Of an answer, bytes: all of it goes to the model, and is paid for.
_MOST_BYTES: Final = 1024
_NOTES: Final = 3
# So many characters of each note; fewer where the answer would be too long.
_NOTE_LENGTHS: Final = (200, 120, 60, 0)
_NAME: Final = 60
_ASKED_AN_AGENT: Final = "Asked an agent not to be called again"

_Field = Literal["first_name", "last_name", "email"]


def get_contact(asked: Asked) -> ContactReply:
    """Five statements; one where there is no such contact."""
    contact = _known(asked)
    entry = do_not_call_entry(organization_id=asked.organization_id, phone_number=contact.phone_number)
    calls = Call.objects.of_organization(asked.organization_id).filter(contact=contact).exclude(pk=asked.call_id)
    last = calls.order_by("-start_time", "-pk").values_list("start_time", flat=True).first()
    notes = notes_of_contact(organization_id=asked.organization_id, contact_id=contact.pk, most=_NOTES, sight=None)
    reminders = open_reminders_of_contact(organization_id=asked.organization_id, contact_id=contact.pk)
    is_unnamed = may_be_named(contact)
    for length in _NOTE_LENGTHS:
        reply = ContactReply(
            success=True,
            contact=ToolContact(
                first_name="" if is_unnamed else contact.first_name[:_NAME],
                last_name="" if is_unnamed else contact.last_name[:_NAME],
                email=contact.email,
                phone_number=contact.phone_number,
                do_not_call=entry is not None,
                open_reminders=reminders,
                recent_notes=[_beginning(note.note, length) for note in notes] if length else [],
                last_call_at=timestamp(last),
            ),
        )
        if len(msgspec.json.encode(reply)) <= _MOST_BYTES:
            break
    return reply


def create_note(asked: Asked) -> ToolReply:
    """Three statements, one more for a new contact."""
    note = asked.required_text("note", MAX_NOTE)
    contact, _ = find_or_create_caller(
        organization_id=asked.organization_id, user_id=None, phone_number=asked.number(), caller_name=""
    )
    note_of_agent(organization_id=asked.organization_id, contact_id=contact.pk, note=note, call_id=asked.call_id)
    return ToolReply(success=True, message="The note is kept.")


def update_contact(asked: Asked) -> UpdatedContactReply:
    """Fill in what is not known yet; what a person has entered stays, and the number too. At most three statements."""
    told = {name: asked.text(name, longest) for name, longest in _LONGEST.items()}
    if not any(told.values()):
        raise CannotBeDone("One of first_name, last_name and email is needed.")
    if told["email"] is not None:
        try:
            validate_email(told["email"])
        except ValidationError:
            raise CannotBeDone("This is no e-mail address. Ask for it again, letter by letter.") from None
    known = _known(asked)
    contact = Contact.objects.of_organization(asked.organization_id).select_for_update(no_key=True).get(pk=known.pk)
    if may_be_named(contact) and (told["first_name"] or told["last_name"]):
        # A placeholder is no name, and no half of one.
        contact.first_name = contact.last_name = ""
    updated: list[_Field] = [name for name in _LONGEST if told[name] and not getattr(contact, name)]
    if updated:
        for name in updated:
            setattr(contact, name, told[name])
        contact.save(update_fields=["first_name", "last_name", "email", "updated_at"])
    return UpdatedContactReply(success=True, updated_fields=updated)


def do_not_call(asked: Asked) -> ToolReply:
    """On the list before it is answered; the call shows it, if it is its customer's number. At most nine statements."""
    number = asked.number()
    if asked.call_id is not None and number == _customer_of(asked):
        keep_opt_out(
            organization_id=asked.organization_id,
            call_id=asked.call_id,
            opt_out=OptOut(by=HeardBy.TOOL),
            reason=_ASKED_AN_AGENT,
        )
    add_to_do_not_call(
        organization_id=asked.organization_id,
        phone_number=number,
        source=DoNotCallSource.CALL,
        reason=_ASKED_AN_AGENT,
        call_id=asked.call_id,
    )
    return ToolReply(success=True, message="The number is not called again.")


def _customer_of(asked: Asked) -> str | None:
    call = Call.objects.of_organization(asked.organization_id).only("direction", "from_number", "to_number")
    return canonical(call.get(pk=asked.call_id).customer_number)


_LONGEST: Final[dict[_Field, int]] = {"first_name": Contact.NAME_MAX, "last_name": Contact.NAME_MAX, "email": 254}


def _known(asked: Asked) -> Contact:
    contact = find_contact_by_number(organization_id=asked.organization_id, phone_number=asked.number())
    if contact is None:
        raise CannotBeDone("Nobody is known with this number.")
    return contact


def _beginning(note: str, length: int) -> str:
    line = " ".join(note.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
