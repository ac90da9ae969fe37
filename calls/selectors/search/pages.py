"""A page of a search: which calls, and where in them it was said."""

from __future__ import annotations

from dataclasses import dataclass

from calls.selectors.history import Position
from calls.selectors.search.find import SearchWanted, find_calls
from calls.selectors.search.hits import Hit, hits_of


@dataclass(frozen=True)
class SearchPage:
    """Newest first; `total` is counted for the first page only."""

    hits: list[Hit]
    total: int
    is_capped: bool
    next_position: Position | None


def search_page(
    *, organization_id: str, wanted: SearchWanted, limit: int, after: Position | None, for_partner: bool = False
) -> SearchPage:
    """The statements of `find_calls`, and those that read the calls which it found."""
    found = find_calls(organization_id=organization_id, wanted=wanted, limit=limit, after=after)
    hits = hits_of(
        organization_id=organization_id,
        ids=found.ids,
        terms=wanted.search.terms,
        role=wanted.role,
        for_partner=for_partner,
    )
    return SearchPage(hits, found.total, found.is_capped, found.next_position)
