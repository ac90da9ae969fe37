"""How a call ended: one vocabulary for all providers, and which of two accounts of it counts. Pure values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final


class AnsweredBy(StrEnum):
    """Who picked up. Of two that are told the later one in this list counts."""

    UNKNOWN = "unknown"
    HUMAN = "human"
    CALL_SCREENING = "call_screening"
    IVR = "ivr"
    MACHINE = "machine"
    FAX = "fax"


class EndFault(StrEnum):
    """On whose side the reason lay."""

    NONE = "none"
    CALLER = "caller"
    CALLEE = "callee"
    US = "us"
    PROVIDER = "provider"
    CARRIER = "carrier"


class EndReason(StrEnum):
    """Why a call ended, or did not come about. Of two of the same weight the later one in this list counts."""

    UNKNOWN = "unknown"
    UNHEARD_OF = "unheard_of"
    UNKNOWN_AT_PROVIDER = "unknown_at_provider"
    CANCELED = "canceled"
    CARRIER_ERROR = "carrier_error"
    PROVIDER_ERROR = "provider_error"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    INVALID_NUMBER = "invalid_number"
    CUSTOMER_HANGUP = "customer_hangup"
    AGENT_HANGUP = "agent_hangup"
    SILENCE = "silence"
    MAX_DURATION = "max_duration"
    MACHINE_HANGUP = "machine_hangup"
    VOICEMAIL_LEFT = "voicemail_left"
    TRANSFERRED = "transferred"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    OUTSIDE_HOURS = "outside_hours"
    NO_CONSENT = "no_consent"
    DO_NOT_CALL = "do_not_call"


class Weight(IntEnum):
    """How reliable a report of the end of a call is: of two reports the one with the greater weight decides."""

    # Nothing but the call's status.
    STATUS = 0
    # What usually is the case where a provider says no more.
    USUAL = 10
    # A code, or a word, that stands for a reason.
    CODE = 20
    # What was done: by us, or by an agent's tool.
    DEED = 30


@dataclass(frozen=True, slots=True)
class Ending:
    """A reason, whose fault it was, and what this account of it is worth."""

    reason: EndReason
    fault: EndFault = EndFault.NONE
    weight: Weight = Weight.CODE

    @property
    def order(self) -> tuple[int, int, int]:
        return self.weight, REASONS.index(self.reason), FAULTS.index(self.fault)


REASONS: Final = tuple(EndReason)
FAULTS: Final = tuple(EndFault)
_ANSWERERS: Final = tuple(AnsweredBy)

# All but a person, and who is not known.
OF_MACHINES: Final = [str(each) for each in AnsweredBy if each not in (AnsweredBy.UNKNOWN, AnsweredBy.HUMAN)]
# Reasons that a call which took place cannot have ended for, and those that only such a call can.
OF_UNANSWERED: Final = frozenset(
    {
        EndReason.CANCELED,
        EndReason.NO_ANSWER,
        EndReason.BUSY,
        EndReason.REJECTED,
        EndReason.INVALID_NUMBER,
        EndReason.DO_NOT_CALL,
        EndReason.OUTSIDE_HOURS,
        EndReason.NO_CONSENT,
        EndReason.TOO_MANY_ATTEMPTS,
    }
)
OF_ANSWERED: Final = frozenset(
    {
        EndReason.CUSTOMER_HANGUP,
        EndReason.AGENT_HANGUP,
        EndReason.SILENCE,
        EndReason.MAX_DURATION,
        EndReason.VOICEMAIL_LEFT,
        EndReason.MACHINE_HANGUP,
        EndReason.TRANSFERRED,
    }
)
# The reason that a status names; a completed or a failed call has ended for any.
_REASON_OF_STATUS: Final[Mapping[str, EndReason]] = {
    "busy": EndReason.BUSY,
    "no-answer": EndReason.NO_ANSWER,
    "canceled": EndReason.CANCELED,
}
_REFUSED_HERE: Final = Ending(EndReason.REJECTED, EndFault.US, Weight.DEED)
_NOT_CONFIGURED: Final = Ending(EndReason.PROVIDER_ERROR, EndFault.US, Weight.DEED)
_NOT_AVAILABLE: Final = Ending(EndReason.PROVIDER_ERROR, EndFault.PROVIDER, Weight.DEED)
_OUR_OWN: Final[Mapping[str, Ending]] = {
    # Calls of browsers and callers that we do not connect. A refusal has the name of its error code.
    "do_not_call": Ending(EndReason.DO_NOT_CALL, EndFault.NONE, Weight.DEED),
    "outside_calling_hours": Ending(EndReason.OUTSIDE_HOURS, EndFault.NONE, Weight.DEED),
    "dial_limit_reached": Ending(EndReason.TOO_MANY_ATTEMPTS, EndFault.US, Weight.DEED),
    "number_not_dialable": Ending(EndReason.INVALID_NUMBER, EndFault.US, Weight.DEED),
    "own_number": Ending(EndReason.INVALID_NUMBER, EndFault.US, Weight.DEED),
    "number_of_nobody": Ending(EndReason.NO_ANSWER, EndFault.US, Weight.DEED),
    "number_not_open": Ending(EndReason.NO_ANSWER, EndFault.US, Weight.DEED),
    # A dial that the provider did not begin.
    "not_supported": _NOT_CONFIGURED,
    "not_configured": _NOT_CONFIGURED,
    "unauthorized": _NOT_CONFIGURED,
    "not_found": _NOT_CONFIGURED,
    "refused": _NOT_CONFIGURED,
    "busy": _NOT_AVAILABLE,
    "unavailable": _NOT_AVAILABLE,
    "lock_ended": Ending(EndReason.CANCELED, EndFault.US, Weight.DEED),
    # A call that its provider could tell nothing of.
    "unknown_at_provider": Ending(EndReason.UNKNOWN_AT_PROVIDER, EndFault.PROVIDER, Weight.STATUS),
    "unheard_of": Ending(EndReason.UNHEARD_OF, EndFault.PROVIDER, Weight.STATUS),
    "recorded_as_another_call": Ending(EndReason.UNKNOWN, EndFault.NONE, Weight.STATUS),
    "no_credentials": Ending(EndReason.PROVIDER_ERROR, EndFault.US, Weight.STATUS),
}
_USUAL_FAULTS: Final[Mapping[EndReason, EndFault]] = {
    EndReason.BUSY: EndFault.CALLEE,
    EndReason.NO_ANSWER: EndFault.CALLEE,
    EndReason.REJECTED: EndFault.CALLEE,
    EndReason.INVALID_NUMBER: EndFault.CALLEE,
    EndReason.MAX_DURATION: EndFault.US,
    EndReason.PROVIDER_ERROR: EndFault.PROVIDER,
    EndReason.CARRIER_ERROR: EndFault.CARRIER,
}


def choices_of(vocabulary: type[StrEnum]) -> list[tuple[str, str]]:
    """The words of a vocabulary, and what people read."""
    return [(each.value, each.value.replace("_", " ").capitalize()) for each in vocabulary]


@lru_cache(maxsize=128)
def ending_of_status(status: str, direction: str) -> Ending:
    """The ending of an ended call of which no report has a reason."""
    reason = _REASON_OF_STATUS.get(status, EndReason.UNKNOWN)
    return Ending(reason, _usual_fault(reason, direction), Weight.STATUS)


def told_ending(reason: str, direction: str) -> Ending:
    """Of a vendor who names a reason of this vocabulary."""
    return Ending(EndReason(reason), _usual_fault(EndReason(reason), direction))


def endings_of_hang_up(side: str, direction: str) -> tuple[Ending, Ending]:
    """What it means that the caller, or the callee, hung up: where the call was answered, and where it was not."""
    is_inbound, is_caller = direction == "inbound", side == "caller"
    answered = EndReason.CUSTOMER_HANGUP if is_inbound is is_caller else EndReason.AGENT_HANGUP
    if is_caller:
        return Ending(answered), Ending(EndReason.CANCELED, _usual_fault(EndReason.CANCELED, direction))
    return Ending(answered), Ending(EndReason.REJECTED, EndFault.US if is_inbound else EndFault.CALLEE)


def _usual_fault(reason: EndReason, direction: str) -> EndFault:
    if reason == EndReason.CANCELED:
        # By the caller, who is one of us where we call.
        return EndFault.CALLER if direction == "inbound" else EndFault.US
    return _USUAL_FAULTS.get(reason, EndFault.NONE)


def ending_of_our_own(reason: str) -> Ending:
    """Of a call that was not connected by us, or given up: by the `failureReason` that is kept with it."""
    return _OUR_OWN.get(reason, _REFUSED_HERE)


def best_of(endings: Iterable[Ending], *, is_completed: bool) -> Ending | None:
    """The one that counts of those that are possible for a call that took place, or for one that did not."""
    impossible = OF_UNANSWERED if is_completed else OF_ANSWERED
    possible = [ending for ending in endings if ending.reason not in impossible]
    return max(possible, key=lambda ending: ending.order, default=None)


def as_text(endings: Iterable[Ending]) -> str:
    """As it is kept: what counts if the call took place, and what does if not, since that may turn out later."""
    told = list(endings)
    if not told:
        return ""
    kept = {best for is_completed in (False, True) if (best := best_of(told, is_completed=is_completed)) is not None}
    return ",".join(f"{each.weight:d} {each.reason} {each.fault}" for each in sorted(kept, key=lambda each: each.order))


def from_text(text: str) -> list[Ending]:
    parts = (each.split(" ") for each in text.split(",") if each)
    return [Ending(EndReason(reason), EndFault(fault), Weight(int(weight))) for weight, reason, fault in parts]


def greater_answerer(known: str, told: str) -> str:
    """The one of two that counts; empty: not told."""
    if not known or not told:
        return known or told
    return max(known, told, key=lambda value: _ANSWERERS.index(AnsweredBy(value)))
