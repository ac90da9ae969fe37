"""Notes of contacts: written, changed, taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from django.db import transaction

from contacts.contact_keepers import kept_writings
from contacts.events import note_created
from contacts.models import Contact, ContactNote, NoteMention, NoteType
from contacts.models.contact_note import MAX_MENTIONS, MAX_NOTE
from contacts.note_followers import note_changed
from contacts.services.mentions import mentioned_in
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import NOTES_ROLE, has_role, works_for
from tether_calls.accounts.sight import of_calls_seen, of_contacts_seen, sight_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.redaction.mask import redacted_text
from tether_calls.common.rows import new_row
from tether_calls.common.statements import insert
from tether_calls.realtime.events import publish


class NoteChanges(TypedDict, total=False):
    note: str
    mentions: list[str]


@transaction.atomic
def create_note(
    *,
    user: User,
    organization_id: str,
    contact_id: str,
    note: str,
    mentions: Sequence[str] = (),
    call_id: str | None = None,
) -> ContactNote:
    """A user's note of a contact of an organization that they work for; `call_id` is a call of it.

    What the organization does not keep is redacted. Three statements, five with mentions, and those of who follows it.
    Raises CONTACT_NOT_FOUND, and VALIDATION_ERROR where a mention is nobody of the organization.
    """
    if not works_for(user, organization_id):
        raise TetherError(ErrorCode.CONTACT_NOT_FOUND)
    contacts = Contact.objects.of_organization(organization_id).select_related("organization")
    seen = contacts.filter(of_contacts_seen(sight_of(user)))
    locked = seen.select_for_update(of=("self",), no_key=True)
    contact = locked.get_or_refuse(ErrorCode.CONTACT_NOT_FOUND, pk=contact_id)
    written = ContactNote(
        organization_id=organization_id,
        contact=contact,
        user=user,
        note=redacted_text(note, contact.organization.redacts),
        call_id=call_id,
        mentions=_members(organization_id, mentions),
    )
    insert(written)
    _mention(written, written.mentions)
    note_changed(written)
    publish(organization_id=organization_id, call_id=call_id, events=[note_created(written)])
    return written


@transaction.atomic
def update_note(*, user: User, organization_id: str, note_id: str, changes: NoteChanges) -> ContactNote:
    """Change what is given; the note is marked as edited. Up to three statements more with mentions.

    Raises NOTE_NOT_FOUND, FORBIDDEN where it is another one's, VALIDATION_ERROR as `create_note`, and LEGAL_HOLD for
    another text of what a hold covers.
    """
    is_kept = kept_writings(organization_id=organization_id)
    written = _writable(user, organization_id, note_id)
    if changes.get("note", written.note) != written.note and is_kept(written.contact_id, written.call_id):
        raise TetherError(ErrorCode.LEGAL_HOLD)
    before = written.mentions
    for name, value in changes.items():
        setattr(written, name, value)
    if "note" in changes:
        written.note = redacted_text(written.note, written.organization.redacts)
    if "mentions" in changes:
        written.mentions = list(dict.fromkeys(changes["mentions"]))
    new = _members(organization_id, [user_id for user_id in written.mentions if user_id not in before])
    written.is_edited = True
    written.save(update_fields=[*changes, "is_edited", "updated_at"])
    if gone := set(before).difference(written.mentions):
        # wall: of the note, which is the organization's
        NoteMention.objects.filter(note_id=written.pk, user_id__in=gone).delete()
    _mention(written, new)
    note_changed(written)
    return written


@transaction.atomic
def rewrite_note(*, user: User, organization_id: str, note_id: str, note: str) -> ContactNote:
    """Change the text; it mentions whom it names with an @, and those whom the old text did not name.

    Up to three statements more with mentions. Raises as `update_note`.
    """
    # Before the row is locked here: it lasts until the transaction ends.
    kept_writings(organization_id=organization_id)
    written = _writable(user, organization_id, note_id)
    named_before = mentioned_in(written.note, organization_id=organization_id)
    others = [user_id for user_id in written.mentions if user_id not in named_before]
    mentions = list(dict.fromkeys([*others, *mentioned_in(note, organization_id=organization_id)]))[:MAX_MENTIONS]
    changes = NoteChanges(note=note, mentions=mentions)
    return update_note(user=user, organization_id=organization_id, note_id=note_id, changes=changes)


@transaction.atomic
def delete_note(*, user: User, organization_id: str, note_id: str) -> None:
    """Its mentions go with it. Raises NOTE_NOT_FOUND, FORBIDDEN where it is another one's, LEGAL_HOLD."""
    is_kept = kept_writings(organization_id=organization_id)
    gone = _writable(user, organization_id, note_id)
    if is_kept(gone.contact_id, gone.call_id):
        raise TetherError(ErrorCode.LEGAL_HOLD)
    gone.delete()
    note_changed(gone)


def may_write_note(user: User, note: ContactNote) -> bool:
    """One's own; an administrator's is every one."""
    return note.user_id == user.pk or has_role(user, NOTES_ROLE)


def new_summary_note(*, organization_id: str, contact_id: str, call_id: str, summary: str) -> ContactNote:
    """What a call that has ended with a summary leaves on its contact, not written yet."""
    return new_row(
        ContactNote,
        organization_id=organization_id,
        contact_id=contact_id,
        type=NoteType.AI_SUMMARY,
        call_id=call_id,
        note=summary[:MAX_NOTE],
    )


def note_of_agent(*, organization_id: str, contact_id: str, note: str, call_id: str | None) -> ContactNote:
    """What an agent writes down while it talks with somebody, in a call that may not be known yet.

    Two statements, and those of who follows it.
    """
    written = new_row(
        ContactNote,
        organization_id=organization_id,
        contact_id=contact_id,
        type=NoteType.AI_SUMMARY,
        call_id=call_id,
        is_of_tool=True,
        note=note[:MAX_NOTE],
    )
    insert(written)
    note_changed(written)
    publish(organization_id=organization_id, call_id=call_id, events=[note_created(written)])
    return written


def keep_summary_note(*, organization_id: str, contact_id: str, call_id: str, summary: str) -> ContactNote | None:
    """Have the call's one summary note say this, unless somebody has edited it. Returns a note that is new.

    One statement, and one for a new or another text. In a transaction that has locked the call.
    """
    known = ContactNote.objects.of_organization(organization_id).filter(call_id=call_id, type=NoteType.AI_SUMMARY)
    there = known.filter(is_of_tool=False).first()
    if there is None:
        new = new_summary_note(organization_id=organization_id, contact_id=contact_id, call_id=call_id, summary=summary)
        insert(new)
        return new
    if there.note != summary[:MAX_NOTE] and not there.is_edited:
        there.note = summary[:MAX_NOTE]
        there.save(update_fields=["note", "updated_at"])
    return None


def _writable(user: User, organization_id: str, note_id: str) -> ContactNote:
    if not works_for(user, organization_id):
        raise TetherError(ErrorCode.NOTE_NOT_FOUND)
    seen = of_calls_seen(sight_of(user))
    notes = ContactNote.objects.of_organization(organization_id).filter(seen).select_related("user", "organization")
    found = notes.select_for_update(of=("self",)).get_or_refuse(ErrorCode.NOTE_NOT_FOUND, pk=note_id)
    if not may_write_note(user, found):
        raise TetherError(ErrorCode.FORBIDDEN, "This note is somebody else's")
    return found


def _mention(note: ContactNote, user_ids: Sequence[str]) -> None:
    """Have the users find it; those who mention themselves have seen it."""
    if user_ids:
        insert(*(NoteMention(note=note, user_id=each, is_seen=each == note.user_id) for each in user_ids))


def _members(organization_id: str, user_ids: Sequence[str]) -> list[str]:
    """The ids, each once. Raises VALIDATION_ERROR where one is nobody of the organization."""
    wanted = list(dict.fromkeys(user_ids))
    found = User.objects.of_organization(organization_id).filter(pk__in=wanted).count() if wanted else 0
    if found < len(wanted):
        raise TetherError.of_field("mentions", "Not all of them are users of the organization")
    return wanted
