"""What POST /api/v1/calls answers: as a document, so that a repeated request can get the same again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from calls.documents.scheduled_call import partner_document_of
from calls.models import Call, CallStatus, ScheduledCall
from calls.partner.documents import PartnerCallAgent, call_agent
from calls.partner.errors import partner_envelope, status_of
from calls.services.agent_calls.idempotency import Answer
from calls.services.agent_calls.place_call import PlacedCall
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, SnakeStruct, Timestamp, UnsetType


class PartnerQueuedCall(SnakeStruct):
    """The call is on its way. `warnings`, where there are any, are sentences for people."""

    id: str
    call_id: Annotated[str, msgspec.Meta(description="The same.")]
    status: Literal["queued"]
    type: Literal["outbound"]
    phone_number: str
    agent: Annotated[PartnerCallAgent | None, msgspec.Meta(description="null: deleted since.")]
    created_at: Timestamp
    estimated_start: Annotated[Timestamp, msgspec.Meta(description="Calls are dialled at once.")]
    warnings: list[str] | UnsetType = UNSET


def placed_answer(placed: PlacedCall) -> Answer:
    """201, or 200 where an earlier request has placed the call."""
    return _queued(
        placed.call, call_agent(placed.agent), status=200 if placed.deduplicated else 201, warnings=placed.warnings
    )


def scheduled_answer(scheduled: ScheduledCall) -> Answer:
    return Answer(202, msgspec.to_builtins(partner_document_of(scheduled)))


def refusal_answer(error: TetherError) -> Answer:
    return Answer(status_of(error), partner_envelope(error))


def answer_by_call(call: Call | None) -> Answer:
    """For a request whose process was gone before it could answer."""
    if call is None:
        return refusal_answer(
            TetherError(
                ErrorCode.PROVIDER_UNKNOWN, "The call was deleted; it may have been placed, so do not repeat it"
            )
        )
    if call.status == CallStatus.FAILED and call.provider_call_id is None:
        return refusal_answer(TetherError(ErrorCode.PROVIDER_ERROR, "The call was not placed"))
    return _queued(call, call_agent(call.ai_agent) if call.ai_agent is not None else None, status=201)


def _queued(call: Call, agent: PartnerCallAgent | None, *, status: int, warnings: Sequence[str] = ()) -> Answer:
    created_at = to_wire(call.created_at)
    document = PartnerQueuedCall(
        id=call.pk,
        call_id=call.pk,
        status="queued",
        type="outbound",
        phone_number=call.to_number,
        agent=agent,
        created_at=created_at,
        estimated_start=created_at,
        warnings=list(warnings) if warnings else UNSET,
    )
    return Answer(status, msgspec.to_builtins(document))
