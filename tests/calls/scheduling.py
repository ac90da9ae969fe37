"""Scheduled calls: asked for, come due, dialled by the job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from calls.models import Call, ScheduledCall
from calls.services.agent_calls.dial_due import dial_scheduled_calls
from tests.factories import make_contact
from tether_calls.accounts.models import User
from tether_calls.common.times import to_wire
from tether_calls.realtime.models import EventLog

SCHEDULED = "/api/calls/scheduled"
OF_PARTNERS = "/api/v1/scheduled-calls"


def in_minutes(minutes: float) -> str:
    return to_wire(timezone.now() + timedelta(minutes=minutes))


def make_scheduled(user: User, /, **fields: Any) -> ScheduledCall:
    """A call that is due since a moment; no agent calls, unless one is given."""
    now = timezone.now()
    contact = fields.pop("contact", None) or make_contact(user.organization)  # type: ignore[arg-type]
    defaults: dict[str, Any] = {
        "organization": user.organization,
        "user": user,
        "source": "user",
        "contact": contact,
        "phone_number": contact.phone_number,
        "not_before": now - timedelta(seconds=1),
        "next_at": now - timedelta(seconds=1),
        "delays_minutes": [15],
        "retry_on": ["no_answer", "busy"],
    }
    return ScheduledCall.objects.create(**{**defaults, **fields})


def come_due() -> None:
    """As if the time of all that waits had come."""
    ScheduledCall.objects.filter(state="scheduled").update(next_at=timezone.now() - timedelta(seconds=1))


def dial_due(scheduled: ScheduledCall) -> ScheduledCall:
    """What the job makes of it."""
    dial_scheduled_calls()
    scheduled.refresh_from_db()
    return scheduled


def end(call_id: str | None, **fields: Any) -> Call:
    """The call of this id, as its provider's reports have left it."""
    call = Call.objects.get(pk=call_id)
    for name, value in fields.items():
        setattr(call, name, value)
    call.save()
    return call


def states_told(scheduled: ScheduledCall) -> list[str]:
    """The states that clients were told of, in order."""
    rows = EventLog.objects.filter(name="scheduled_call_updated").order_by("pk")
    told = [row.data["scheduledCall"] for row in rows]
    return [each["status"] for each in told if each["_id"] == scheduled.pk]
