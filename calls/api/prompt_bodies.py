"""What the endpoints of agents are sent: what they say, in versions, and what may change of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec

from calls.models.agent_language import AgentLanguage
from calls.models.agent_texts import MAX_DISCLOSURE
from calls.services.agent_calls.prompt_versions import SPOKEN, SpokenValues
from calls.services.agent_calls.prompts import PromptValues
from tether_calls.common.bodies import Body, Rule, given
from tether_calls.common.errors import Detail
from tether_calls.common.fields import object_id, text
from tether_calls.common.json_values import Unreadable
from tether_calls.common.wire import UNSET, UnsetType

if TYPE_CHECKING:
    _Code: TypeAlias = str
else:
    _Code = Literal[("", *AgentLanguage.values)]

MAX_PROMPT = 100_000
MAX_FIRST_MESSAGE = 10_000
MAX_DESCRIPTION = 2_000
# Of a change, not of the agent.
_OF_THE_CHANGE = frozenset({"note", "version", "voice_ai"})

_RATE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")
_PROVIDER_ID = re.compile(r"[A-Za-z0-9_-]*")


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
_Language = Annotated[
    _Code, msgspec.Meta(description="In which it speaks and hears, as ISO 639-1; empty: its provider's own.")
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
    language: _Language | UnsetType = UNSET
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
    language: _Language | UnsetType = UNSET
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
    """`keep`: which agent stays where ours and the provider's differ; without it a changed one is not overwritten."""

    example: ClassVar[dict[str, Any]] = {"keep": "ours"}

    may_be_left_out: ClassVar[bool] = True

    keep: Literal["ours", "theirs"] | None = None


class PromptSplitRequest(Body):
    """Which other version speaks, and in how many of a hundred outbound calls."""

    example: ClassVar[dict[str, Any]] = {"versionId": "64f0a1b2c3d4e5f6a7b8cc01", "percent": 20}

    version_id: Annotated[str, object_id()]
    percent: Annotated[int, msgspec.Meta(ge=1, le=99)]
