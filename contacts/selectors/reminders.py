"""Reads of reminders."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from contacts.models import Reminder
from tether_calls.accounts.models import User

_MOST_REMINDERS = 1_000


def open_reminders(user: User) -> QuerySet[Reminder]:
    """The user's own that are still to come, the soonest first."""
    reminders = Reminder.objects.of_organization(user.home_id).filter(user=user, fired_at=None)
    return reminders.order_by("reminder_date", "pk")


def reminders_of(*, user: User, contact_ids: Collection[str] | None) -> list[Reminder]:
    """The user's own that are still to come, of these contacts or of all, the soonest first. One statement."""
    reminders = open_reminders(user)
    if contact_ids is not None:
        reminders = reminders.filter(contact_id__in=contact_ids)
    return list(reminders[:_MOST_REMINDERS])


def open_reminders_of_contact(*, organization_id: str, contact_id: str) -> int:
    """How many reminders of whichever user are still to come about a contact. One statement."""
    return Reminder.objects.of_organization(organization_id).filter(contact_id=contact_id, fired_at=None).count()
