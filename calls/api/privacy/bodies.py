"""How long calls are kept, what holds them, and what persons ask for, as administrators say it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from calls.models.privacy import MAX_REASON
from calls.services.privacy.keep_rules import Rule
from tether_calls.common.bodies import Body
from tether_calls.common.fields import moment, note, object_id, telephone_number, text
from tether_calls.common.wire import UNSET, UnsetType, or_none

_MOST_DAYS = 36_500
_MOST_AGENTS = 500


def _days(description: str) -> msgspec.Meta:
    return msgspec.Meta(ge=1, le=_MOST_DAYS, description=description)


_Mode = Literal["everything", "no_audio", "metadata_only"]


class AgentRetention(Body):
    """What is kept of one agent's calls, in place of what holds for the others."""

    agent_id: Annotated[str, object_id()]
    storage_mode: _Mode = "everything"
    audio_days: Annotated[int, _days("Without it: for ever.")] | UnsetType = UNSET
    transcript_days: Annotated[int, _days("Without it: for ever.")] | UnsetType = UNSET
    call_days: Annotated[int, _days("After that a call names nobody. Without it: for ever.")] | UnsetType = UNSET

    @property
    def rule(self) -> Rule:
        return Rule(
            agent_id=self.agent_id,
            storage_mode=self.storage_mode,
            audio_days=or_none(self.audio_days),
            transcript_days=or_none(self.transcript_days),
            call_days=or_none(self.call_days),
        )


class RetentionRequest(Body):
    """What is kept of calls, and for how many days; days that are left out mean for ever.

    The mode is never left out: an empty body would have all calls kept for ever.
    """

    example: ClassVar[dict[str, Any]] = {
        "storageMode": "everything",
        "audioDays": 90,
        "transcriptDays": 365,
        "agents": [],
    }

    storage_mode: Annotated[_Mode, note("What is taken of new calls, on every way in.")]
    audio_days: Annotated[int, _days("Recordings. Without it: for ever.")] | UnsetType = UNSET
    transcript_days: Annotated[int, _days("Transcript, summary, analysis. Without it: for ever.")] | UnsetType = UNSET
    call_days: Annotated[int, _days("After that a call names nobody. Without it: for ever.")] | UnsetType = UNSET
    agents: Annotated[
        list[AgentRetention], msgspec.Meta(max_length=_MOST_AGENTS, description="Agents with rules of their own.")
    ] = msgspec.field(default_factory=list)

    @property
    def rules(self) -> list[Rule]:
        of_all = Rule(
            storage_mode=self.storage_mode,
            audio_days=or_none(self.audio_days),
            transcript_days=or_none(self.transcript_days),
            call_days=or_none(self.call_days),
        )
        return [of_all, *(agent.rule for agent in self.agents)]


class HoldRequest(Body):
    """What is not to be erased, and why: one contact, number, call, or the calls of a period."""

    example: ClassVar[dict[str, Any]] = {
        "scope": "number",
        "phoneNumber": "+14165550199",
        "reason": "Claim 2026-118 of May 2026",
    }

    scope: Literal["contact", "number", "call", "period"]
    reason: Annotated[str, text(max_length=MAX_REASON)]
    contact_id: Annotated[str, object_id(description="Of the scope `contact`.")] | UnsetType = UNSET
    phone_number: Annotated[str, telephone_number(description="Of the scope `number`.")] | UnsetType = UNSET
    call_id: Annotated[str, object_id(description="Of the scope `call`.")] | UnsetType = UNSET
    begins: Annotated[datetime, moment(description="Of a period: calls that began from then on.")] | UnsetType = UNSET
    ends: Annotated[datetime, moment(description="Of a period: calls that began before.")] | UnsetType = UNSET


class PrivacyRequestBody(Body):
    """Who is to be found, exported or erased: by number, or as a contact."""

    example: ClassVar[dict[str, Any]] = {"kind": "find", "phoneNumber": "+14165550199"}

    kind: Literal["find", "export", "erase"]
    phone_number: Annotated[str, telephone_number()] | UnsetType = UNSET
    contact_id: Annotated[str, object_id(description="In place of the number.")] | UnsetType = UNSET

    @property
    def number(self) -> str | None:
        return or_none(self.phone_number)
