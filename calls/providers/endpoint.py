"""An address that a provider calls: who may have sent a request, whether they did, what it means, how it is answered.

All of it is pure: what only the database knows is added by `calls.services.deliveries`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from calls.providers.bodies import parse_form, parse_json
from calls.providers.texts import TextNews
from calls.providers.tools import ToolRequested
from calls.providers.verdicts import Verdict
from calls.reports import CallReport, RecordingSource
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.wire import WireStruct

CredentialsT = TypeVar("CredentialsT")

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(eq=False)
class Incoming:
    """A provider's request. `url` is the one that it called; names of `headers` are in lower case.

    `authorization` is apart from the headers because it is not kept where it carries a secret.
    """

    url: str
    content_type: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    authorization: str | None = None
    # Whether what is not to be kept has been taken out of the body.
    is_redacted: bool = False
    # What it was before that: of a request that has just come, never of one that was kept.
    original: bytes | None = field(default=None, repr=False)

    @cached_property
    def json(self) -> Any:
        """Raises PayloadError."""
        return parse_json(self.body)

    @cached_property
    def form(self) -> dict[str, str]:
        """Raises PayloadError."""
        return parse_form(self.body)


@dataclass(frozen=True, kw_only=True)
class SenderNames:
    """By what a request names its organization, as yet unverified; None where it does not."""

    # The account, in the provider's words.
    account_id: str | None = None
    provider_call_id: str | None = None
    # Our id of the call.
    call_id: str | None = None
    # The provider's id of the agent.
    agent_id: str | None = None
    # The organization's number.
    phone_number: str | None = None
    # The secret that its agents' tools send, where it is sent as it is: whose it is, they are.
    tool_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class RouteQuestion:
    """The provider asks where a call goes; `phone_number` is what a browser dialled, None for a call that comes in."""

    phone_number: str | None


@dataclass(frozen=True)
class NextPersonQuestion:
    """The person to whom a caller was handed over has been rung: who is next?"""

    was_answered: bool


@dataclass(frozen=True)
class WhisperQuestion:
    """Somebody has answered a caller who was handed over: what are they told, before the two are connected?"""


@dataclass(frozen=True, kw_only=True)
class CallerQuestion:
    """The provider asks who is calling; `alias` is another id of the call, by which later reports may name it."""

    caller_number: str | None
    called_number: str | None
    alias: str | None


@dataclass(frozen=True, kw_only=True)
class Interpretation:
    """What a request means: of which call it is, what is to be done with it, and what it asks.

    Without a `report` nothing is changed.
    """

    # The event, in the provider's words.
    kind: str
    report: CallReport | None = None
    # A call that is not known yet is made of the report.
    may_create: bool = False
    # The report is of a call that another report makes known: until then the request is kept.
    waits: bool = False
    # The user whose browser dials; not verified yet: it may be a user of another organization.
    browser_user_id: str | None = None
    # In place of `report` where the call is known to have been answered.
    if_answered: CallReport | None = None
    # Other ids under which the call may have been announced to us, the likeliest first.
    aliases: tuple[str, ...] = ()
    # Given the account's credentials and the most bytes. Asked only once the call is known: it may be a download.
    recording: Callable[[Any, int], RecordingSource] | None = None
    # The body without that recording: what is kept of it once the recording is in the storage.
    without_recording: Callable[[], bytes] | None = None
    question: RouteQuestion | NextPersonQuestion | WhisperQuestion | CallerQuestion | ToolRequested | None = None
    # In place of all of these: news of a text message.
    text: TextNews | None = None
    # The provider asks whether a call goes on that may have been hung up here.
    asks_whether_it_goes_on: bool = False

    @property
    def provider_call_id(self) -> str:
        return (self.report.provider_call_id if self.report else None) or ""


# For how long a telephone or a browser rings.
RING_SECONDS = 60


@dataclass(frozen=True)
class ToUser:
    """Ring a browser; providers know it by the user's id.

    `is_handed_over`: an agent hands its caller over, so that who answers is told of what first, and the carrier asks
    who is next where nobody does.
    """

    user_id: str
    ring_seconds: int = RING_SECONDS
    is_handed_over: bool = False


@dataclass(frozen=True)
class ToAgent:
    """Hand the call over to the AI agent that answers this number at `sip_host`."""

    phone_number: str
    sip_host: str


@dataclass(frozen=True)
class ToNumber:
    """Call a telephone, and show it `caller_id`; empty where the organization has no number to show."""

    phone_number: str
    caller_id: str


@dataclass(frozen=True)
class Nowhere:
    """The call is not connected; `reason` is for its metadata."""

    reason: str


Route = ToUser | ToAgent | ToNumber | Nowhere


@dataclass(frozen=True, kw_only=True)
class CallerFacts:
    """`caller_name` is empty where the organization does not know it, and so is the number of a hidden caller."""

    caller_name: str
    caller_number: str
    org_name: str
    # What the last call with them was about.
    last_summary: str = ""
    # Reminders about them that are still to come.
    open_reminders: int = 0
    # Context variables, all that are defined.
    context: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RoutedCall:
    """The call of a request, as its answer needs it."""

    call_id: str
    direction: str
    from_number: str
    has_ended: bool


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What we have to say to a request: about its call, where that is known, and to its question."""

    interpretation: Interpretation
    call: RoutedCall | None
    route: Route | None
    caller: CallerFacts | None
    # Calls between browsers and telephones are to be recorded.
    is_recorded: bool
    # The absolute address of a path of ours.
    url_of: Callable[[str], str]
    # What a tool answers.
    tool: WireStruct | None = None
    # What a person is told; empty: nothing.
    whisper: str = ""


@dataclass(frozen=True)
class Reply:
    """Text as it is; anything else goes out as JSON."""

    content: Any
    content_type: str = JSON


class Endpoint(ABC, Generic[CredentialsT]):
    """One address that a provider calls."""

    # The path after /api/webhook/.
    path: ClassVar[str]
    # The headers that the check of the sender needs, in lower case.
    signed_headers: ClassVar[tuple[str, ...]]
    # For the API's document.
    summary: ClassVar[str]
    description: ClassVar[str] = ""
    media_type: ClassVar[str] = JSON
    # What of a request is read or of interest to its reader; None: any JSON object.
    request_document: ClassVar[type[WireStruct] | None] = None
    # How the sender shows who it is: security schemes of OpenAPI by name, of which one is enough.
    security: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    # The document of the reply, or its media type where it is text; None: any JSON object.
    reply_document: ClassVar[type[WireStruct] | str | None] = None
    # A recording may come inside of the body, in base64.
    takes_audio: ClassVar[bool] = False
    # Kinds of requests, such as the one for a call's route, whose answer is of use at once and not later.
    questions: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def sender(self, incoming: Incoming) -> SenderNames:
        """Whose request it may be, by its own words. Raises PayloadError."""

    @abstractmethod
    def verify(self, incoming: Incoming, credentials: CredentialsT) -> Verdict:
        """Whether the account's secret verifies it, by the clock of when it was received."""

    @abstractmethod
    def interpret(self, incoming: Incoming) -> Interpretation:
        """Raises PayloadError where the request is not the provider's protocol."""

    def redacted(self, incoming: Incoming, kinds: Kinds) -> bytes:
        """The body with people's words redacted; as it is where it has none, or is not the provider's protocol.

        What `interpret` reads is this, so that nothing of it is ever written; the sender is verified before.
        """
        return incoming.body

    @abstractmethod
    def reply(self, answer: Answer) -> Reply:
        """How the provider is answered."""
