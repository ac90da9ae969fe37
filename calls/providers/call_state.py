"""What a provider is asked about a call, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from calls.reports import CallReport, ProvidedRecording


class ProviderState(Enum):
    """How far a call has come, by its provider's answer."""

    OVER = auto()
    GOING_ON = auto()
    UNKNOWN = auto()  # the provider has no such call


@dataclass(frozen=True, kw_only=True)
class CallInQuestion:
    """What we know of a call that its provider is asked about.

    `provider_call_id` is None while the provider has not named the call.
    """

    call_id: str
    provider_call_id: str | None
    provider_agent_id: str | None
    created_at: datetime
    was_answered: bool


@dataclass(frozen=True, kw_only=True)
class LookUp:
    """`audio` is the recording of a call that is over, where there is one; `has_audio` None: that is unknown."""

    state: ProviderState
    report: CallReport | None = None
    has_audio: bool | None = None
    audio: ProvidedRecording | None = None


@dataclass(frozen=True)
class CarrierLeg:
    """The call of a conversation at the carrier that connects it: the carrier's name among ours, and its id there."""

    carrier: str
    provider_call_id: str
