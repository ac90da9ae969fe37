"""A delivery in the forms that it takes: as it came in, and what it means."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from calls.models import Delivery, VoiceAccount
from calls.providers.reading import PayloadError, parse_form, parse_json
from calls.providers.verdicts import Verdict
from calls.reports import CallReport, RecordingSource


@dataclass(eq=False)
class Incoming:
    """A request of a provider's. `url` is the one that it called; `headers` in lower case.

    `authorization` is apart from them because it is not kept where it carries a secret.
    """

    url: str
    content_type: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    authorization: str | None = None

    @cached_property
    def json(self) -> Any:
        """Raises PayloadError."""
        return parse_json(self.body)

    @cached_property
    def form(self) -> dict[str, str]:
        """Raises PayloadError."""
        return parse_form(self.body)

    @classmethod
    def from_row(cls, delivery: Delivery) -> Incoming:
        """As it was when it came, apart from what was not to be kept."""
        return cls(
            url=delivery.url,
            content_type=delivery.content_type,
            headers=delivery.headers,
            body=bytes(delivery.body),
            received_at=delivery.received_at,
            authorization=delivery.headers.get("authorization"),
        )


@dataclass(frozen=True, kw_only=True)
class Interpretation:
    """What a delivery says: of which call, and what is to be done with it.

    `event` is the provider's event, for whoever has to answer it. Without a `report` nothing is changed.
    """

    kind: str
    event: Any = None
    report: CallReport | None = None
    # A call that nobody knows is made of it.
    may_create: bool = False
    # It is of a call that somebody else will tell us of: until then it is kept.
    waits: bool = False
    # Asked only once the call is known: it may have to be downloaded.
    recording: Callable[[], RecordingSource] | None = None

    @property
    def provider_call_id(self) -> str:
        return (self.report.provider_call_id if self.report else None) or ""


class Endpoint(ABC):
    """One address that a provider calls: who may have sent it, whether they did, and what it means."""

    provider: ClassVar[str]
    # The headers that the signature needs.
    signed_headers: ClassVar[tuple[str, ...]]

    @abstractmethod
    def accounts(self, incoming: Incoming) -> Iterator[VoiceAccount]:
        """Whose it may be by what it says itself, the likeliest first. Raises PayloadError."""

    @abstractmethod
    def verdict(self, incoming: Incoming, account: VoiceAccount) -> Verdict:
        """Whether the account's secret verifies it, by the clock of when it was received."""

    @abstractmethod
    def interpret(self, incoming: Incoming, account: VoiceAccount) -> Interpretation:
        """Raises PayloadError: not the provider's protocol."""


__all__ = ["Endpoint", "Incoming", "Interpretation", "PayloadError"]
