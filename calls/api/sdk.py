"""Calls that a browser makes or takes with its provider's SDK."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.browser_call_bodies import (
    CallsAnswerSdkCallRequest,
    CallsInboundSdkCallRequest,
    CallsInitiateSdkCallRequest,
    CallsRejectSdkCallRequest,
)
from calls.api.documents import CallsCallSuccessResponse
from calls.documents.call import call_document
from calls.documents.facts import facts_of
from calls.models import Call
from calls.selectors.history import recordings_of
from calls.services.browser_calls.answer_call import answer_call
from calls.services.browser_calls.record_sdk_call import record_inbound_call, record_outbound_call
from calls.services.browser_calls.reject_call import reject_call
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.wire import or_none

_ANSWERS = {200: CallsCallSuccessResponse, 400: CallsErrorResponse, 401: CallsErrorResponse}


class SdkViewSet(ViewSet):
    """The browser reports its own actions; the provider reports the call."""

    as_specified = ("initiate",)

    @extend_schema(
        summary="Record an outbound browser call",
        description="From the user's number of the active provider. Emits `call_initiated`.",
        tags=["Calls"],
        request=CallsInitiateSdkCallRequest,
        responses=_ANSWERS,
    )
    def initiate(self, request: Request) -> Response:
        body = body_of(request, CallsInitiateSdkCallRequest)

        call = record_outbound_call(
            user=authenticated_user(request),
            contact_id=or_none(body.contact_id),
            phone_number=body.number,
        )

        return Response(_recorded(call))

    @extend_schema(
        summary="Record an inbound browser call",
        description="It rings. Emits `call_initiated`.",
        tags=["Calls"],
        request=CallsInboundSdkCallRequest,
        responses=_ANSWERS,
    )
    def inbound(self, request: Request) -> Response:
        body = body_of(request, CallsInboundSdkCallRequest)

        call = record_inbound_call(user=authenticated_user(request), caller_number=body.caller_number)

        return Response(_recorded(call))

    @extend_schema(
        summary="Mark a call as answered",
        description=(
            "By the first who answers: a call that has been answered, or that has ended, stays as it is. Where no"
            " call is found the answer has none, and the agent may go on. Emits `call_answered`."
        ),
        tags=["Calls"],
        request=CallsAnswerSdkCallRequest,
        responses=_ANSWERS,
    )
    def answer(self, request: Request) -> Response:
        body = body_of(request, CallsAnswerSdkCallRequest)

        call = answer_call(
            user=authenticated_user(request),
            names=body.names,
            conference_id=or_none(body.conference_id),
        )

        return Response(_found(call))

    @extend_schema(
        summary="Decline a ringing call",
        description=(
            "It ends as `no-answer`, unless it has been answered. Where no call is found the answer has none."
            " Emits `call_rejected`."
        ),
        tags=["Calls"],
        request=CallsRejectSdkCallRequest,
        responses=_ANSWERS,
    )
    def reject(self, request: Request) -> Response:
        body = body_of(request, CallsRejectSdkCallRequest)

        call = reject_call(user=authenticated_user(request), names=body.names)

        return Response(_found(call))


def _recorded(call: Call) -> CallsCallSuccessResponse:
    return CallsCallSuccessResponse(success=True, call=call_document(facts_of(call)), message="Call recorded")


def _found(call: Call | None) -> CallsCallSuccessResponse:
    if call is None:
        return CallsCallSuccessResponse(success=True, message="No such call; go on")
    document = call_document(facts_of(call), recordings=recordings_of([call.pk]).get(call.pk, ()))
    return CallsCallSuccessResponse(
        success=True, call=document, message=f"The call is {call.get_status_display().lower()}"
    )
