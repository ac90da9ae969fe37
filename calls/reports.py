"""The one form that every vendor's or provider's account of a call is turned into, and its recording. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, BinaryIO, Final, Literal, TypedDict, Unpack, cast

import msgspec

from calls.outcomes import Ending
from calls.recording_consent import RecordingConsent

Direction = Literal["inbound", "outbound"]
Role = Literal["agent", "user"]
Side = Literal["caller", "callee"]

# The statuses of calls.models.CallStatus in which a call stays.
ENDED: Final = frozenset({"completed", "no-answer", "busy", "failed", "canceled"})
# Under this name our call's id travels through a provider's conversation, and comes back with its reports.
CALL_ID_VARIABLE: Final = "tether_call_id"


class Authority(IntEnum):
    """How much a report can say of the way in which a call ended: the greater one decides, in whatever order they come.

    Of two reports with the same authority the first decides, but for those of unanswered legs.
    """

    # Our own conclusion, where the provider says nothing.
    GIVEN_UP = 10
    # An answer to our question, which may lack what the provider's own report has.
    LOOK_UP = 20
    # One of several legs, which was not answered; another one may be.
    UNANSWERED_LEG = 30
    # It is over, in words that leave open whether it was answered: that is decided by whether an answer is known.
    OPEN = 40
    FIRM = 50


# What no column of a call keeps, by its name on the wire; docs/api.md says what each is.
ProviderMetadata = TypedDict(  # noqa: UP013  # the names of a class would not be Python's
    "ProviderMetadata",
    {
        # Of several providers, or our own.
        "failureReason": str | None,
        "transferredTo": str | None,
        "transferredSeconds": int | float | None,
        "sipStatus": int | float | None,
        "answeredBy": str | None,
        "channel": str | None,
        "cost": int | float | None,
        # A vendor's push, as it came.
        "externalCallId": str | None,
        "agentName": str | None,
        "callerName": str | None,
        "metadata": Mapping[str, Any] | None,
        # The agents' provider.
        "hasAudio": bool | None,
        "sipCallId": str | None,
        "callSid": str | None,
        "callResult": str | None,
        "callSuccessful": str | None,
        "callSummaryTitle": str | None,
        "terminationReason": str | None,
        "initiationSource": str | None,
        "mainLanguage": str | None,
        "costUsd": int | float | None,
        "errorCode": int | float | None,
        "errorReason": str | None,
        # Sinch.
        "result": str | None,
        "reason": str | None,
        "currency": str | None,
        # Twilio.
        "legSid": str | None,
        "conferenceId": str | None,
    },
    total=False,
)
# False: there is no audio of the conversation, and it is not asked for again.
HAS_AUDIO: Final = "hasAudio"


def known_metadata(**values: Unpack[ProviderMetadata]) -> ProviderMetadata:
    """The values that are known: None and blank text are left out."""
    known = {name: value for name, value in values.items() if value is not None and value != ""}
    return cast(ProviderMetadata, known)


class TranscriptTurn(msgspec.Struct, frozen=True):
    """What one side said; `timestamp` counts seconds from the call's start."""

    role: Role
    message: str
    timestamp: float | None = None

    def as_document(self) -> dict[str, Any]:
        document: dict[str, Any] = {"role": self.role, "message": self.message}
        if self.timestamp is not None:
            document["timestamp"] = self.timestamp
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """A call, or what somebody knows of one by now: what is None was not told.

    `duration` in seconds, numbers in E.164 as far as known, times aware.
    """

    provider: str
    direction: Direction | None = None
    # One of calls.models.CallStatus; None when the report says nothing of it, or in words that nobody knows.
    status: str | None = None
    authority: Authority = Authority.FIRM
    from_number: str | None = None
    to_number: str | None = None
    start_time: datetime | None = None
    answer_time: datetime | None = None
    end_time: datetime | None = None
    duration: float | None = None
    provider_call_id: str | None = None
    # Our own id, where the provider carried it along.
    call_id: str | None = None
    external_call_id: str | None = None
    transcript: tuple[TranscriptTurn, ...] | None = None
    summary: str | None = None
    agent_name: str = ""
    # Our id of the agent's call whose caller this is, and of the transfer.
    transferred_from: str | None = None
    transfer_id: str | None = None
    # Whose browser it was that dialled.
    user_id: str | None = None
    # The provider's id of the agent that spoke.
    provider_agent_id: str | None = None
    caller_name: str = ""
    has_audio: bool | None = None
    # A value of calls.outcomes.AnsweredBy.
    answered_by: str | None = None
    # How it ended, as far as told; more than one where that depends on whether it was answered.
    endings: tuple[Ending, ...] = ()
    # Which side hung up; what that means, the call's direction tells.
    hung_up_by: Side | None = None
    # What a provider's own analysis found, in its words.
    analysis: Mapping[str, Any] | None = None
    # Where the provider keeps the recording; to be fetched with its credentials, from its hosts only.
    recording_url: str | None = None
    # When it reached us, where that was not just now: what is not told of an end is taken from it.
    heard_at: datetime | None = None
    # What people say to the recording; None: nothing of it is told.
    recording_consent: RecordingConsent | None = None
    provider_metadata: ProviderMetadata = field(default_factory=ProviderMetadata)

    @property
    def spoken_seconds(self) -> float:
        """From the call's start to its last turn, as far as turns tell."""
        return max((turn.timestamp or 0.0 for turn in self.transcript or ()), default=0.0)

    @property
    def customer_number(self) -> str | None:
        """The other side: who called us, or whom we called."""
        return self.from_number if self.direction == "inbound" else self.to_number

    @property
    def own_number(self) -> str | None:
        return self.to_number if self.direction == "inbound" else self.from_number


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedCall(CallReport):
    """A call told after it was over, by somebody who knows all of it: a vendor's push."""

    direction: Direction
    status: str
    from_number: str
    to_number: str
    start_time: datetime
    duration: float
    summary: str = ""
    # Names of the organization's labels; empty: none.
    disposition: str = ""
    tags: tuple[str, ...] = ()

    @property
    def customer_number(self) -> str:
        return self.from_number if self.direction == "inbound" else self.to_number

    @property
    def own_number(self) -> str:
        return self.to_number if self.direction == "inbound" else self.from_number


@dataclass(frozen=True)
class InlineRecording:
    """Audio that came with the request."""

    content: bytes = field(repr=False)


@dataclass(frozen=True)
class RemoteRecording:
    """Audio to be downloaded from a public address."""

    url: str


@dataclass(frozen=True)
class ProvidedRecording:
    """Audio that a provider hands out to us: `download` asks for it, of the given number of bytes at most."""

    download: Callable[[BinaryIO, int], object]


RecordingSource = InlineRecording | RemoteRecording | ProvidedRecording


@dataclass(frozen=True)
class StoredRecording:
    """Audio that lies in the storage and belongs to no call yet; size in bytes, duration in seconds.

    `silenced`: the spans, in seconds, that were made silent because of what was said in them.
    """

    name: str
    size: int
    sha256: str
    duration: float
    silenced: tuple[tuple[float, float], ...] = ()
