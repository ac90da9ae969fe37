"""GET /api/v1/calls/analytics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.documents.analytics import (
    PartnerAnalytics,
    PartnerAnalyticsGroup,
    PartnerAnalyticsKey,
    PartnerAnalyticsValues,
)
from calls.partner.base import ERRORS_OF_READS, PartnerViewSet
from calls.partner.queries import PartnerAnalyticsQuery
from calls.selectors.analytics import analytics
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.times import to_wire


class PartnerAnalyticsViewSet(PartnerViewSet):
    """Numbers of the organization's calls."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {"read": KeyPermission.CAN_READ_CALLS}

    @extend_schema(
        summary="Metrics of calls, by groups",
        description="At most 1,000 groups; more are refused. The key needs `can_read_calls`.",
        tags=["Partners"],
        parameters=[PartnerAnalyticsQuery],
        responses={200: PartnerAnalytics, **ERRORS_OF_READS},
    )
    @may_read_replica
    def read(self, request: Request) -> Response:
        query = PartnerAnalyticsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        user = authenticated_user(request)
        wanted = query.wanted(user.zone, seen_by=None)

        found = analytics(organization_id=user.home_id, home_zone=user.zone, wanted=wanted)

        answer = PartnerAnalytics(
            timezone=wanted.zone.key,
            series=[
                PartnerAnalyticsGroup(
                    key=PartnerAnalyticsKey(**group.key), values=PartnerAnalyticsValues(**group.values)
                )
                for group in found.series
            ],
            totals=PartnerAnalyticsValues(**found.totals),
            previous_totals=None if found.previous_totals is None else PartnerAnalyticsValues(**found.previous_totals),
            freshness=to_wire(found.freshness),
        )

        return Response(answer)
