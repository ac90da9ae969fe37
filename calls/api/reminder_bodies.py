"""What reminders are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from contacts.models.reminder import MAX_REMINDER
from tether_calls.common.bodies import Body
from tether_calls.common.fields import moment, note, object_id, text
from tether_calls.common.wire import UNSET, UnsetType


class ReminderCreateRequest(Body):
    """What to be reminded of, and when; with `call` and an agent, the agent calls the contact then."""

    example: ClassVar[dict[str, Any]] = {
        "contactId": "64f0a1b2c3d4e5f6a7b8c9d0",
        "note": "Ask whether the offer has arrived.",
        "reminderDate": "2030-12-02T20:00:00.000Z",
        "channelType": "none",
    }

    contact_id: Annotated[str, object_id()]
    note: Annotated[str, text(max_length=MAX_REMINDER)]
    reminder_date: Annotated[datetime, moment(description="Ahead; one without a zone is UTC.")]
    channel_type: Annotated[
        Literal["call", "sms", "none"],
        note("`sms`: the contact is sent `note` then; CHANNEL_NOT_AVAILABLE where the organization sends no texts."),
    ] = "none"
    agent_id: Annotated[str, object_id(description="Of `call`: who calls the contact then.")] | UnsetType = UNSET
