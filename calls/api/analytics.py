"""GET /api/calls/analytics."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.queries import AnalyticsQuery
from calls.documents.analytics import CallsAnalyticsResponse, analytics_group, analytics_values
from calls.selectors.analytics import analytics
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET


class AnalyticsViewSet(ViewSet):
    """Numbers of the organization's calls."""

    @extend_schema(
        summary="Metrics of calls, by groups",
        description="At most 1,000 groups; more are refused with `TOO_MANY_GROUPS`. Unknown parameters are refused.",
        tags=["Calls"],
        parameters=[AnalyticsQuery],
        responses={200: CallsAnalyticsResponse, 400: CallsErrorResponse, 401: CallsErrorResponse},
    )
    @may_read_replica
    def read(self, request: Request) -> Response:
        query = AnalyticsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        user = authenticated_user(request)
        wanted = query.wanted(user.zone, seen_by=sight_of(user))

        found = analytics(organization_id=user.home_id, home_zone=user.zone, wanted=wanted)

        answer = CallsAnalyticsResponse(
            success=True,
            timezone=wanted.zone.key,
            series=[analytics_group(group.key, group.values) for group in found.series],
            totals=analytics_values(found.totals),
            freshness=to_wire(found.freshness),
            previous_totals=UNSET if found.previous_totals is None else analytics_values(found.previous_totals),
        )

        return Response(answer)
