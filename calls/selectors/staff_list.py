"""Calls as staff filter them in the admin: more ways than the API has, and none that reads a whole history."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from calls.models import Call, QueuedCall, Recording
from calls.outcomes import OF_MACHINES, EndReason
from calls.selectors.admin_search import calls_matching
from calls.selectors.finding import SEARCH_CONTACTS
from calls.selectors.history import TAGGED_START, HistoryFilter, narrowed
from calls.selectors.review.hearings import heard, not_heard
from calls.selectors.review.queues import drawn_for
from contacts.selectors.contacts import contacts_matching
from tether_calls.common.days import begin_of_day, within_days

# Of calls that no index tells apart, the newest so many are looked at: a few tenths of a second.
LOOKED_AT: Final = 50_000
# And of those of a tag, or a listening queue, which are looked up by their ids.
LOOKED_AT_OF_TAG: Final = 5_000
LOOKED_AT_OF_QUEUE: Final = 5_000
# Calls of one name are looked up by their ids as long as they are no more.
_FEW = 1_000


@dataclass(frozen=True, kw_only=True)
class StaffFilter(HistoryFilter):
    """What is asked besides; several values of one kind are alternatives. Lengths are in seconds.

    `agent_name` is the beginning of it; `search` is what the box of the admin's list finds.
    """

    statuses: tuple[str, ...] = ()
    end_reasons: tuple[str, ...] = ()
    answerers: tuple[str, ...] = ()
    ai_agent_id: str | None = None
    agent_name: str | None = None
    conversation_id: str | None = None
    has_recording: bool | None = None
    min_duration: float | None = None
    # By a user, or by anybody.
    heard: bool | None = None
    heard_by: str | None = None
    # A listening queue for which they were drawn.
    queue_id: str | None = None
    search: str | None = None


@dataclass(frozen=True)
class Looked:
    """How far back was looked: calls that began before `since` are left out, or those that arrived before it.

    `calls`: how many were looked at.
    """

    since: datetime
    by_arrival: bool
    calls: int


# Conditions whose calls an index has in the order of history: of whatever organization, and within one.
_INDEXED = ("contact_id", "conversation_id", "tag", "user_id", "disposition", "ai_agent_id")
_INDEXED_IN_ORGANIZATION = ("is_starred", "opt_out", "end_reason", "answered_by", "status", "provider")
# And of these the values that are usual are not in it: of them a history has enough wherever it is read.
_NOT_INDEXED: dict[str, Collection[Any]] = {
    "is_starred": (False,),
    "opt_out": (False,),
    "end_reason": ("", EndReason.UNKNOWN),
}
_DATES = ("start_date", "end_date")
_DAY = timedelta(days=1)
# As far as clocks are from UTC: days of a queue are those of its organization.
_BEHIND_UTC, _AHEAD_OF_UTC = timedelta(hours=12), timedelta(hours=14)


def staff_matching(calls: QuerySet[Call], wanted: StaffFilter) -> QuerySet[Call]:
    """Those of the calls that the filter lets through, but for `search`.

    A caller whom an agent handed over is one row: the agent's call.
    """
    return _matching(calls, wanted).filter(transferred_from=None)


def _matching(calls: QuerySet[Call], wanted: StaffFilter) -> QuerySet[Call]:
    """The same, and calls of callers who were handed over: what is only counted is read from an index alone."""
    conditions = {
        "status__in": wanted.statuses,
        "end_reason__in": wanted.end_reasons,
        "answered_by__in": wanted.answerers,
        "ai_agent_id": wanted.ai_agent_id,
        "conversation_id": wanted.conversation_id,
        "duration__gte": wanted.min_duration,
    }
    calls = narrowed(calls, wanted).filter(**{name: value for name, value in conditions.items() if value})
    if wanted.agent_name:
        calls = calls.filter(agent_name__istartswith=wanted.agent_name)
    if wanted.has_recording is not None:
        # One look into an index for each call, and never all recordings at once: PostgreSQL makes a join of EXISTS.
        # wall: of calls of the organization
        recordings = Recording.objects.filter(call=OuterRef("pk")).order_by().values("pk")[:1]
        calls = calls.alias(a_recording=Subquery(recordings)).filter(a_recording__isnull=not wanted.has_recording)
    if wanted.heard is not None:
        calls = (heard if wanted.heard else not_heard)(calls, by=wanted.heard_by)
    return calls if wanted.queue_id is None else calls.filter(pk__in=drawn_for(wanted.queue_id).values("call_id"))


def staff_calls(organization_id: str, wanted: StaffFilter) -> QuerySet[Call]:
    """The calls of an organization that the filter lets through, in no order, as far back as there are any.

    Where it has a `search`, as many statements besides as `calls_matching` has, and one.
    """
    calls = staff_matching(Call.objects.of_organization(organization_id), wanted)
    if not wanted.search:
        return calls
    contacts = contacts_matching(organization_id=organization_id, text=wanted.search)
    contact_ids = list(contacts.order_by().values_list("pk", flat=True)[:SEARCH_CONTACTS])
    return calls_matching(
        calls, text=wanted.search, contact_ids=contact_ids, organization_id=organization_id, sight=wanted.seen_by
    )


def within_reach(
    calls: QuerySet[Call],
    wanted: StaffFilter,
    *,
    among: QuerySet[Call],
    organization_id: str | None,
    is_sorted: bool,
    by_arrival: bool,
) -> tuple[QuerySet[Call], Looked | None]:
    """The calls that the filter lets through, of as many as can be looked at; and how far back that is, if not all.

    `among` are all that the user may see, of which `calls` are those that were asked for by other means.
    One statement, or none where an index has just these calls in the list's order, which is by start, or `by_arrival`.
    A list that `is_sorted` otherwise reads all it sorts. A `search` has bounds of its own.
    """
    found = staff_matching(calls, wanted)
    asked = _asked(wanted)
    indexed = _indexed(wanted, asked, in_organization=organization_id is not None)
    is_served = len(asked) <= (indexed is not None) and not (by_arrival and _has_dates(wanted))
    if wanted.search or (is_served and not is_sorted):
        return found, None
    with in_order_of_index():
        if indexed == "tag":
            return _of_tag(calls, wanted, among)
        if wanted.agent_name and organization_id is not None:
            of_name = narrowed(among, _only(wanted)).filter(_of_name(wanted.agent_name)).order_by()
            few = list(of_name.values_list("pk", flat=True)[: _FEW + 1])
            if len(few) <= _FEW:
                return found.filter(pk__in=few), None
        if wanted.queue_id is not None:
            return _of_queue(calls, wanted, drawn_for(wanted.queue_id))
        if by_arrival:
            oldest = _oldest(among.order_by("-pk"), "pk")
            return (found, None) if oldest is None else (found.filter(pk__gte=oldest), _by_arrival(oldest))
        since = _oldest(_matching(among, _only(wanted, indexed)).order_by("-start_time", "-id"), "start_time")
    if since is None:
        return found, None
    # In the filter itself, so that it is a bound on the index that is read.
    return staff_matching(calls, replace(wanted, start_date=since)), Looked(since, False, LOOKED_AT)


def _of_tag(calls: QuerySet[Call], wanted: StaffFilter, among: QuerySet[Call]) -> tuple[QuerySet[Call], Looked | None]:
    """Of a tag's newest calls, by their ids: no bound on a join keeps PostgreSQL from beginning with the other side."""
    newest = narrowed(among, _only(wanted, "tag")).order_by(f"-{TAGGED_START}", "-id")
    looked_at = list(newest.values_list("pk", TAGGED_START)[: LOOKED_AT_OF_TAG + 1])
    untagged = replace(wanted, tag=None, start_date=None, end_date=None)
    found = staff_matching(calls, untagged).filter(pk__in=[pk for pk, _ in looked_at[:LOOKED_AT_OF_TAG]])
    if calls.query.order_by[:1] == (f"-{TAGGED_START}",):
        found = found.order_by("-start_time", "-id")
    if len(looked_at) <= LOOKED_AT_OF_TAG:
        return found, None
    return found, Looked(looked_at[-2][1], False, LOOKED_AT_OF_TAG)


def _of_queue(
    calls: QuerySet[Call], wanted: StaffFilter, drawn: QuerySet[QueuedCall, QueuedCall]
) -> tuple[QuerySet[Call], Looked | None]:
    """Of what was drawn last for it, by their ids, as of a tag."""
    if wanted.start_date is not None:
        drawn = drawn.filter(day__gte=(within_days(wanted.start_date) - _BEHIND_UTC).date())
    if wanted.end_date is not None:
        drawn = drawn.filter(day__lte=(within_days(wanted.end_date) + _AHEAD_OF_UTC).date())
    newest = drawn.order_by("-day", "-position").values_list("call_id", "day")
    looked_at = list(newest[: LOOKED_AT_OF_QUEUE + 1])
    found = staff_matching(calls, replace(wanted, queue_id=None))
    found = found.filter(pk__in=[pk for pk, _ in looked_at[:LOOKED_AT_OF_QUEUE]])
    if len(looked_at) <= LOOKED_AT_OF_QUEUE:
        return found, None
    _, first_left_out = looked_at[-1]
    return found, Looked(begin_of_day(first_left_out + _DAY, UTC), False, LOOKED_AT_OF_QUEUE)


@contextmanager
def in_order_of_index() -> Iterator[None]:
    """Within, PostgreSQL reads calls by the one index that has them in order, no further than it needs to.

    It takes the many conditions of a filter for independent, and would read all entries of a second index, or a table
    from its beginning, to spare some of the calls that are looked at. One statement, and a transaction.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        # wall: a setting of the transaction
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        yield


def _oldest(calls: QuerySet[Call], column: str) -> Any:
    """Of what is looked at; None where that is all there is."""
    return calls.values_list(column, flat=True)[LOOKED_AT - 1 : LOOKED_AT].first()


def _by_arrival(oldest: str) -> Looked:
    """`oldest`: the id of the last call that is looked at, which tells when that was made."""
    return Looked(datetime.fromtimestamp(int(oldest[:8], 16), UTC), True, LOOKED_AT)


def _asked(wanted: StaffFilter) -> list[str]:
    """The names of the conditions, but for dates."""
    names = (item.name for item in fields(wanted) if item.name not in _DATES)
    return [name for name in names if getattr(wanted, name) not in (None, ())]


def _indexed(wanted: StaffFilter, asked: Collection[str], *, in_organization: bool) -> str | None:
    names = (*_INDEXED, *(_INDEXED_IN_ORGANIZATION if in_organization else ()))
    return next((name for name in names if name in asked and _is_indexed(name, getattr(wanted, name))), None)


def _is_indexed(name: str, value: Any) -> bool:
    return value in OF_MACHINES if name == "answered_by" else value not in _NOT_INDEXED.get(name, ())


def _only(wanted: StaffFilter, condition: str | None = None) -> StaffFilter:
    """The dates, and this condition."""
    names = _DATES if condition is None else (*_DATES, condition)
    return replace(StaffFilter(), **{name: getattr(wanted, name) for name in names})


def _has_dates(wanted: StaffFilter) -> bool:
    return any(getattr(wanted, name) is not None for name in _DATES)


def _of_name(beginning: str) -> Q:
    """By the index, which leaves out calls without a name and is used only where the query does so too.

    It is in no order of time, so that a query for the newest does better without.
    """
    return Q(agent_name__istartswith=beginning) & ~Q(agent_name="")
