"""Calls that go on now, and those that have just ended."""

from __future__ import annotations

from calls.documents.facts import CallFacts
from calls.models import Call, CallStatus
from calls.models.call import CallQuerySet
from calls.selectors.call_rows import with_people
from tether_calls.accounts.models import Organization
from tether_calls.common.sight import Sight
from tether_calls.realtime.events import EventName
from tether_calls.realtime.models import EventLog

RUNNING = (CallStatus.INITIATED, CallStatus.RINGING, CallStatus.IN_PROGRESS, CallStatus.ANSWERED)
# What a person can look at.
MOST_UNDER_WAY, MOST_ENDED = 100, 10
_ENDS = (EventName.CALL_ENDED, EventName.CALL_REJECTED)
# So many of the last events are looked through for ends: an organization that does nothing but make notes has few.
_EVENTS = 500
_COLUMNS = (
    *("organization_id", "direction", "status", "provider", "from_number", "to_number", "agent_name", "start_time"),
    *("answer_time", "end_time", "duration", "end_reason", "end_fault", "answered_by", "provider_phone_number"),
    *("contact__phone_number", "contact__first_name", "contact__last_name", "ai_agent__name", "user__email"),
    *("user__full_name", "organization__name"),
)


def calls_under_way(*, organization_id: str | None, sight: Sight | None) -> list[Call]:
    """The newest ones first, one more than MOST_UNDER_WAY at most. One statement."""
    running = _calls(organization_id).seen_by(sight).filter(status__in=RUNNING)
    return list(_with_people(running).order_by("-start_time", "-id")[: MOST_UNDER_WAY + 1])


def calls_going_on(*, organization_id: str, sight: Sight | None) -> list[CallFacts]:
    """The same of one organization, for its frontends. One statement, and one where a call has tags."""
    running = Call.objects.of_organization(organization_id).seen_by(sight).filter(status__in=RUNNING)
    return with_people(running.order_by("-start_time", "-id")[: MOST_UNDER_WAY + 1], with_transcript=False)


def calls_just_ended(*, organization_id: str, sight: Sight | None) -> list[Call]:
    """By when we heard of their end, the last one first. Two statements."""
    events = EventLog.objects.of_organization(organization_id).order_by("-id")
    ends = {
        call_id: None for call_id, name in events.values_list("call_id", "name")[:_EVENTS] if call_id and name in _ENDS
    }
    # Of who does not see all the last ends may be others', so that all are looked up.
    ids = list(ends)[:MOST_ENDED] if sight is None else list(ends)
    calls = Call.objects.of_organization(organization_id).seen_by(sight).filter(pk__in=ids).exclude(status__in=RUNNING)
    by_id = {call.pk: call for call in _with_people(calls)}
    return [by_id[call_id] for call_id in ids if call_id in by_id][:MOST_ENDED]


def _calls(organization_id: str | None) -> CallQuerySet:
    if organization_id is not None:
        return Call.objects.of_organization(organization_id)
    # One organization after the other: their indexes begin with it.
    # wall: of all organizations
    return Call.objects.filter(organization_id__in=Organization.objects.order_by().values("pk"))


def _with_people(calls: CallQuerySet) -> CallQuerySet:
    return calls.select_related("contact", "ai_agent", "user", "organization").only(*_COLUMNS)
