"""A conversation at ElevenLabs as a CallReport; GET and webhook have the same shape.

https://elevenlabs.io/docs/api-reference/conversations/get
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from calls.providers.elevenlabs.analysis import analysis_of
from calls.providers.elevenlabs.endings import answerer_of, endings_of
from calls.providers.reading import (
    MAX_NAME,
    fields,
    flag,
    identifier,
    later,
    moment_of_turn,
    number,
    our_id,
    party,
    required_fields,
    required_identifier,
    seconds,
    text,
    unix_time,
    word,
)
from calls.reports import (
    CALL_ID_VARIABLE,
    CallReport,
    Direction,
    ProviderMetadata,
    Role,
    TranscriptTurn,
    known_metadata,
)

PROVIDER: Final = "elevenlabs"

# "processing" is after the call and before its transcript and duration; only "done" has them.
STATUSES: Final = {
    "initiated": "initiated",
    "in-progress": "in-progress",
    "processing": "in-progress",
    "done": "completed",
    "failed": "failed",
}
# metadata.phone_call.call_result has more about an unanswered call; "answered" and "voicemail" add nothing.
CALL_RESULTS: Final = {"busy": "busy", "no_answer": "no-answer", "failed": "failed"}
DIRECTIONS: Final[dict[str, Direction]] = {"inbound": "inbound", "outbound": "outbound"}
ROLES: Final[dict[str, Role]] = {"agent": "agent", "user": "user"}

# Every row of the history carries it.
_MAX_SUMMARY = 20_000

_OVER = frozenset({"completed", "failed"})
# Every row of the history carries it.
_MAX_REASON: Final = 1000


def read_conversation(body: object, *, default_status: str = "") -> CallReport:
    """`default_status` is the word that counts where the conversation has none. Raises PayloadError."""
    data = required_fields(body, "The conversation")
    metadata = fields(data.get("metadata"))
    phone_call = fields(metadata.get("phone_call"))
    # A call over WhatsApp has this in place of phone_call; the user's id there is the number.
    whatsapp = fields(metadata.get("whatsapp"))
    direction = DIRECTIONS.get(word(phone_call.get("direction") or whatsapp.get("direction")))
    agent_number = party(phone_call.get("agent_number"))
    other_number = party(phone_call.get("external_number")) or party(whatsapp.get("whatsapp_user_id"))
    inbound = direction == "inbound"
    status = _status(data, phone_call, default_status)
    start, answer = unix_time(metadata.get("start_time_unix_secs")), unix_time(metadata.get("accepted_time_unix_secs"))
    is_over = status is not None and status not in ("initiated", "in-progress")
    # Zero until the conversation has ended.
    duration = seconds(metadata.get("call_duration_secs")) if is_over else None
    return CallReport(
        provider=PROVIDER,
        direction=direction,
        status=status,
        from_number=other_number if inbound else agent_number,
        to_number=agent_number if inbound else other_number,
        start_time=start,
        answer_time=answer,
        end_time=later(answer or start, duration),
        duration=duration,
        provider_call_id=required_identifier(data.get("conversation_id"), "conversation_id"),
        call_id=carried_call_id(data),
        transcript=_transcript(data.get("transcript")),
        summary=text(fields(data.get("analysis")).get("transcript_summary"), _MAX_SUMMARY),
        agent_name=text(data.get("agent_name"), MAX_NAME) or "",
        provider_agent_id=identifier(data.get("agent_id")),
        has_audio=flag(data.get("has_audio")),
        answered_by=answerer_of(data),
        endings=endings_of(data, direction=direction, status=status) if is_over else (),
        analysis=analysis_of(data.get("analysis")),
        provider_metadata=_particulars(data, metadata, phone_call),
    )


def carried_call_id(data: Mapping[str, Any]) -> str | None:
    """Our call's id, from wherever the dial put it."""
    client_data = fields(data.get("conversation_initiation_client_data"))
    variables = fields(client_data.get("dynamic_variables"))
    phone_call = fields(fields(data.get("metadata")).get("phone_call"))
    places = (
        data.get("user_id"),
        client_data.get("user_id"),
        variables.get(CALL_ID_VARIABLE),
        # The X-CALL-ID of a call that a carrier handed over.
        phone_call.get("call_sid"),
        phone_call.get("call_id"),
    )
    return next((found for place in places if (found := our_id(place))), None)


def _status(data: Mapping[str, Any], phone_call: Mapping[str, Any], default: str) -> str | None:
    status = STATUSES.get(word(data.get("status")) or default)
    if status in _OVER:
        return CALL_RESULTS.get(word(phone_call.get("call_result")), status)
    return status


def _transcript(turns: object) -> tuple[TranscriptTurn, ...] | None:
    """The turns with a message; those that only call tools have none."""
    if not isinstance(turns, list):
        return None
    return tuple(turn for each in turns if (turn := _turn(fields(each))) is not None)


def _turn(turn: Mapping[str, Any]) -> TranscriptTurn | None:
    role, message = ROLES.get(word(turn.get("role"))), text(turn.get("message"))
    if role is None or message is None:
        return None
    return TranscriptTurn(role=role, message=message, timestamp=moment_of_turn(turn.get("time_in_call_secs")))


def _particulars(
    data: Mapping[str, Any], metadata: Mapping[str, Any], phone_call: Mapping[str, Any]
) -> ProviderMetadata:
    # A choice, not the whole: tool details hold secrets, and the delivery is kept anyway.
    analysis, error = fields(data.get("analysis")), fields(metadata.get("error"))
    return known_metadata(
        callSid=identifier(phone_call.get("call_sid")),
        channel="whatsapp" if fields(metadata.get("whatsapp")) else None,
        sipCallId=identifier(phone_call.get("call_id")),
        callResult=text(phone_call.get("call_result"), MAX_NAME),
        callSuccessful=text(analysis.get("call_successful"), MAX_NAME),
        callSummaryTitle=text(analysis.get("call_summary_title"), MAX_NAME),
        terminationReason=text(metadata.get("termination_reason"), _MAX_REASON),
        initiationSource=text(metadata.get("conversation_initiation_source"), MAX_NAME),
        mainLanguage=text(metadata.get("main_language"), MAX_NAME),
        cost=number(metadata.get("cost")),
        costUsd=number(metadata.get("cost_fiat")),
        errorCode=number(error.get("code")),
        errorReason=text(error.get("reason"), _MAX_REASON),
    )
