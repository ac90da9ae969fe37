"""GET /api/v1/calls/search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.search_queries import searched
from calls.documents.handed_out import addresses_of
from calls.documents.partner_call import partner_call_document
from calls.partner.base import ERRORS_OF_READS, PartnerViewSet
from calls.partner.calls import recording_address
from calls.partner.documents import PartnerSearchHit, PartnerSearchMatch, PartnerSearchPage
from calls.partner.queries import PartnerSearchQuery
from calls.selectors.search.hits import Hit
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed


class PartnerSearchViewSet(PartnerViewSet):
    """What was said in the organization's calls, and written of them."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {"list": KeyPermission.CAN_READ_CALLS}

    @extend_schema(
        summary="Search in what was said",
        description=(
            "Finds calls by the words of their transcripts and summaries, newest first, with the turns that have them."
            " Unknown parameters are refused. The key needs `can_read_calls`."
        ),
        tags=["Partners"],
        parameters=[PartnerSearchQuery],
        responses={200: PartnerSearchPage, **ERRORS_OF_READS},
    )
    @leaves_access
    @may_read_replica
    def list(self, request: Request) -> Response:
        query = PartnerSearchQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        page = searched(query, organization_id=authenticated_user(request).home_id, sight=None, for_partner=True)

        answer = PartnerSearchPage(
            hits=[_hit(request, hit) for hit in page.hits],
            total=page.total,
            total_capped=page.is_capped,
            next_cursor=page.next_cursor,
        )

        newest = [next(reversed(hit.recordings), None) for hit in page.hits]
        hands_out(request, [Accessed(kind=AccessKind.SEARCH), *addresses_of(newest)])
        return Response(answer)


def _hit(request: Request, hit: Hit) -> PartnerSearchHit:
    newest = next(reversed(hit.recordings), None)
    matches = [
        PartnerSearchMatch(turn=match.turn, role=match.role, timestamp=match.timestamp, text=match.text)
        for match in hit.matches
    ]
    return PartnerSearchHit(
        call=partner_call_document(hit.facts, recording_url=recording_address(request, newest)), matches=matches
    )
