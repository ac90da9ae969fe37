"""Query strings of searches: what they may say, what they mean, and what they find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from calls.api.queries import Cursor, HistoryFilterFields, decode_cursor, encode_cursor, history_filter
from calls.selectors.search.find import SearchWanted
from calls.selectors.search.hits import Hit
from calls.selectors.search.pages import search_page
from tether_calls.common.queries import QuerySerializer, WholeNumberParameter
from tether_calls.common.search.query import NothingToFindError, read_search
from tether_calls.common.sight import Sight

MAX_SEARCH_LIMIT = 50


class SearchText(serializers.CharField):
    """A search that says at least one word that has to be there."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=2, max_length=200, **options)

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        try:
            read_search(value)
        except NothingToFindError as problem:
            raise serializers.ValidationError(str(problem)) from None


class SearchFields(HistoryFilterFields):
    """What the searches of both APIs take."""

    q = SearchText(
        help_text=(
            'Words, all of which occur; `"a phrase"`; `-not`; `OR` between alternatives. Letter case and accents do not'
            " count, and a telephone number is found in every spelling."
        )
    )
    role = serializers.ChoiceField(
        choices=["agent", "user"], required=False, help_text="Search only in what one side said."
    )
    limit = WholeNumberParameter(required=False, default=20, min_value=1, max_value=MAX_SEARCH_LIMIT)
    cursor = serializers.CharField(required=False, help_text="That of the page before, with the same parameters.")

    def wanted(self, *, seen_by: Sight | None) -> SearchWanted:
        values = self.validated_data
        beside = {name: value for name, value in values.items() if name != "q"}
        return SearchWanted(
            search=read_search(values["q"]), role=values.get("role"), filter=history_filter(beside, seen_by=seen_by)
        )


class SearchQuery(QuerySerializer, SearchFields):
    """GET /api/calls/search."""


@dataclass(frozen=True)
class Searched:
    """A page of what a search finds. `total` is as it was counted for the first page."""

    hits: list[Hit]
    total: int
    is_capped: bool
    next_cursor: str | None


def searched(query: SearchFields, *, organization_id: str, sight: Sight | None, for_partner: bool = False) -> Searched:
    """The page that a query string asks for, in either API; the query is valid. Raises what `decode_cursor` raises."""
    values, wanted = query.validated_data, query.wanted(seen_by=sight)
    cursor = None
    if "cursor" in values:
        cursor = decode_cursor(values["cursor"], organization_id=organization_id, wanted=wanted)
    page = search_page(
        organization_id=organization_id,
        wanted=wanted,
        limit=values["limit"],
        after=cursor.position if cursor else None,
        for_partner=for_partner,
    )
    total, is_capped = (cursor.total, cursor.total_capped) if cursor else (page.total, page.is_capped)
    next_cursor = None
    if page.next_position is not None:
        end = Cursor(page.next_position, total, is_capped)
        next_cursor = encode_cursor(end, organization_id=organization_id, wanted=wanted)
    return Searched(page.hits, total, is_capped, next_cursor)
