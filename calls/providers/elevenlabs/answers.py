"""What ElevenLabs answers to our requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Literal, TypeVar

from calls.providers.bodies import PayloadError, parse_json
from calls.providers.elevenlabs.conversation import DIRECTIONS, STATUSES
from calls.providers.reading import fields, flag, identifier, required_identifier, text, unix_time, word
from calls.reports import Direction, TranscriptTurn

# Of a call that has begun; the last is of those that go by Twilio.
_IDS_OF_A_CALL: Final = ("conversation_id", "sip_call_id", "callSid")
_AFTER_THE_CALL = frozenset({"processing", "done", "failed"})
RowT = TypeVar("RowT")


@dataclass(frozen=True, kw_only=True)
class DialResult:
    """The answer to a dial: 200 is the status of refusals too. `names_call`: by any id, also by one in another form."""

    success: bool
    conversation_id: str | None
    sip_call_id: str | None
    names_call: bool


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
        names_call=any(body.get(name) for name in _IDS_OF_A_CALL),
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


def read_tool_id(body: dict[str, Any]) -> str:
    """https://elevenlabs.io/docs/api-reference/tools/create - raises PayloadError."""
    return required_identifier(body.get("id"), "id")


def read_secret_id(body: dict[str, Any]) -> str:
    """https://elevenlabs.io/docs/api-reference/workspace/secrets/create - raises PayloadError."""
    return required_identifier(body.get("secret_id"), "secret_id")


@dataclass(frozen=True, kw_only=True)
class Listed(Generic[RowT]):
    """A page of a list, and the cursor of the next one; None: this was the last."""

    rows: list[RowT]
    cursor: str | None


def listed(body: dict[str, Any], name: str, read: Callable[[Mapping[str, Any]], RowT | None]) -> Listed[RowT]:
    """Raises PayloadError where there is no list; rows that `read` makes nothing of are left out."""
    rows = body.get(name)
    if not isinstance(rows, list):
        raise PayloadError(f"{name} is not a list")
    cursor = identifier(body.get("next_cursor")) if body.get("has_more") is not False else None
    return Listed(rows=[found for row in map(fields, rows) if (found := read(row)) is not None], cursor=cursor)


def read_secrets(body: dict[str, Any]) -> Listed[tuple[str, str]]:
    """https://elevenlabs.io/docs/api-reference/workspace/secrets/list - name and id; raises PayloadError."""

    def read(row: Mapping[str, Any]) -> tuple[str, str] | None:
        name, secret_id = text(row.get("name")), identifier(row.get("secret_id"))
        return None if name is None or secret_id is None else (name, secret_id)

    return listed(body, "secrets", read)


def error_code(body: object) -> object:
    """The code of an error; `detail` is an object, a list (422) or a sentence.

    429 has too_many_concurrent_requests (the plan's limit) or system_busy (theirs).
    """
    detail = fields(body).get("detail")
    if isinstance(detail, list):
        return fields(detail[0] if detail else None).get("type")
    return fields(detail).get("status") or fields(detail).get("code")


# What somebody has said, by the type of an event: the object in it, the name of the text in that, and who said it.
# https://elevenlabs.io/docs/eleven-agents/customization/events/client-events
_SAID: Final[Mapping[str, tuple[str, str, Literal["agent", "user"]]]] = {
    "user_transcript": ("user_transcription_event", "user_transcript", "user"),
    "agent_response": ("agent_response_event", "agent_response", "agent"),
}
# Of one turn; what is more is cut, as the transcript will have all of it.
_LONGEST_TURN: Final = 10_000


def read_turn(told: str | bytes) -> TranscriptTurn | None:
    """A turn of an event of the monitoring socket; None for all other events, and for what is none."""
    try:
        event = fields(parse_json(told if isinstance(told, bytes) else told.encode()))
    except PayloadError:
        return None
    place, name, role = _SAID.get(word(event.get("type")), ("", "", "user"))
    said = text(fields(event.get(place)).get(name), _LONGEST_TURN)
    return TranscriptTurn(role, said) if place and said else None
