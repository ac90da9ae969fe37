"""The end of a call that one of our users brings about; what providers report of it is apply_report's."""

from __future__ import annotations

from django.utils import timezone

from calls.events import call_event, fetch_messages
from calls.models import Call
from calls.outcomes import Ending
from calls.selectors.history import recordings_of_locked
from calls.services.lifecycle.call_message import keep_call_message
from calls.services.lifecycle.change_status import change_status
from calls.services.lifecycle.charge_call import charge_ended_call
from calls.services.lifecycle.merge_outcome import OUTCOME, merge_outcome
from calls.services.lifecycle.merge_report import COUNTED, complete_times
from tether_calls.realtime.events import EventName, publish


def end_call(call: Call, *, status: str, event: EventName, ending: Ending) -> bool:
    """End a call now, leave its message and publish; returns whether it had not ended before.

    The provider knows better when that was: its end time counts, whether it comes before or after.

    To be called in a transaction that holds the call's lock.
    """
    if not change_status(call, status):
        return False
    complete_times(call, now=timezone.now())
    merge_outcome(call, endings=(ending,))
    call.save(update_fields=["status", "end_authority", *COUNTED, *OUTCOME, "updated_at"])

    events = [call_event(event, call, recordings_of_locked(call))]
    if keep_call_message(call=call):
        events.append(fetch_messages(call))
    publish(organization_id=call.organization_id, call_id=call.pk, events=events)
    charge_ended_call(call)
    return True
