"""POST and GET /api/v1/calls, GET /api/v1/calls/{call_id}."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.api.queries import history_filter
from calls.documents.handed_out import addresses_of, partner_call_in
from calls.documents.partner_call import partner_call_document
from calls.documents.scheduled_call import PartnerScheduledCall
from calls.models import Recording
from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.partner.dial_body import PartnerCallRequest, read_dial
from calls.partner.dialled import (
    PartnerQueuedCall,
    answer_by_call,
    placed_answer,
    refusal_answer,
    scheduled_answer,
)
from calls.partner.documents import PartnerCallDetail, PartnerCallsPage, call_detail_document
from calls.partner.errors import PartnerCallError, PartnerError, PartnerFundsError
from calls.partner.queries import PartnerCallsQuery
from calls.selectors.partner_calls import partner_call, partner_calls_page
from calls.services.agent_calls.call_for_partner import call_for_partner
from calls.services.agent_calls.call_later import schedule_for_partner
from calls.services.agent_calls.idempotency import first_request
from tether_calls.accounts.acting import hands_out, leaves_access
from tether_calls.accounts.authentication import authenticated_user, key_of_request
from tether_calls.accounts.models import KeyPermission
from tether_calls.accounts.services.dial_limits import count_dial_by_key
from tether_calls.common.idempotency_key import IDEMPOTENCY_KEY, KEY_PATTERN, idempotency_key
from tether_calls.common.parsers import RawJsonParser, read_body
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.queries import NoParametersQuery
from tether_calls.common.urls import absolute_url
from tether_calls.common.wire import UNSET


class PartnerCallsViewSet(PartnerViewSet):
    """The organization's calls, of users, partners and vendors; and new ones."""

    parser_classes = (RawJsonParser,)

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {
        "create": KeyPermission.CAN_INITIATE_CALLS,
        "list": KeyPermission.CAN_READ_CALLS,
        "retrieve": KeyPermission.CAN_READ_CALLS,
    }

    @extend_schema(
        summary="Have an agent call a number",
        description=(
            "Answers when the provider has accepted the call. `200`: an earlier request for the same agent and number,"
            " within 30 seconds, has placed it. `202`: with `schedule` the call is planned for its time, and nothing is"
            " held of the wallet until then. The key needs `can_initiate_calls`."
        ),
        tags=["Partners"],
        parameters=[
            OpenApiParameter(
                IDEMPOTENCY_KEY,
                str,
                OpenApiParameter.HEADER,
                pattern=KEY_PATTERN,
                description=(
                    "1 to 255 printable characters of ASCII. For 24 hours the same key and body get the first answer"
                    " again, with `Idempotent-Replayed: true`."
                ),
            ),
            OpenApiParameter(
                "Idempotent-Replayed",
                str,
                OpenApiParameter.HEADER,
                enum=["true"],
                response=True,
                description="An earlier request with the same key got this answer.",
            ),
            OpenApiParameter(
                "Retry-After",
                int,
                OpenApiParameter.HEADER,
                response=[409],
                description="Seconds after which the first request with the same key may have its answer.",
            ),
        ],
        request=PartnerCallRequest,
        responses={
            200: PartnerQueuedCall,
            201: PartnerQueuedCall,
            202: PartnerScheduledCall,
            **dict.fromkeys((400, 401, 403, 404, 409, 429, 500), PartnerError),
            402: PartnerFundsError,
            403: PartnerCallError,
        },
    )
    def create(self, request: Request) -> Response:
        asked = read_dial(read_body(request))
        key = idempotency_key(request)
        api_key = key_of_request(request)

        with first_request(
            organization_id=api_key.user.home_id, key=key, body=asked.body, refusal=refusal_answer
        ) as once:
            if once.is_repeated:
                known = once.answer or answer_by_call(once.call)
                return Response(known.body, status=known.status, headers={"Idempotent-Replayed": "true"})
            if asked.schedule is not None:
                scheduled = schedule_for_partner(
                    api_key=api_key,
                    schedule=asked.schedule,
                    phone_number=asked.phone_number,
                    agent=asked.agent,
                    contact_id=asked.contact_id,
                    variables=asked.variables,
                    purpose=asked.purpose,
                    consent=asked.consent,
                    made=lambda made: once.answered(scheduled_answer(made)),
                )
                planned = scheduled_answer(scheduled)
                return Response(planned.body, status=planned.status)
            placed = call_for_partner(
                api_key=api_key,
                phone_number=asked.phone_number,
                agent=asked.agent,
                contact_id=asked.contact_id,
                variables=asked.variables,
                purpose=asked.purpose,
                consent=asked.consent,
                admit=partial(count_dial_by_key, api_key=api_key),
                begun=once.begun,
            )
            answer = once.keep(placed_answer(placed))

        return Response(answer.body, status=answer.status)

    @extend_schema(
        summary="List calls, newest first",
        description="Unknown parameters are refused. The key needs `can_read_calls`.",
        tags=["Partners"],
        parameters=[PartnerCallsQuery],
        responses={200: PartnerCallsPage, **ERRORS_OF_READS},
    )
    @leaves_access
    @may_read_replica
    def list(self, request: Request) -> Response:
        query = PartnerCallsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        user = authenticated_user(request)
        page = partner_calls_page(
            organization_id=user.home_id,
            zone=user.zone,
            wanted=history_filter({**values, "direction": values.get("type")}, seen_by=None),
            agent=values.get("agent_id") or None,
            paging=query.paging,
        )

        answer = PartnerCallsPage(
            count=page.total,
            page=query.paging.page,
            limit=query.paging.size,
            count_capped=page.is_capped or UNSET,
            pages=query.pages(page.total),
            calls=[
                partner_call_document(shown.facts, recording_url=recording_address(request, shown.recording))
                for shown in page.rows
            ],
        )

        hands_out(request, addresses_of(shown.recording for shown in page.rows))
        return Response(answer)

    @extend_schema(
        summary="Read one call",
        description="With its transcript as text and what it cost. The key needs `can_read_calls`.",
        tags=["Partners"],
        responses={200: PartnerCallDetail, **ERRORS_OF_READS_BY_ID},
    )
    @leaves_access
    def retrieve(self, request: Request, call_id: str) -> Response:
        NoParametersQuery(data=request.query_params).is_valid(raise_exception=True)

        shown = partner_call(organization_id=authenticated_user(request).home_id, call_id=call_id)

        answer = call_detail_document(shown.facts, recording_url=recording_address(request, shown.recording))

        hands_out(request, partner_call_in(shown.facts, shown.recording))
        return Response(answer)


def recording_address(request: Request, recording: Recording | None) -> str | None:
    return absolute_url(request, recording.file.url) if recording is not None else None
