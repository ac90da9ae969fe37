"""Calling back whoever asks an agent for it."""

from __future__ import annotations

from datetime import datetime

from calls.providers.tools import CallbackReply
from calls.services.agent_tools.asked import Asked, CannotBeDone
from calls.services.scheduled_calls.call_back import plan_call_back
from calls.services.scheduled_calls.schedule import FARTHEST, LATE
from tether_calls.common.phone import dialable, possible_zones
from tether_calls.common.times import Unclear, UnclearMoment, moment_by_clock, to_wire

_LONGEST_TIME = 64
_SAID = {
    Unclear.NO_TIME: "This is no date and time such as 2026-12-01T15:00.",
    Unclear.NO_ZONE: "It is not known what time it is where the person is. Ask for the city, and add the offset.",
    Unclear.TWICE: "On that day this hour comes twice. Ask whether the first or the second is meant, or for another.",
    Unclear.NEVER: "On that day this hour is left out, since the clock is set forward. Ask for another.",
}


def schedule_callback(asked: Asked) -> CallbackReply:
    """Eight statements, one more for a new contact; six where there is a call-back that moves."""
    number = dialable(asked.number())
    if number is None:
        raise CannotBeDone("This number cannot be called. Ask for it again, digit by digit.")
    moment = _moment(asked, number)
    planned = plan_call_back(
        organization_id=asked.organization_id,
        phone_number=number,
        at=moment,
        call_id=asked.call_id,
        agent_name=asked.requested.agent_id,
        our_number=asked.requested.our_number or "",
    )
    return CallbackReply(
        success=True,
        scheduled_for=to_wire(planned.next_at),
        message=f"They are called back on {_spoken(planned.next_at, number)}.",
    )


def _moment(asked: Asked, number: str) -> datetime:
    """When it is to be; by the clock where the number rings, if that is the same everywhere it may. Raises
    CannotBeDone.
    """
    told = asked.required_text("when", _LONGEST_TIME)
    zones = possible_zones(number) or (None,)
    try:
        moments = {moment_by_clock(told, zone) for zone in zones}
        if len(moments) > 1:
            raise UnclearMoment(Unclear.NO_ZONE)
    except UnclearMoment as error:
        raise CannotBeDone(f"{_SAID[error.why]} {_now(asked, number)}") from None
    (moment,) = moments
    if moment < asked.at - LATE:
        raise CannotBeDone(f"This time is over. {_now(asked, number)}")
    if moment > asked.at + FARTHEST:
        raise CannotBeDone(f"This is too far ahead. {_now(asked, number)}")
    return moment


def _now(asked: Asked, number: str) -> str:
    """A model does not know which day it is."""
    return f"Where the person is, it is now {_spoken(asked.at, number)}."


def _spoken(moment: datetime, number: str) -> str:
    """`Tuesday, 2026-12-01 at 15:00 (America/Toronto)`; in UTC where the number's clocks differ."""
    local = {f"{moment.astimezone(zone):%A, %Y-%m-%d at %H:%M}": zone.key for zone in possible_zones(number)}
    if len(local) == 1:
        ((text, name),) = local.items()
        return f"{text} ({name})"
    return f"{moment:%A, %Y-%m-%d at %H:%M} (UTC)"
