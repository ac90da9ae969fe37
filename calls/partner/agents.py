"""GET /api/v1/agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.partner.base import ERRORS_OF_READS, PartnerViewSet
from calls.partner.documents import PartnerAgentsResponse, agent_document
from calls.selectors.agent_calls.agent_usage import agents_with_usage
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.queries import NoParametersQuery


class PartnerAgentsViewSet(PartnerViewSet):
    """The organization's voice agents."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {"list": KeyPermission.CAN_READ_AGENTS}

    @extend_schema(
        summary="List the agents",
        description="With the calls that they have made or taken. The key needs `can_read_agents`.",
        tags=["Partners"],
        responses={200: PartnerAgentsResponse, **ERRORS_OF_READS},
    )
    @may_read_replica
    def list(self, request: Request) -> Response:
        NoParametersQuery(data=request.query_params).is_valid(raise_exception=True)

        agents = agents_with_usage(organization_id=authenticated_user(request).home_id)

        return Response(PartnerAgentsResponse(agents=[agent_document(agent) for agent in agents]))
