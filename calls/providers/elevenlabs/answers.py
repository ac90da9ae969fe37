"""What ElevenLabs answers to our requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls.providers.elevenlabs.conversation import DIRECTIONS, STATUSES
from calls.providers.reading import PayloadError, fields, flag, identifier, required_identifier, unix_time, word
from calls.reports import Direction

_AFTER_THE_CALL = frozenset({"processing", "done", "failed"})


@dataclass(frozen=True, kw_only=True)
class DialResult:
    """The answer to a dial: 200 is the status of refusals too."""

    success: bool
    conversation_id: str | None
    sip_call_id: str | None


@dataclass(frozen=True, kw_only=True)
class FoundConversation:
    """A row of the list of conversations."""

    conversation_id: str
    agent_id: str | None
    status: str | None
    direction: Direction | None
    start_time: datetime | None


def read_dial(body: dict[str, Any]) -> DialResult:
    """https://elevenlabs.io/docs/api-reference/sip-trunk/outbound-call

    Raises PayloadError where the answer does not say whether it succeeded.
    """
    success = flag(body.get("success"))
    if success is None:
        raise PayloadError("success is missing")
    return DialResult(
        success=success,
        conversation_id=identifier(body.get("conversation_id")),
        sip_call_id=identifier(body.get("sip_call_id")),
    )


def read_is_over(body: dict[str, Any]) -> bool:
    """Whether a conversation has ended, though its transcript may still be made: "processing" comes after the call.

    https://elevenlabs.io/docs/api-reference/conversations/get - raises PayloadError where it is none.
    """
    required_identifier(body.get("conversation_id"), "conversation_id")
    return word(body.get("status")) in _AFTER_THE_CALL


def read_conversations(body: dict[str, Any]) -> list[FoundConversation]:
    """https://elevenlabs.io/docs/api-reference/conversations/list

    Raises PayloadError where there is no list; rows without an id are left out.
    """
    rows = body.get("conversations")
    if not isinstance(rows, list):
        raise PayloadError("conversations is not a list")
    return [
        FoundConversation(
            conversation_id=found,
            agent_id=identifier(row.get("agent_id")),
            status=STATUSES.get(word(row.get("status"))),
            direction=DIRECTIONS.get(word(row.get("direction"))),
            start_time=unix_time(row.get("start_time_unix_secs")),
        )
        for row in map(fields, rows)
        if (found := identifier(row.get("conversation_id"))) is not None
    ]


def read_phone_number_id(body: dict[str, Any]) -> str:
    """https://elevenlabs.io/docs/api-reference/phone-numbers/create - raises PayloadError."""
    return required_identifier(body.get("phone_number_id"), "phone_number_id")


def read_phone_numbers(rows: list[Any]) -> dict[str, str]:
    """https://elevenlabs.io/docs/api-reference/phone-numbers/list - number to id, of the rows that have both."""
    return {
        number: found
        for row in map(fields, rows)
        if isinstance(number := row.get("phone_number"), str)
        and (found := identifier(row.get("phone_number_id"))) is not None
    }


def error_code(body: object) -> object:
    """The code of an error; `detail` is an object, a list (422) or a sentence.

    429 has too_many_concurrent_requests (the plan's limit) or system_busy (theirs).
    """
    detail = fields(body).get("detail")
    if isinstance(detail, list):
        return fields(detail[0] if detail else None).get("type")
    return fields(detail).get("status") or fields(detail).get("code")
