"""/api/calls/ai: calls that an AI agent makes."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.bodies import CallsInitiateOutboundAiCallRequest
from calls.api.documents import CallsOutboundAiCallResponse
from calls.api.scheduled_calls import ScheduledCallResponse
from calls.documents.scheduled_call import scheduled_call_document
from calls.services.agent_calls.call_for_user import call_for_user
from calls.services.agent_calls.call_later import schedule_for_user
from calls.services.scheduled_calls.schedule import Schedule
from contacts.models import CallPurpose
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.wire import UNSET, or_none, or_unset


class AiCallsViewSet(ViewSet):
    """An agent of the organization calls for the user."""

    as_specified = ("outbound",)

    @extend_schema(
        summary="Initiate an outbound AI voice call",
        description=(
            "Finds or makes the contact, chooses agent and number where none is named, and has the provider dial."
            " The same user, contact, agent and number within 30 seconds of an accepted dial get the same ids, and"
            " until then `429 OUTBOUND_IN_FLIGHT`. Emits `call_initiated`, and `call_ended` when the dial is refused."
            " With `schedule` the call is planned for its time (`202`), and emits `scheduled_call_updated`."
        ),
        tags=["Calls"],
        request=CallsInitiateOutboundAiCallRequest,
        responses={
            200: CallsOutboundAiCallResponse,
            202: ScheduledCallResponse,
            400: CallsErrorResponse,
            401: CallsErrorResponse,
            404: CallsErrorResponse,
            409: CallsErrorResponse,
            429: CallsErrorResponse,
            500: CallsErrorResponse,
        },
    )
    def outbound(self, request: Request) -> Response:
        body = body_of(request, CallsInitiateOutboundAiCallRequest)
        if body.schedule is not UNSET:
            return self._schedule(request, body, body.schedule.schedule)

        placed = call_for_user(
            user=authenticated_user(request),
            contact_id=or_none(body.contact_id),
            phone_number=or_none(body.phone_number),
            agent_id=or_none(body.agent_id),
            from_number=or_none(body.from_number),
            call_reason=or_none(body.call_reason) or "",
            purpose=CallPurpose(or_none(body.purpose) or CallPurpose.MARKETING),
            consent=None if body.consent is UNSET else body.consent.given,
        )

        answer = CallsOutboundAiCallResponse(
            success=True,
            conversation_id=placed.conversation_id,
            sip_call_id=or_unset(placed.sip_call_id),
            message="AI call already initiated" if placed.deduplicated else "AI call initiated",
            deduplicated=placed.deduplicated,
        )

        return Response(answer)

    def _schedule(self, request: Request, body: CallsInitiateOutboundAiCallRequest, schedule: Schedule) -> Response:
        scheduled = schedule_for_user(
            user=authenticated_user(request),
            schedule=schedule,
            contact_id=or_none(body.contact_id),
            phone_number=or_none(body.phone_number),
            agent_id=or_none(body.agent_id),
            from_number=or_none(body.from_number),
            call_reason=or_none(body.call_reason) or "",
            purpose=CallPurpose(or_none(body.purpose) or CallPurpose.MARKETING),
            consent=None if body.consent is UNSET else body.consent.given,
        )

        answer = ScheduledCallResponse(success=True, scheduled_call=scheduled_call_document(scheduled))

        return Response(answer, status=202)
