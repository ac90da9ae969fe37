"""GET /api/calls/search: what was said."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import CallsSearchResponse, SearchHit, SearchMatch
from calls.api.search_queries import SearchQuery, searched
from calls.documents.call import call_document
from calls.selectors.search.hits import Hit
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.wire import UNSET, number
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed


class SearchViewSet(ViewSet):
    """What was said in the calls of the user's organization, and written of them."""

    @extend_schema(
        summary="Search in what was said",
        description=(
            "Finds calls by the words of their transcripts and summaries, newest first, with the turns that have them."
            " Unknown filters are refused."
        ),
        tags=["Calls"],
        parameters=[SearchQuery],
        responses={200: CallsSearchResponse, 400: CallsErrorResponse, 401: CallsErrorResponse},
    )
    @leaves_access
    @may_read_replica
    def list(self, request: Request) -> Response:
        query = SearchQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        user = authenticated_user(request)

        page = searched(query, organization_id=user.home_id, sight=sight_of(user))

        answer = CallsSearchResponse(
            success=True,
            hits=[_hit(hit) for hit in page.hits],
            total=page.total,
            total_capped=page.is_capped or UNSET,
            next_cursor=page.next_cursor or UNSET,
        )

        hands_out(request, [Accessed(kind=AccessKind.SEARCH)])
        return Response(answer)


def _hit(hit: Hit) -> SearchHit:
    matches = [
        SearchMatch(
            role=match.role,
            text=match.text,
            turn=UNSET if match.turn is None else match.turn,
            timestamp=number(match.timestamp),
        )
        for match in hit.matches
    ]
    return SearchHit(call=call_document(hit.facts, recordings=hit.recordings), matches=matches)
