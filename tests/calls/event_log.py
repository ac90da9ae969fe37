"""What was told of a call, by the event log."""

from __future__ import annotations

from collections import Counter

from calls.models import Call
from tether_calls.realtime.models import EventLog


def events_of(call: Call) -> Counter[str]:
    """How often each event was told, whatever the order."""
    return Counter(event_names(call.pk))


def event_names(call_id: str) -> list[str]:
    """The events in their order."""
    return list(EventLog.objects.filter(call_id=call_id).order_by("id").values_list("name", flat=True))
