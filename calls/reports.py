"""The one form that every vendor's or provider's account of a call is turned into. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Direction = Literal["inbound", "outbound"]
Role = Literal["agent", "user"]


@dataclass(frozen=True, slots=True)
class TranscriptTurn:
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
    """A call as somebody outside told it; `duration` in seconds, numbers in E.164, times aware."""

    provider: str
    direction: Direction
    status: str
    from_number: str
    to_number: str
    start_time: datetime
    duration: float
    provider_call_id: str | None = None
    external_call_id: str | None = None
    transcript: tuple[TranscriptTurn, ...] | None = None
    summary: str = ""
    agent_name: str = ""
    caller_name: str = ""
    provider_metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def customer_number(self) -> str:
        """The other side: who called us, or whom we called."""
        return self.from_number if self.direction == "inbound" else self.to_number

    @property
    def own_number(self) -> str:
        return self.to_number if self.direction == "inbound" else self.from_number
