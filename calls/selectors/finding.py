"""History's `q`: numbers, names of contacts and words of summaries, as conditions on calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db import connection
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet, Subquery, Value

from calls.models import Call, CallDirection
from contacts.selectors.contacts import contacts_matching
from tether_calls.common.phone import hidden_spellings, is_hidden, numbers_to_find, spellings
from tether_calls.common.postgresql.expressions import HasWords, words_match
from tether_calls.common.sqlite import expressions as sqlite

# More contacts than this behind one word of a search: then the word is no help.
SEARCH_CONTACTS: Final = 500
# So many calls are sorted sooner than the history is read back to the first few of them.
FEW: Final = 2_000
# Of so many of the newest calls, a common search finds one of so many at least; and of the newest calls more than few,
# else the last page of what only the newest have would be looked for in all of history.
NEWEST, COMMON = 400, 4


@dataclass(frozen=True)
class Found:
    """The same calls twice: as indexes find them, and as one sees of each call in its turn.

    `is_common`: of the newest calls it is so many that they are sooner read in their turn than found by an index.
    """

    by_index: Q
    in_turn: Q
    is_common: bool = False


def find(organization_id: str, text: str | None) -> Found:
    """A number in full, part of a contact's name or number, or words of the summary; everything without text.

    One statement, none without text; on PostgreSQL two or three more.
    """
    if not text:
        return Found(Q(), Q())
    _, *others = ways = _ways(organization_id, text)
    if connection.vendor != "postgresql":
        every = reduce(or_, ways)
        return Found(every, every)
    in_turn = reduce(or_, [Q(HasWords("ai_summary", text)), *others])
    if all(_is_common_in(newest, organization_id, in_turn) for newest in (NEWEST, COMMON * FEW)):
        return Found(reduce(or_, ways), in_turn, is_common=True)
    few = _few(organization_id, ways)
    return Found(reduce(or_, ways), in_turn) if few is None else Found(Q(pk__in=few), Q(pk__in=few))


def find_by_index(organization_id: str, text: str | None) -> Q:
    """`Found.by_index` alone: where it matters not whether it is common. On PostgreSQL one statement more."""
    if not text:
        return Q()
    ways = _ways(organization_id, text)
    few = _few(organization_id, ways) if connection.vendor == "postgresql" else None
    return reduce(or_, ways) if few is None else Q(pk__in=few)


def _ways(organization_id: str, text: str) -> list[Q]:
    """In which ways calls are found, each by an index, that of words of the summary first. One statement."""
    # PostgreSQL has an index on exactly this expression (migration 0002).
    ways = [
        Q(words_match("ai_summary", text))
        if connection.vendor == "postgresql"
        else Q(sqlite.HasWords("ai_summary", Value(text)))
    ]
    contacts = contacts_matching(organization_id=organization_id, text=text)[:SEARCH_CONTACTS]
    if contact_ids := list(contacts.values_list("pk", flat=True)):
        ways.append(Q(contact_id__in=contact_ids))
    if numbers := numbers_to_find(text):
        ways += [Q(from_number__in=numbers), Q(to_number__in=numbers)]
    if is_hidden(text):
        ways.append(with_number("from_number", text))
    return ways


def with_number(column: str, number: str) -> Q:
    """Calls from or to a number, in any spelling; for a hidden number, inbound calls of all hidden callers."""
    if is_hidden(number):
        # Providers that show no number tell nothing.
        return Q(**{f"{column}__in": ("", number, *hidden_spellings())}, direction=CallDirection.INBOUND)
    return Q(**{f"{column}__in": spellings(number)})


def among_newest(organization_id: str, calls: QuerySet[Call, Any], newest: int, *, before: datetime | None) -> Any:
    """Those of the calls that are among so many of the newest of their organization, newest first.

    None of them where the organization has no more calls than that. `before`: the newest that began before then.
    """
    every = Call.objects.of_organization(organization_id).order_by("-start_time")
    if before is not None:
        every = every.filter(start_time__lt=before)
    since = Subquery(every.values("start_time")[newest : newest + 1])
    # In their order, else PostgreSQL would as soon begin with the oldest.
    return calls.filter(start_time__gte=since).order_by("-start_time", "-id")


def _is_common_in(newest: int, organization_id: str, in_turn: Q) -> bool:
    """Whether it is found in many of so many of the newest calls. One statement."""
    calls = Call.objects.of_organization(organization_id).order_by("-start_time", "-id")
    told = calls.annotate(is_found=ExpressionWrapper(in_turn, BooleanField()))[:newest]
    found: int = told.aggregate(found=Count("pk", filter=Q(is_found=True)))["found"]
    return found * COMMON >= newest


def _few(organization_id: str, ways: Sequence[Q]) -> QuerySet[Call, Any] | None:
    """The ids of calls that are found in one of several ways, where they are few; None where they are many.

    Each way has an index, and with OR between them PostgreSQL reads the history backwards instead, looking at every
    call: soon done where many are found, and not at all where few are. One statement.
    """
    calls = Call.objects.of_organization(organization_id).order_by()
    found, *others = [calls.filter(way).values("pk")[: FEW + 1] for way in ways]
    if others:
        found = found.union(*others, all=True)
    return found if found.count() <= FEW else None
