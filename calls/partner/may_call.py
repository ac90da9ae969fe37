"""POST /api/v1/may-call, GET /api/v1/decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.may_call_bodies import PartnerMayCallRequest
from calls.api.may_call_queries import PartnerDecisionsQuery
from calls.documents.decision import (
    PartnerDecision,
    PartnerMayCall,
    partner_decision_document,
    partner_may_call_document,
)
from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.services.agent_calls.ask_may_call import ask_may_call
from contacts.models import CallPurpose, DialPath
from contacts.selectors.decisions import decisions_page
from tether_calls.accounts.authentication import key_of_request
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.bodies import body_of
from tether_calls.common.wire import UNSET, SnakeStruct, UnsetType


class PartnerDecisionsPage(SnakeStruct):
    """One page, newest first; without `next_cursor` it is the last one."""

    decisions: list[PartnerDecision]
    next_cursor: str | UnsetType = UNSET


class PartnerMayCallViewSet(PartnerViewSet):
    """Whether numbers may be called, and what was decided of dials of the organization."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {
        "ask": KeyPermission.CAN_INITIATE_CALLS,
        "list": KeyPermission.CAN_READ_CALLS,
    }

    @extend_schema(
        summary="Ask whether a number may be called",
        description=(
            "Every rule of an agent's call. Nobody is called, and it counts as no attempt and as no dial."
            " The key needs `can_initiate_calls`."
        ),
        tags=["Partners"],
        request=PartnerMayCallRequest,
        responses={200: PartnerMayCall, **ERRORS_OF_READS_BY_ID},
    )
    def ask(self, request: Request) -> Response:
        body = body_of(request, PartnerMayCallRequest)

        verdict = ask_may_call(
            organization_id=key_of_request(request).user.home_id,
            phone_number=body.phone_number,
            purpose=CallPurpose(body.purpose),
            path=DialPath.PARTNER,
            agent=body.agent_id,
            at=body.at,
        )

        return Response(partner_may_call_document(verdict))

    @extend_schema(
        summary="List decisions about dials, newest first",
        description="They never change. Unknown parameters are refused. The key needs `can_read_calls`.",
        tags=["Partners"],
        parameters=[PartnerDecisionsQuery],
        responses={200: PartnerDecisionsPage, **ERRORS_OF_READS},
    )
    def list(self, request: Request) -> Response:
        query = PartnerDecisionsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        rows, has_more = decisions_page(
            organization_id=key_of_request(request).user.home_id,
            phone_number=values.get("phone_number"),
            call_id=values.get("call_id"),
            is_allowed=values.get("allowed"),
            limit=values["limit"],
            before=values.get("cursor"),
        )

        answer = PartnerDecisionsPage(decisions=[partner_decision_document(row) for row in rows])
        if has_more:
            answer.next_cursor = rows[-1].pk

        return Response(answer)
