"""Reminders that write to their contact: at their time, by the rules of texts, once each."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from calls.models import TextPurpose
from calls.selectors.privacy.holds import held_contacts, placed_holds
from calls.selectors.texts.line import line_to_contact
from calls.services.lifecycle.heed_holds import heeded_holds
from calls.services.texts.queue_text import queue_text
from contacts.events import reminder_failed
from contacts.models import Reminder
from contacts.selectors.permission import check_may_be_called, next_permitted_text
from tether_calls.background.jobs import until_stopping
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import dialable
from tether_calls.common.redaction.mask import redacted_text
from tether_calls.realtime.events import publish

logger = logging.getLogger(__name__)

_AT_A_TIME: Final = 50
# After a fault of ours; others come first meanwhile.
_A_WHILE: Final = timedelta(minutes=5)
# So long after its time it is given up: longer than any calling hours are closed.
GIVEN_UP_AFTER: Final = timedelta(days=8)


def text_reminders() -> None:
    """The job: writes down what is to be sent; `send_texts` sends it."""
    # wall: the job goes through the reminders of every organization
    due = Reminder.objects.filter(text_at__lte=timezone.now()).order_by("text_at", "pk")
    for reminder_id, organization_id in until_stopping(list(due.values_list("pk", "organization_id")[:_AT_A_TIME])):
        try:
            _text_of(reminder_id, organization_id)
        except Exception:
            # One that cannot be written must not keep back all that follow.
            logger.exception("The text of the reminder %s could not be written", reminder_id)
            # wall: by an id that the job has read
            Reminder.objects.filter(pk=reminder_id).update(text_at=timezone.now() + _A_WHILE)


@transaction.atomic
def _text_of(reminder_id: str, organization_id: str) -> None:
    """One reminder's text, in the transaction that notes it; who has deleted the reminder meanwhile gets none."""
    now = timezone.now()
    # Before the reminder is locked.
    heeded_holds(organization_id)
    # wall: by an id that the job has read
    due = Reminder.objects.filter(pk=reminder_id, text_at__lte=now).select_related(
        "contact", "organization", "user__organization"
    )
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(of=("self",), skip_locked=True, no_key=True)
    reminder = due.first()
    if reminder is None:
        return
    try:
        # What is refused leaves nothing.
        with transaction.atomic():
            _write(reminder, now)
    except UndecipherableSecret:
        _give_up(reminder, ErrorCode.SECRETS_UNREADABLE)
    except TetherError as error:
        _put_off(reminder, error, now)
    else:
        _close(reminder, "")


def _write(reminder: Reminder, now: datetime) -> None:
    user, contact = reminder.user, reminder.contact
    if not user.is_active or user.organization_id != reminder.organization_id:
        raise TetherError(ErrorCode.FORBIDDEN)
    if dialable(contact.phone_number, is_international=False) is None:
        raise TetherError(ErrorCode.INVALID_PHONE_NUMBER)
    check_may_be_called(organization_id=reminder.organization_id, phone_number=contact.phone_number, at=now)
    queue_text(
        organization_id=reminder.organization_id,
        contact=contact,
        content=reminder.note,
        line=line_to_contact(contact, user=user),
        purpose=TextPurpose.REMINDER,
        sent_by=user.full_name,
        user_id=user.pk,
        reminder_id=reminder.pk,
    )


def _put_off(reminder: Reminder, error: TetherError, now: datetime) -> None:
    """To the next permitted minute, or to when there may be another text; else there is none."""
    if error.code == ErrorCode.OUTSIDE_CALLING_HOURS:
        try:
            later = next_permitted_text(
                organization_id=reminder.organization_id, phone_number=reminder.contact.phone_number, after=now
            )
        except TetherError as never:
            _give_up(reminder, never.code)
            return
    elif error.code == ErrorCode.TEXT_LIMIT_REACHED and error.retry_after is not None:
        later = now + timedelta(seconds=error.retry_after)
    else:
        _give_up(reminder, error.code)
        return
    if later > reminder.reminder_date + GIVEN_UP_AFTER:
        _give_up(reminder, error.code)
        return
    reminder.text_at, reminder.text_code = later, str(error.code)
    reminder.save(update_fields=["text_at", "text_code"])


def _give_up(reminder: Reminder, code: ErrorCode) -> None:
    _close(reminder, str(code))
    publish(organization_id=reminder.organization_id, call_id=None, events=[reminder_failed(reminder, code=code)])


def _close(reminder: Reminder, code: str) -> None:
    """There is no text any more, and its words, if they were written before the choice, are redacted as others are."""
    reminder.text_at, reminder.text_code = None, code
    shown = redacted_text(reminder.note, reminder.organization.redacts)
    if shown != reminder.note and not _is_held(reminder):
        reminder.note = shown
    reminder.save(update_fields=["text_at", "text_code", "note"])


def _is_held(reminder: Reminder) -> bool:
    holds = list(placed_holds(reminder.organization_id))
    return bool(held_contacts(reminder.organization_id, holds, [reminder.contact_id]))
