"""Somebody says of a call that its customer wants no more calls."""

from __future__ import annotations

from django.db import transaction

from calls.events import call_event
from calls.models import Call
from calls.opt_out.heard import OptOut
from calls.selectors.history import recordings_of_locked
from calls.services.lifecycle.apply_report import lock_call
from calls.services.lifecycle.hear_opt_out import put_on_list, reason_of, take_opt_out
from tether_calls.realtime.events import EventName, publish

OPT_OUT_COLUMNS = ("opt_out", "opted_out_at", "updated_at")


@transaction.atomic
def keep_opt_out(
    *, organization_id: str, call_id: str, opt_out: OptOut, reason: str = "", added_by_id: str | None = None
) -> Call:
    """Have the call say so, and its customer's number on the Do Not Call list; clients and subscribers hear of it.

    A call that says so already stays as it is; its number is listed all the same, as it may have been heard where that
    is only shown. At most seven statements. Raises Call.DoesNotExist.
    """
    call = lock_call(organization_id=organization_id, call_id=call_id)
    if call.opted_out_at is not None:
        put_on_list(call, reason=reason or reason_of(opt_out), added_by_id=added_by_id)
    elif take_opt_out(call, opt_out, reason=reason, added_by_id=added_by_id):
        call.save(update_fields=OPT_OUT_COLUMNS)
        publish_change(call, EventName.CALL_UPDATED, EventName.CALL_OPTED_OUT)
    return call


def publish_change(call: Call, *names: EventName) -> None:
    """Two statements."""
    recordings = recordings_of_locked(call)
    events = [call_event(name, call, recordings) for name in names]
    publish(organization_id=call.organization_id, call_id=call.pk, events=events)
