"""Reminders of contacts: made, done with, and told of at their time, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from contacts.contact_keepers import IsKept
from contacts.events import reminder_due
from contacts.models import Contact, Reminder, ReminderChannel
from contacts.selectors.reminders import open_reminders
from tether_calls.accounts.models import User
from tether_calls.accounts.sight import of_contacts_seen, sight_of
from tether_calls.background.jobs import stopping
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import dialable
from tether_calls.common.redaction.mask import redacted_text
from tether_calls.realtime.events import publish_all

# Told of in one transaction.
_AT_ONCE: Final = 100
FARTHEST: Final = timedelta(days=366 * 5)


@transaction.atomic
def create_reminder(
    *,
    user: User,
    contact_id: str,
    note: str,
    reminder_date: datetime,
    channel_type: ReminderChannel = ReminderChannel.NONE,
    agent_id: str | None = None,
) -> Reminder:
    """A reminder of the user's; what the organization does not keep is redacted. Four statements.

    Raises CONTACT_NOT_FOUND, TOO_MANY_REMINDERS, VALIDATION_ERROR for a date that is not ahead, and, where a text is to
    be sent, for a contact that gets none and for words that would have to be kept until then.
    """
    now = timezone.now()
    if not now < reminder_date <= now + FARTHEST:
        raise TetherError.of_field("reminderDate", "Must be ahead, by five years at most")
    known = Contact.objects.of_organization(user.home_id).select_related("organization")
    contacts = known.filter(of_contacts_seen(sight_of(user)))
    contact = contacts.select_for_update(of=("self",), no_key=True).get_or_refuse(
        ErrorCode.CONTACT_NOT_FOUND, pk=contact_id
    )
    is_text = channel_type == ReminderChannel.SMS
    if is_text and dialable(contact.phone_number, is_international=False) is None:
        raise TetherError.of_field("contactId", "The contact's number cannot get texts")
    shown = redacted_text(note, contact.organization.redacts)
    if is_text and shown != note:
        raise TetherError.of_field("note", f"Your organization does not keep what is in it, so it cannot wait: {shown}")
    # One after the other, so that each counts those before it.
    User.objects.of_organization(user.home_id).select_for_update(no_key=True).filter(pk=user.pk).first()
    if open_reminders(user).count() >= settings.TETHER_REMINDERS_MAX:
        raise TetherError(ErrorCode.TOO_MANY_REMINDERS)
    reminder = Reminder(
        organization_id=user.home_id,
        contact=contact,
        user=user,
        note=shown,
        reminder_date=reminder_date,
        channel_type=channel_type,
        agent_id=agent_id,
        text_at=reminder_date if is_text else None,
    )
    reminder.save(force_insert=True)
    return reminder


def own_reminder(user: User, reminder_id: str) -> Reminder:
    """One of the user's, fired or not, held until the transaction ends. One statement. Raises REMINDER_NOT_FOUND."""
    reminders = Reminder.objects.of_organization(user.home_id).filter(user=user)
    return reminders.select_for_update(of=("self",)).get_or_refuse(ErrorCode.REMINDER_NOT_FOUND, pk=reminder_id)


def be_done_with(reminder: Reminder, *, is_kept: IsKept) -> None:
    """Delete a reminder that is locked; one that has to stay is to come no more."""
    if not is_kept(reminder.contact_id, None):
        reminder.delete()
        return
    reminder.fired_at, reminder.text_at = reminder.fired_at or timezone.now(), None
    reminder.save(update_fields=["fired_at", "text_at"])


def remind() -> None:
    """The job: clients hear of what is due; each reminder is marked in the transaction that tells of it."""
    while _remind_of_some(timezone.now()) == _AT_ONCE and not stopping.is_set():
        pass


@transaction.atomic
def _remind_of_some(now: datetime) -> int:
    # wall: the job reminds users of every organization
    due = Reminder.objects.filter(fired_at=None, reminder_date__lte=now).order_by("reminder_date", "pk")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    found = list(due[:_AT_ONCE])
    if not found:
        return 0
    # wall: rows that are locked here
    Reminder.objects.filter(pk__in=[reminder.pk for reminder in found]).update(fired_at=now)
    by_organization: dict[str, list[Reminder]] = {}
    for reminder in found:
        reminder.fired_at = now
        by_organization.setdefault(reminder.organization_id, []).append(reminder)
    for organization_id, reminders in by_organization.items():
        publish_all(
            organization_id=organization_id, of_calls=[(None, reminder_due(reminder)) for reminder in reminders]
        )
    return len(found)
