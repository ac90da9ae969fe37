"""Reminders that have an agent call the contact or write to it, and those that have not."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from calls.models import ScheduledCall, ScheduledSource
from calls.selectors.agent_calls.dialling import agent_to_call
from calls.selectors.texts.line import sends_texts
from calls.services.agent_calls.call_later import schedule_for_user
from calls.services.scheduled_calls.change_call import cancel_call
from calls.services.scheduled_calls.schedule import Schedule
from calls.services.texts.queue_text import check_content
from contacts.contact_keepers import kept_writings
from contacts.models import Reminder, ReminderChannel
from contacts.services.reminders import be_done_with, create_reminder, own_reminder
from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError

# Of what is planned for a reminder, the agent is told so much.
_MOST_REASON = 5_000


@transaction.atomic
def remind_of(
    *,
    user: User,
    contact_id: str,
    note: str,
    reminder_date: datetime,
    channel_type: ReminderChannel,
    agent_id: str | None,
) -> Reminder:
    """A reminder of the user's; with `call` and an agent, the agent calls the contact at its time, and is told why.

    With `sms` the contact is sent the note then. Raises what `create_reminder` raises; for the call, what
    `schedule_for_user` raises; for the text CHANNEL_NOT_AVAILABLE, and VALIDATION_ERROR for a note that is none.
    """
    if channel_type == ReminderChannel.SMS:
        if not sends_texts(user.home_id):
            raise TetherError(ErrorCode.CHANNEL_NOT_AVAILABLE, "The organization sends no texts")
        check_content(note, path="note")
    is_call = channel_type == ReminderChannel.CALL
    if agent_id is not None and not is_call:
        raise TetherError.of_field("agentId", "Only with channelType call")
    if agent_id is not None:
        # Before anything is written, and in the words of the dial.
        agent_to_call(organization_id=user.home_id, agent_id=agent_id)
    reminder = create_reminder(
        user=user,
        contact_id=contact_id,
        note=note,
        reminder_date=reminder_date,
        channel_type=channel_type,
        agent_id=agent_id,
    )
    if agent_id is not None:
        schedule_for_user(
            user=user,
            schedule=Schedule(not_before=reminder_date),
            contact_id=contact_id,
            agent_id=agent_id,
            call_reason=note[:_MOST_REASON],
            source=ScheduledSource.REMINDER,
            reminder=reminder,
        )
    return reminder


@transaction.atomic
def delete_reminder(*, user: User, reminder_id: str) -> None:
    """Done with, and so is the call that was planned for it, unless somebody is being dialled by now.

    Of a contact under a legal hold it stays, and is to come no more.
    Raises REMINDER_NOT_FOUND, also for another one's.
    """
    is_kept = kept_writings(organization_id=user.home_id)
    reminder = own_reminder(user, reminder_id)
    planned = ScheduledCall.objects.of_organization(user.home_id).filter(reminder=reminder).first()
    if planned is not None:
        try:
            cancel_call(organization_id=user.home_id, scheduled_id=planned.pk)
        except TetherError as error:
            if error.code != ErrorCode.SCHEDULED_CALL_BEGUN:
                raise
    be_done_with(reminder, is_kept=is_kept)
