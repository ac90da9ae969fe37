"""What the endpoints of calls and agents are sent; of ingest in `ingest_body`, of providers in `provider_bodies`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from calls.api.consent_bodies import DialConsent, Purpose
from calls.api.scheduled_bodies import CallSchedule
from calls.models.call import MAX_TAGS
from calls.models.label import COLOR_PATTERN, MAX_LABEL_NAME
from calls.models.prompt import MAX_DISCLOSURE
from calls.selectors.find_call import CallNames
from calls.services.agent_calls.prompt_versions import SPOKEN, SpokenValues
from calls.services.agent_calls.prompts import PromptValues
from calls.services.review.labels import LabelValues
from calls.services.review.review_call import CallReview
from tether_calls.common.bodies import Body, Rule, given
from tether_calls.common.errors import Detail
from tether_calls.common.fields import NO_PHONE_NUMBER, note, object_id, telephone_number, text
from tether_calls.common.json_values import Unreadable
from tether_calls.common.phone import e164_of
from tether_calls.common.wire import UNSET, UnsetType, or_none

MAX_CONFERENCE_ID = 255
MAX_CALL_REASON = 5_000
MAX_PROMPT = 100_000
MAX_FIRST_MESSAGE = 10_000
MAX_DESCRIPTION = 2_000
# Of a change, not of the agent.
_OF_THE_CHANGE = frozenset({"note", "version", "voice_ai"})

_RATE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")
_PROVIDER_ID = re.compile(r"[A-Za-z0-9_-]*")


# ---- Calls of browsers ----------------------------------------------------------------------------------------------


class CallsInitiateSdkCallRequest(Body):
    """At least one of `contactId` and `phoneNumber`; of both, `contactId` counts."""

    example: ClassVar[dict[str, Any]] = {"contactId": "64f0a1b2c3d4e5f6a7b8c9d0", "phoneNumber": "+14165550199"}

    at_least_one_of: ClassVar[tuple[str, ...]] = ("contact_id", "phone_number")
    as_specified: ClassVar[bool] = True
    blank_is_absent: ClassVar[bool] = True

    contact_id: Annotated[str, text(description="The contact to dial, at its number.")] | UnsetType = UNSET
    phone_number: (
        Annotated[
            str,
            text(
                description=(
                    "With its country code; where no contact has this number the call is recorded without one. Not"
                    " looked at beside `contactId`."
                )
            ),
        ]
        | UnsetType
    ) = UNSET

    def faults(self) -> Iterable[Detail]:
        if self.contact_id is UNSET and self.number is None:
            yield Detail("phoneNumber", NO_PHONE_NUMBER)

    @property
    def number(self) -> str | None:
        """What was dialled, in E.164."""
        return None if self.phone_number is UNSET else e164_of(self.phone_number)


class CallsInboundSdkCallRequest(Body):
    """Who is calling."""

    example: ClassVar[dict[str, Any]] = {"callerNumber": "+14165550171"}

    blank_is_absent: ClassVar[bool] = True

    caller_number: Annotated[
        str,
        telephone_number(
            may_have_extension=True,
            may_be_hidden=True,
            description="With its country code, or what the SDK has of a caller who shows no number: `anonymous`.",
        ),
    ]


class _CallNamesBody(Body):
    at_least_one_of: ClassVar[tuple[str, ...]] = ("call_id", "twilio_call_sid", "caller_number")
    blank_is_absent: ClassVar[bool] = True

    call_id: Annotated[str, text(description="Our id of the call.")] | UnsetType = UNSET
    twilio_call_sid: Annotated[str, text(description="Twilio's id of the call.")] | UnsetType = UNSET
    caller_number: (
        Annotated[
            str,
            text(
                description=(
                    "The newest call of the last 5 minutes that still rings from there; of callers who show no number"
                    " the only one that rings for the user."
                )
            ),
        ]
        | UnsetType
    ) = UNSET

    @property
    def names(self) -> CallNames:
        return CallNames(
            call_id=or_none(self.call_id),
            provider_call_id=or_none(self.twilio_call_sid),
            caller_number=or_none(self.caller_number),
        )


class CallsRejectSdkCallRequest(_CallNamesBody):
    """At least one name of the call; the first that leads to one counts, in this order."""

    example: ClassVar[dict[str, Any]] = {"callId": "64f0a1b2c3d4e5f6a7b8cb00"}


class CallsAnswerSdkCallRequest(_CallNamesBody):
    """At least one name of the call; the first that leads to one counts, in this order."""

    example: ClassVar[dict[str, Any]] = {"callId": "64f0a1b2c3d4e5f6a7b8cb00", "callerNumber": "+14165550171"}

    conference_id: (
        Annotated[
            str,
            text(
                max_length=MAX_CONFERENCE_ID,
                description="The Twilio conference that the agent meets the caller in; kept in `providerMetadata`.",
            ),
        ]
        | UnsetType
    ) = UNSET


class CallsDiscardCallRequest(Body):
    """Nothing is required."""

    example: ClassVar[dict[str, Any]] = {"contactId": "64f0a1b2c3d4e5f6a7b8c9d0", "deleteContact": True}

    blank_is_absent: ClassVar[bool] = True
    may_be_left_out: ClassVar[bool] = True

    contact_id: (
        Annotated[str, text(description="The contact that may go too; the call's, where it is left out.")] | UnsetType
    ) = UNSET
    delete_contact: Annotated[
        bool, note("Delete the contact, if it is a placeholder of the dialpad without other calls.")
    ] = False


class CallReviewRequest(Body):
    """What people make of a call; what is not given stays as it is."""

    example: ClassVar[dict[str, Any]] = {
        "tags": ["64f0a1b2c3d4e5f6a7b8dd01"],
        "disposition": "64f0a1b2c3d4e5f6a7b8ee01",
        "isStarred": True,
    }

    at_least_one_of: ClassVar[tuple[str, ...]] = ("tags", "disposition", "is_starred")

    tags: (
        Annotated[
            list[Annotated[str, object_id()]],
            msgspec.Meta(max_length=MAX_TAGS, description="The ids of all its tags, in place of those that it has."),
        ]
        | UnsetType
    ) = UNSET
    disposition: Annotated[str, object_id(description="An id; null takes it away.")] | UnsetType | None = UNSET
    is_starred: bool | UnsetType = UNSET

    @property
    def changes(self) -> CallReview:
        changes: CallReview = given(self)  # type: ignore[assignment]  # the fields are its keys
        return changes


# ---- Calls of agents ------------------------------------------------------------------------------------------------


class CallsInitiateOutboundAiCallRequest(Body):
    """Either `contactId` or `phoneNumber` must be given; `phoneNumber` finds the contact, or makes one."""

    example: ClassVar[dict[str, Any]] = {
        "contactId": "64f0a1b2c3d4e5f6a7b8c9d0",
        "agentId": "64f0a1b2c3d4e5f6a7b8cc00",
        "fromNumber": "+14165550100",
        "callReason": "Follow up on insurance quote",
    }

    as_specified: ClassVar[bool] = True
    blank_is_absent: ClassVar[bool] = True

    contact_id: Annotated[str, text()] | UnsetType = UNSET
    phone_number: (
        Annotated[str, text(description="With its country code; the `+` is added where it is missing.")] | UnsetType
    ) = UNSET
    agent_id: (
        Annotated[
            str,
            text(description="The agent that calls, synced with ElevenLabs; else the first that is enabled for voice."),
        ]
        | UnsetType
    ) = UNSET
    from_number: (
        Annotated[str, text(description="A Sinch number of the user that is enabled for AI; else the first such one.")]
        | UnsetType
    ) = UNSET
    call_reason: (
        Annotated[str, text(description="For the agent, as its dynamic variable `call_reason`.")] | UnsetType
    ) = UNSET
    schedule: Annotated[CallSchedule, note("To be called at a time, and not at once.")] | UnsetType = UNSET
    purpose: Purpose | UnsetType = UNSET
    consent: Annotated[DialConsent, note("That the person has consented to being called.")] | UnsetType = UNSET

    def faults(self) -> Iterable[Detail]:
        if self.call_reason is not UNSET and len(self.call_reason) > MAX_CALL_REASON:
            yield Detail("callReason", f"Longer than {MAX_CALL_REASON} characters")


# ---- Agents ---------------------------------------------------------------------------------------------------------


def _fault_of_provider_id(value: str) -> str | None:
    """It becomes part of addresses at ElevenLabs."""
    return None if _PROVIDER_ID.fullmatch(value) else "Letters, digits, - and _ only"


def _provider_id(*, description: str | None = None) -> msgspec.Meta:
    return text(
        _fault_of_provider_id,
        max_length=100,
        may_be_blank=True,
        description=description,
        schema={"pattern": f"^{_PROVIDER_ID.pattern}$"},
    )


def _read_rate(value: Any) -> Decimal:
    if not isinstance(value, str) or _RATE.fullmatch(value) is None:
        raise Unreadable("A decimal as text, such as 0.25, with four places at most")
    return Decimal(value)


def _read_temperature(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Unreadable("A number from 0 to 1")
    return float(value)


_VersionRead = Annotated[
    int, msgspec.Meta(ge=1, le=1_000_000_000, description="The version that was read before: another one is 409.")
]
_Disclosure = Annotated[
    str,
    text(
        max_length=MAX_DISCLOSURE,
        may_be_blank=True,
        description="Who calls, for whom, that it is an AI, that it is recorded: said before the first message.",
    ),
]
_VersionNote = Annotated[str, text(max_length=500, may_be_blank=True, description="Why it was changed.")]


class PromptVoiceAiFields(Body):
    """Whether an agent can be called with."""

    example: ClassVar[dict[str, Any]] = {"enabled": True}

    enabled: bool


class PromptFields(Body):
    prompt: (
        Annotated[str, text(max_length=MAX_PROMPT, may_be_blank=True, description="The agent's instructions.")]
        | UnsetType
    ) = UNSET
    first_message: Annotated[str, text(max_length=MAX_FIRST_MESSAGE, may_be_blank=True)] | UnsetType = UNSET
    disclosure: _Disclosure | UnsetType = UNSET
    voice_id: Annotated[str, _provider_id()] | UnsetType = UNSET
    voice_enabled: bool | UnsetType = UNSET
    voice_ai: Annotated[PromptVoiceAiFields, msgspec.Meta(description="The same as `voiceEnabled`.")] | UnsetType = (
        msgspec.field(default=UNSET, name="voiceAI")
    )
    description: (
        Annotated[str, text(max_length=MAX_DESCRIPTION, may_be_blank=True, description="For people.")] | UnsetType
    ) = UNSET
    temperature: (
        Annotated[
            Any,
            msgspec.Meta(
                extra=Rule(_read_temperature).as_extra(),
                description="From 0, always the same, to 1; null: its provider's own.",
                extra_json_schema={"type": "number", "minimum": 0, "maximum": 1},
            ),
        ]
        | UnsetType
        | None
    ) = UNSET
    note: _VersionNote | UnsetType = UNSET
    elevenlabs_agent_id: (
        Annotated[str, _provider_id(description="The agent at ElevenLabs that speaks for this one; empty: none.")]
        | UnsetType
    ) = UNSET

    rate_per_minute: (
        Annotated[
            Any,
            msgspec.Meta(
                extra=Rule(_read_rate).as_extra(),
                description="What a minute of its calls costs, in the wallet's currency.",
                extra_json_schema={"type": "string", "pattern": f"^{_RATE.pattern}$"},
            ),
        ]
        | UnsetType
    ) = UNSET

    @property
    def values(self) -> PromptValues:
        """What is given of the agent itself."""
        values: dict[str, Any] = {name: value for name, value in given(self).items() if name not in _OF_THE_CHANGE}
        if not isinstance(self.voice_ai, UnsetType):
            values["voice_enabled"] = self.voice_ai.enabled
        found: PromptValues = values  # type: ignore[assignment]  # the fields are its keys
        return found

    def faults(self) -> Iterable[Detail]:
        both = (self.voice_enabled, self.voice_ai)
        if UNSET not in both and self.voice_enabled is not self.voice_ai.enabled:  # type: ignore[union-attr]
            yield Detail("voiceAI.enabled", "voiceEnabled says otherwise")


class PromptCreateRequest(PromptFields, kw_only=True):
    """A new agent; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {
        "name": "Mia",
        "prompt": "You book appointments for Maple Dental.",
        "firstMessage": "Hello, this is Mia of Maple Dental.",
        "voiceEnabled": True,
    }

    name: Annotated[str, text(max_length=200)]


class PromptUpdateRequest(PromptFields):
    """What is to change of an agent; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {"firstMessage": "Good day, this is Mia of Maple Dental."}

    may_be_left_out: ClassVar[bool] = True

    name: Annotated[str, text(max_length=200)] | UnsetType = UNSET
    version: _VersionRead | UnsetType = UNSET


class PromptVersionRequest(Body):
    """What the agent is to say; what is left out is said as before."""

    example: ClassVar[dict[str, Any]] = {"firstMessage": "Good day, this is Mia.", "note": "Less familiar"}

    may_be_left_out: ClassVar[bool] = True

    prompt: Annotated[str, text(max_length=MAX_PROMPT, may_be_blank=True)] | UnsetType = UNSET
    first_message: Annotated[str, text(max_length=MAX_FIRST_MESSAGE, may_be_blank=True)] | UnsetType = UNSET
    disclosure: _Disclosure | UnsetType = UNSET
    voice_id: Annotated[str, _provider_id()] | UnsetType = UNSET
    note: _VersionNote = ""
    version: _VersionRead | UnsetType = UNSET
    activate: Annotated[bool, msgspec.Meta(description="`false`: the agent says it only where calls are split.")] = True

    @property
    def values(self) -> SpokenValues:
        values: SpokenValues = given(self, *SPOKEN)  # type: ignore[assignment]  # its keys
        return values


class PromptRestoreRequest(Body):
    """Why an older version is said again."""

    example: ClassVar[dict[str, Any]] = {"note": "The new one was too long"}

    may_be_left_out: ClassVar[bool] = True

    note: _VersionNote = ""
    version: _VersionRead | UnsetType = UNSET


class PromptSyncRequest(Body):
    """Which of two agents that differ is to stay; without it nothing is written that somebody has changed there."""

    example: ClassVar[dict[str, Any]] = {"keep": "ours"}

    may_be_left_out: ClassVar[bool] = True

    keep: Literal["ours", "theirs"] | None = None


class PromptSplitRequest(Body):
    """Which other version speaks, and in how many of a hundred outbound calls."""

    example: ClassVar[dict[str, Any]] = {"versionId": "64f0a1b2c3d4e5f6a7b8cc01", "percent": 20}

    version_id: Annotated[str, object_id()]
    percent: Annotated[int, msgspec.Meta(ge=1, le=99)]


# ---- Tags and dispositions ------------------------------------------------------------------------------------------


def _fault_of_color(value: str) -> str | None:
    return None if re.fullmatch(COLOR_PATTERN, value.lower()) else "Not a color such as #1f77b4"


_LabelName = Annotated[str, text(max_length=MAX_LABEL_NAME, description="Unique, letter case aside.")]
_Archived = Annotated[bool, note("It stays on its calls, and is offered no more.")]
_DispositionKind = Literal["positive", "neutral", "negative", "callback"]
_Color = Annotated[str, text(_fault_of_color, schema={"pattern": "^#[0-9a-fA-F]{6}$"})]


class _LabelBody(Body):
    archived: _Archived | UnsetType = UNSET

    @property
    def values(self) -> LabelValues:
        """What is given."""
        values = given(self)
        if "archived" in values:
            values["is_archived"] = values.pop("archived")
        if "color" in values:
            values["color"] = values["color"].lower()
        return values  # type: ignore[return-value]  # the fields are its keys


class TagCreateRequest(_LabelBody, kw_only=True):
    """A new tag."""

    example: ClassVar[dict[str, Any]] = {"name": "Complaint", "color": "#d62728"}

    name: _LabelName
    color: _Color | UnsetType = UNSET


class TagUpdateRequest(_LabelBody):
    """What is to change of a tag."""

    example: ClassVar[dict[str, Any]] = {"archived": True}

    at_least_one_of: ClassVar[tuple[str, ...]] = ("name", "color", "archived")

    name: _LabelName | UnsetType = UNSET
    color: _Color | UnsetType = UNSET


class DispositionCreateRequest(_LabelBody, kw_only=True):
    """A new disposition."""

    example: ClassVar[dict[str, Any]] = {"name": "Appointment booked", "kind": "positive"}

    name: _LabelName
    kind: _DispositionKind | UnsetType = UNSET


class DispositionUpdateRequest(_LabelBody):
    """What is to change of a disposition."""

    example: ClassVar[dict[str, Any]] = {"kind": "neutral"}

    at_least_one_of: ClassVar[tuple[str, ...]] = ("name", "kind", "archived")

    name: _LabelName | UnsetType = UNSET
    kind: _DispositionKind | UnsetType = UNSET
