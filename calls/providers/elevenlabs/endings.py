"""How a conversation ended, and who answered: in ElevenLabs' words, and by what its tools did.

`termination_reason` is a sentence without a vocabulary: it is looked through for what is known of it.
https://elevenlabs.io/docs/api-reference/conversations/get
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from calls.outcomes import AnsweredBy, EndFault, Ending, EndReason, Weight
from calls.providers.reading import fields, number, word
from calls.providers.sip_endings import sip_endings

_OURS = Ending(EndReason.PROVIDER_ERROR, EndFault.US)
_AGENT = Ending(EndReason.AGENT_HANGUP, weight=Weight.DEED)
_TRANSFERRED = Ending(EndReason.TRANSFERRED, weight=Weight.DEED)
_VOICEMAIL_LEFT = Ending(EndReason.VOICEMAIL_LEFT, weight=Weight.DEED)
_MACHINE = Ending(EndReason.MACHINE_HANGUP)
_CUSTOMER = Ending(EndReason.CUSTOMER_HANGUP)
_SILENCE: Final = {
    "inbound": Ending(EndReason.SILENCE, EndFault.CALLER),
    "outbound": Ending(EndReason.SILENCE, EndFault.CALLEE),
}
_SILENCE_OF_NOBODY: Final = Ending(EndReason.SILENCE)

# What a sentence has, in small letters; the first row that fits counts.
TERMINATIONS: Final[tuple[tuple[str, Ending], ...]] = (
    ("voicemail_detection", _MACHINE),
    ("voicemail detection", _MACHINE),
    ("transfer_to_number", _TRANSFERRED),
    ("end_call", _AGENT),
    ("remote party", _CUSTOMER),
    ("client disconnected", _CUSTOMER),
    ("quota", _OURS),
    ("llm generation failed", _OURS),
    ("initialization failed", _OURS),
    ("missing required", _OURS),
    ("maximum duration", Ending(EndReason.MAX_DURATION, EndFault.US)),
    ("max duration", Ending(EndReason.MAX_DURATION, EndFault.US)),
    ("duration limit", Ending(EndReason.MAX_DURATION, EndFault.US)),
)
# By metadata.error.code. Such a conversation failed, even where its status is "done".
ERROR_ENDINGS: Final = {1002: _OURS, 1008: _OURS, 3000: _OURS}
# metadata.phone_call.call_result.
RESULT_ENDINGS: Final = {
    "busy": Ending(EndReason.BUSY, EndFault.CALLEE),
    "no_answer": Ending(EndReason.NO_ANSWER, EndFault.CALLEE),
    "voicemail": _MACHINE,
}
RESULT_ANSWERERS: Final = {"answered": AnsweredBy.HUMAN, "voicemail": AnsweredBy.MACHINE}
# failure_reason of a dial that was not answered.
FAILURE_ENDINGS: Final = {
    "busy": Ending(EndReason.BUSY, EndFault.CALLEE),
    "no-answer": Ending(EndReason.NO_ANSWER, EndFault.CALLEE),
}
_FAILED: Final = Ending(EndReason.PROVIDER_ERROR, EndFault.PROVIDER, Weight.USUAL)


def endings_of_failure(*, reason: str, sip_status: object) -> tuple[Ending, ...]:
    by_reason = FAILURE_ENDINGS.get(reason)
    if by_reason is not None:
        return (by_reason,)
    return sip_endings(sip_status) or (Ending(EndReason.CARRIER_ERROR, EndFault.CARRIER, Weight.USUAL),)


def endings_of(data: Mapping[str, Any], *, direction: str | None, status: str | None) -> tuple[Ending, ...]:
    """All that a conversation tells of its end."""
    metadata = fields(data.get("metadata"))
    found = list(_done_by_tools(data.get("transcript")))
    reason = word(metadata.get("termination_reason"))
    told = next((ending for fragment, ending in TERMINATIONS if fragment in reason), None)
    if told is None and "silence" in reason:
        told = _SILENCE.get(direction or "", _SILENCE_OF_NOBODY)
    by_error = ERROR_ENDINGS.get(int(number(fields(metadata.get("error")).get("code")) or 0))
    by_result = RESULT_ENDINGS.get(word(fields(metadata.get("phone_call")).get("call_result")))
    found += [ending for ending in (by_error, told, by_result) if ending is not None]
    if not found and status == "failed":
        found.append(_FAILED)
    return tuple(found)


def answerer_of(data: Mapping[str, Any]) -> str | None:
    """A machine, where the agent's tool or the telephone company says so; a person where the latter does."""
    metadata = fields(data.get("metadata"))
    is_machine = "voicemail" in word(metadata.get("termination_reason"))
    usage = fields(fields(metadata.get("features_usage")).get("voicemail_detection"))
    if is_machine or usage.get("used") is True:
        return AnsweredBy.MACHINE
    return RESULT_ANSWERERS.get(word(fields(metadata.get("phone_call")).get("call_result")))


def _done_by_tools(turns: object) -> Iterator[Ending]:
    for turn in turns if isinstance(turns, list) else ():
        results = fields(turn).get("tool_results")
        for each in results if isinstance(results, list) else ():
            result = fields(fields(each).get("result"))
            kind = word(result.get("result_type"))
            if kind == "end_call_success":
                yield _AGENT
            elif kind.startswith("transfer_to_number_") and kind.endswith("_success"):
                yield _TRANSFERRED
            elif kind == "voicemail_detection_success":
                yield _VOICEMAIL_LEFT if word(result.get("voicemail_message")) else _MACHINE
