"""Finding calls by what staff know of them: a number, a contact, an identifier, what was said."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db.models import Q, QuerySet

from calls.models import Call, CallProvider
from calls.selectors.history import HistoryFilter
from calls.selectors.search.find import SearchWanted, find_calls
from calls.selectors.search.hits import matches_in
from contacts.selectors.notes import notes_to_search
from tether_calls.accounts.models import Organization, User
from tether_calls.common.object_id import is_object_id
from tether_calls.common.phone import hidden_spellings, is_hidden, numbers_to_find
from tether_calls.common.search.query import NothingToFindError, Search, read_search
from tether_calls.common.sight import Sight

# Identifiers are unique per provider or per user, so that few calls can share one.
_IDENTIFIED_MAX = 50
# Of the calls in which something was said, the list has so many, the newest.
_SAID_MAX = 500
# As much of a search as the API takes.
_SEARCH_MAX = 200
# As much of what was said as a row of a list has room for, and of it what comes before the place: a phone's line has
# some thirty letters.
_EXCERPT = 160
_EXCERPT_BEFORE = 16


def calls_matching(
    calls: QuerySet[Call],
    *,
    text: str,
    contact_ids: Collection[str],
    organization_id: str | None,
    sight: Sight | None,
    may_read: Callable[[Collection[str]], Collection[str]] | None = None,
) -> QuerySet[Call]:
    """The calls with one of the contacts, from or to the number, or of hidden callers, or with the identifier `text`.

    And those in which it was said: what the search of the API finds. Each is found by an index of its own; those that
    begin with the organization are given all there are where `organization_id` is None. Two statements besides the one
    that is returned, and those of the search. `may_read`: of organizations, those in whose calls what was said is
    looked for; None: in all. It is asked where something was said, and costs a statement more.
    """
    found = Q(contact_id__in=contact_ids)
    identified = [
        *_identified_by(text, organization_id=organization_id),
        *_said(text, organization_id, sight, may_read),
    ]
    if identified:
        found |= Q(pk__in=identified)
    if numbers := numbers_to_find(text):
        found |= Q(from_number__in=numbers) | Q(to_number__in=numbers)
    if is_hidden(text):
        found |= Q(from_number__in=(text, *hidden_spellings()))
    if organization_id is None:
        calls = calls.filter(organization_id__in=list(Organization.objects.order_by().values_list("pk", flat=True)))
    return calls.filter(found)


def excerpts(call_ids: Collection[str], *, text: str) -> dict[str, str]:
    """The place that has most of what was looked for, of each call that has one: as HTML. Two statements, or none."""
    search = _search(text)
    if search is None or not call_ids:
        return {}
    # wall: of calls that the admin's list has shown to its user
    calls = Call.objects.filter(pk__in=call_ids).order_by().values_list("pk", "ai_transcript", "ai_summary")
    notes = notes_to_search(call_ids)
    places = {
        call_id: matches_in(
            transcript,
            summary,
            notes.get(call_id, ()),
            terms=search.terms,
            role=None,
            most=1,
            longest=_EXCERPT,
            most_before=_EXCERPT_BEFORE,
        )
        for call_id, transcript, summary in calls
    }
    return {call_id: matches[0].text for call_id, matches in places.items() if matches}


def _said(
    text: str,
    organization_id: str | None,
    sight: Sight | None,
    may_read: Callable[[Collection[str]], Collection[str]] | None,
) -> list[str]:
    search = _search(text)
    if search is None:
        return []
    wanted = SearchWanted(search=search, filter=HistoryFilter(seen_by=sight))
    ids = find_calls(organization_id=organization_id, wanted=wanted, limit=_SAID_MAX).ids
    if may_read is None or not ids:
        return ids
    # wall: of a superuser's search
    owners = dict(Call.objects.filter(pk__in=ids).order_by().values_list("pk", "organization_id"))
    readable = may_read(set(owners.values()))
    return [call_id for call_id, organization_id in owners.items() if organization_id in readable]


def _search(text: str) -> Search | None:
    """What staff look for in the box need not be a search: an identifier may have a sign in front."""
    try:
        return read_search(text[:_SEARCH_MAX])
    except NothingToFindError:
        return None


def _identified_by(text: str, *, organization_id: str | None) -> list[str]:
    # wall: a superuser's search, where no organization is given
    users = User.objects.order_by()
    if organization_id is not None:
        users = users.filter(organization_id=organization_id)
    # wall: the ids are looked for among the rows that the admin's user may see
    by_provider = Call.objects.filter(provider__in=CallProvider.values, provider_call_id=text)
    # wall: of the users above; looked for among the rows that the admin's user may see
    by_vendor = Call.objects.filter(user_id__in=users.values("pk"), external_call_id=text)
    found = by_provider.order_by().values_list("pk", flat=True).union(by_vendor.order_by().values_list("pk", flat=True))
    identified = list(found[:_IDENTIFIED_MAX])
    return [text, *identified] if is_object_id(text) else identified
