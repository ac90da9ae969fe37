"""What the event log knows of persons."""

from __future__ import annotations

from django.db.models import QuerySet

from tether_calls.common.personal_data import Cached, Person, Place, register, register_cached
from tether_calls.realtime.events import EventName
from tether_calls.realtime.models import EventLog


def _events(person: Person) -> QuerySet[EventLog]:
    # That a call was erased has ids alone, and may be still to be told.
    return EventLog.objects.of_organization(person.organization_id).exclude(name=EventName.CALL_ERASED)


register(
    Place(
        name="events",
        title="Event log",
        model=EventLog,
        of=_events,
        is_scanned=True,
        personal=("call_id", "data"),
        harmless={"a word of ours": ("name",)},
        exported=("name", "created_at"),
        calls=("call_id",),
        order=62,
    )
)
register_cached(
    Cached(module="tether_calls.realtime.presence", holds="ids of users with a socket", why="users are staff"),
)
