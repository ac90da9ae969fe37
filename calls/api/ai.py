"""/api/calls/ai: calls that an AI agent makes."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.documents import CallsInitiateOutboundAiCallRequest, CallsOutboundAiCallResponse
from calls.services.agent_calls.call_for_user import call_for_user
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.documents import CallsErrorResponse
from tether_calls.common.errors import TetherError
from tether_calls.common.wire import or_unset

MAX_CALL_REASON = 5_000

_LOCATED = re.compile(r"(?P<fault>.*) - at `\$\.?(?P<path>.*)`")


class AiCallsViewSet(ViewSet):
    """An agent of the organization calls for the user."""

    @extend_schema(
        summary="Initiate an outbound AI voice call",
        description=(
            "Finds or makes the contact, chooses agent and number where none is named, and has the provider dial."
            " The same user, contact, agent and number within 30 seconds of an accepted dial get the same ids, and"
            " meanwhile `429 OUTBOUND_IN_FLIGHT`. Emits `call_initiated`, and `call_ended` when the dial is refused."
        ),
        tags=["Calls"],
        request=CallsInitiateOutboundAiCallRequest,
        responses={
            200: CallsOutboundAiCallResponse,
            400: CallsErrorResponse,
            401: CallsErrorResponse,
            404: CallsErrorResponse,
            429: CallsErrorResponse,
            500: CallsErrorResponse,
        },
    )
    def outbound(self, request: Request) -> Response:
        body = _read(request.data)

        placed = call_for_user(
            user=authenticated_user(request),
            contact_id=_given(body.contact_id),
            phone_number=_number(body.phone_number),
            agent_id=_given(body.agent_id),
            from_number=_number(body.from_number),
            call_reason=_given(body.call_reason) or "",
        )

        answer = CallsOutboundAiCallResponse(
            success=True,
            conversation_id=placed.conversation_id,
            sip_call_id=or_unset(placed.sip_call_id),
            message="AI call already initiated" if placed.deduplicated else "AI call initiated",
            deduplicated=placed.deduplicated,
        )

        return Response(answer)


def _read(data: Any) -> CallsInitiateOutboundAiCallRequest:
    """Raises VALIDATION_ERROR."""
    try:
        body = msgspec.convert(data, CallsInitiateOutboundAiCallRequest)
    except msgspec.ValidationError as error:
        match = _LOCATED.fullmatch(str(error))
        path, fault = (match["path"], match["fault"]) if match else ("", str(error))
        raise TetherError.of_field(path, fault) from None
    if body.call_reason is not None and len(body.call_reason) > MAX_CALL_REASON:
        raise TetherError.of_field("callReason", f"Longer than {MAX_CALL_REASON} characters")
    return body


def _given(text: str | None) -> str | None:
    """A field that a form left blank says nothing."""
    return (text or "").strip() or None


def _number(text: str | None) -> str | None:
    given = _given(text)
    return None if given is None else f"+{given.removeprefix('+')}"
