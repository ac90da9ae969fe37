"""What a provider is to the rest of the house: what is set of an account with it, where it calls us, what it can do.

A provider is one folder with a subclass of `Provider`, and one line in `registry.py`. Every capability refuses by
default, so that a provider which lacks one is never taken for one that has done it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum, auto
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

from calls.providers.endpoint import Endpoint
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.texts import SentText, TextToSend
from calls.providers.tools import OfferedTool
from calls.reports import CallReport, ProvidedRecording, TranscriptTurn
from tether_calls.common.http.limits import FetchLimits
from tether_calls.common.wire import WireStruct

CredentialsT = TypeVar("CredentialsT")


@dataclass(frozen=True)
class Setting:
    """One value of an account. A secret is shown masked; a value that is not secret names the account, and is shown.

    `name` is the key in VoiceAccount.secrets, and the field of the provider's credentials where it has one; `field` is
    the name in requests and documents, in Python's spelling.
    """

    name: str
    field: str
    is_secret: bool = True
    is_required: bool = True
    max_length: int = 200
    # As people write it; the name with blanks where it is left out.
    label: str = ""
    help_text: str = ""
    # The sentence that is wrong with a value; None where it can be right.
    fault: Callable[[str], str | None] = dataclasses.field(default=lambda _value: None, repr=False)

    @property
    def title(self) -> str:
        return self.label or self.name.replace("_", " ")


def begins_with(prefix: str) -> Callable[[str], str | None]:
    """A fault of identifiers that are easily taken for one of another kind."""
    return lambda value: None if value.startswith(prefix) else f"Begins with {prefix}"


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


@dataclass(frozen=True, kw_only=True)
class AgentDial:
    """A call that an agent is to make. Ids of agent and number are the provider's, `call_id` is ours.

    `instructions`, `first_message`, `voice_id` and `language` take the place of the agent's own, where given.
    """

    agent_id: str
    phone_number_id: str
    to_number: str
    call_id: str
    dynamic_variables: Mapping[str, str | int | float | bool]
    instructions: str | None = None
    first_message: str | None = None
    voice_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class DialAnswer:
    """A dial that the provider has accepted."""

    conversation_id: str
    sip_call_id: str | None


@dataclass(frozen=True, kw_only=True)
class SipTrunk:
    """Where an agent's calls are sent to a carrier; without a username the carrier knows the sender by its address."""

    address: str
    transport: str = "tcp"
    media_encryption: str = "allowed"
    username: str = ""
    password: str = dataclasses.field(default="", repr=False)
    # From where calls may come in; empty is from anywhere.
    allowed_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NumberToAnswer:
    """A number that an agent is to answer and to dial from; `known_id` is the provider's id as far as we know it."""

    phone_number: str
    label: str
    agent_id: str
    trunk: SipTrunk
    known_id: str | None


@dataclass(frozen=True)
class AnsweredNumber:
    """`is_new`: the number was made known to the provider by this request."""

    id: str
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class SecretToKeep:
    """What an organization's tools send to be believed; `known_id` is the provider's id as far as we know it."""

    name: str
    value: str = dataclasses.field(repr=False)
    known_id: str | None


@dataclass(frozen=True, kw_only=True)
class ToolToRegister:
    """A tool as the provider is to have it: where it is called, what it is told, and with which kept secret.

    `known_id` is the provider's id of it, None: there is none yet.
    """

    name: str
    description: str
    url: str
    schema: Mapping[str, Any]
    secret_id: str
    known_id: str | None
    # Names of its answer that the conversation keeps as variables.
    assigns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RegisteredThere:
    """A tool that the provider has; `secret_id`: the kept secret that it sends, None: another one, or none."""

    id: str
    name: str
    secret_id: str | None


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """What an agent is told and how it speaks, as a provider has it or is to have it.

    Of an agent that is to be so, None, an empty voice and language leave what the provider has. `personalization_url`
    is asked when somebody calls the agent, with the kept secret `secret_id`; `may_be_overridden`: one conversation may
    have other instructions, first message, voice and language.
    """

    name: str
    instructions: str
    first_message: str
    voice_id: str = ""
    # ISO 639-1, or what else the provider has there.
    language: str = ""
    temperature: float | None = None
    personalization_url: str | None = None
    secret_id: str | None = None
    may_be_overridden: bool = True


class Provider(Generic[CredentialsT]):
    """A telephone company or a maker of AI agents. Capabilities raise ProviderError; NOT_SUPPORTED where there is none.

    Capabilities talk to the network, unless they say otherwise: never within a transaction.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    # A dataclass; its fields are names of settings, and `base_url`.
    credentials: ClassVar[type[Any]]
    settings: ClassVar[tuple[Setting, ...]] = ()
    # The setting by which the provider's requests name the account. It has a column: secrets cannot be searched.
    account_id: ClassVar[str | None] = None
    endpoints: ClassVar[tuple[Endpoint[Any], ...]] = ()
    # Carries telephone calls, of browsers and of others: an organization has one active carrier.
    carries_calls: ClassVar[bool] = False
    # Holds an agent's conversations, which may be calls of its own or those that a carrier hands over to it.
    holds_conversations: ClassVar[bool] = False
    # Where it asks who is calling, while an agent is called: the address after /api/webhook/.
    personalization_path: ClassVar[str | None] = None
    # How the names of variables begin that its agents are given by the provider itself.
    own_variables: ClassVar[tuple[str, ...]] = ()
    # Reports its calls, so that one which falls silent is asked about, and one is not just ended here.
    reports_calls: ClassVar[bool] = True
    # The names of settings that texts need, which calls may do without.
    text_settings: ClassVar[tuple[str, ...]] = ()
    # What `browser_token` answers.
    token_document: ClassVar[type[WireStruct] | None] = None

    def credentials_from(self, values: Mapping[str, str]) -> CredentialsT:
        """The credentials that an account holds; what it does not hold is empty text, which opens nothing."""
        names = [each.name for each in fields(self.credentials) if each.name != "base_url" or "base_url" in values]
        credentials: CredentialsT = self.credentials(**{name: values.get(name, "") for name in names})
        return credentials

    def can(self, capability: str) -> bool:
        """Whether the provider has a capability, by the name of its method."""
        return getattr(type(self), capability) is not getattr(Provider, capability)

    def tools(self) -> tuple[OfferedTool, ...]:
        """What its agents can have done here while they talk. No network."""
        self._cannot()

    def hang_up(self, credentials: CredentialsT, provider_call_id: str, *, limits: FetchLimits | None = None) -> None:
        """End a call. A call that is over already, or that the provider does not know, is a success.

        Raises NOT_SUPPORTED where the account lacks it, and UNKNOWN where it was asked and may go on.
        """
        self._cannot()

    def tell_person(
        self, credentials: CredentialsT, provider_call_id: str, text: str, *, limits: FetchLimits | None = None
    ) -> None:
        """Say something to who was rung in a call that goes on, and not to who called. Sent once.

        Of carriers that ask us once somebody has answered no provider needs it. Raises NOT_FOUND where it is over.
        """
        self._cannot()

    def pause_recording(
        self, credentials: CredentialsT, provider_call_id: str, *, limits: FetchLimits | None = None
    ) -> None:
        """Have the recording of a call be silent from now on. NOT_FOUND where nothing is recorded.

        A recording that pauses already is a success, so that an undecided request may be sent again.
        """
        self._cannot()

    def resume_recording(
        self, credentials: CredentialsT, provider_call_id: str, *, limits: FetchLimits | None = None
    ) -> None:
        """Have it go on. As `pause_recording`."""
        self._cannot()

    def listen(
        self, credentials: CredentialsT, provider_call_id: str, *, is_wanted: Callable[[], bool]
    ) -> Iterator[TranscriptTurn]:
        """What is said in a conversation that goes on, from its beginning, and until it is over.

        `is_wanted` is asked once a second: when it is False no more comes. The order is nearly that in which it was
        said. Raises NOT_SUPPORTED where the account lacks it, and other problems also where it does not go on yet.
        """
        self._cannot()

    def carrier_leg(self, report: CallReport) -> CarrierLeg | None:
        """Where a carrier holds the call that an agent speaks in, as far as its report tells. No network."""
        self._cannot()

    def conversation_of(self, credentials: CredentialsT, call: CallInQuestion) -> str | None:
        """The conversation that goes on in a call which a carrier has handed over; None: there is none, or not yet."""
        self._cannot()

    def look_up(self, credentials: CredentialsT, call: CallInQuestion, *, limits: FetchLimits | None = None) -> LookUp:
        """What the provider knows of a call by now."""
        self._cannot()

    def browser_token(self, credentials: CredentialsT, *, user_id: str, caller_number: Callable[[], str]) -> WireStruct:
        """What a user's browser registers with, as a `token_document`. No network.

        `caller_number` looks up the number that the user calls from, empty where there is none.
        """
        self._cannot()

    def sip_trunk(self, values: Mapping[str, str]) -> SipTrunk:
        """Where agents' calls reach this carrier; `values` are the account's settings. No network."""
        self._cannot()

    def handover_host(self) -> str:
        """The SIP host at which a carrier hands a call over to an agent. No network."""
        self._cannot()

    def dial(self, credentials: CredentialsT, dial: AgentDial, *, limits: FetchLimits | None = None) -> DialAnswer:
        """Have an agent call a number. Sent once: an undecided error leaves open whether it rings."""
        self._cannot()

    def send_text(self, credentials: CredentialsT, text: TextToSend, *, limits: FetchLimits | None = None) -> SentText:
        """Send a text. Sent once: an undecided error leaves open whether it arrives.

        A refusal whose reason the carrier names is an answer, too; one without is a ProviderError.
        """
        self._cannot()

    def answer_number(self, credentials: CredentialsT, number: NumberToAnswer) -> AnsweredNumber:
        """Have an agent answer a number, making the number known to the provider where it is not."""
        self._cannot()

    def forget_number(self, credentials: CredentialsT, number_id: str) -> None:
        """Undo `answer_number`; a number that the provider does not know is a success."""
        self._cannot()

    def keep_secret(self, credentials: CredentialsT, secret: SecretToKeep) -> str:
        """Have the provider keep what tools send, in place of what it kept under the name; its id there."""
        self._cannot()

    def registered_tools(self, credentials: CredentialsT) -> list[RegisteredThere]:
        """The tools that the provider has of the account, ours and others."""
        self._cannot()

    def register_tool(self, credentials: CredentialsT, tool: ToolToRegister) -> str:
        """Make a tool, or bring the known one up to date; its id there. NOT_FOUND where there is none of `known_id`.

        An undecided error leaves open whether it was made: `registered_tools` tells.
        """
        self._cannot()

    def give_tools(
        self,
        credentials: CredentialsT,
        agent_id: str,
        tool_ids: Sequence[str],
        *,
        out_of: Collection[str],
        hands_over_to: str | None = None,
    ) -> None:
        """Have an agent use these tools, and of those in `out_of` no others; what else it uses stays.

        `hands_over_to`: it hands callers over to the number that this variable of a conversation has; None: not so.
        """
        self._cannot()

    def find_agent(self, credentials: CredentialsT, tag: str) -> str | None:
        """The provider's id of the agent that was made with this tag; None: there is none."""
        self._cannot()

    def make_agent(self, credentials: CredentialsT, agent: AgentSettings, *, tag: str) -> str:
        """Make an agent; its id there. An undecided error leaves open whether it was: `find_agent` tells."""
        self._cannot()

    def read_agent(self, credentials: CredentialsT, agent_id: str) -> AgentSettings:
        """An agent as the provider has it. NOT_FOUND where it has none of that id."""
        self._cannot()

    def change_agent(self, credentials: CredentialsT, agent_id: str, agent: AgentSettings) -> AgentSettings:
        """Have an agent be so from now on; what it is then. What else the provider knows of it stays."""
        self._cannot()

    def erase_call(self, credentials: CredentialsT, provider_call_id: str) -> None:
        """Have the provider delete a call's words and recordings; one that it does not know is a success."""
        self._cannot()

    def _cannot(self) -> NoReturn:
        raise ProviderError(ProviderProblem.NOT_SUPPORTED, provider=self.name)
