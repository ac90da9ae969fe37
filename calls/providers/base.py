"""What a provider is to the rest of the product: the settings of an account with it, its endpoints, its capabilities.

A provider is one folder with a subclass of `Provider`, and one line in `registry.py`. Every capability refuses by
default, so that a provider which lacks one is never taken for one that has done it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

from calls.providers.agents import AgentSettings, RegisteredThere, SecretToKeep, ToolToRegister
from calls.providers.call_state import CallInQuestion, CarrierLeg, LookUp
from calls.providers.dialling import AgentDial, AnsweredNumber, DialAnswer, NumberToAnswer, SipTrunk
from calls.providers.endpoint import Endpoint
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.setting import Setting
from calls.providers.texts import SentText, TextToSend
from calls.providers.tools import OfferedTool
from calls.reports import CallReport, TranscriptTurn
from tether_calls.common.http.limits import FetchLimits
from tether_calls.common.wire import WireStruct

CredentialsT = TypeVar("CredentialsT")


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

    def conversation_of(
        self,
        credentials: CredentialsT,
        call: CallInQuestion,
        *,
        limits: FetchLimits | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> str | None:
        """The conversation that goes on in a call which a carrier has handed over; None: there is none, or not yet.

        `limits` are of each request, and `is_wanted` is asked before each further one: when it is False none is made.
        """
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

    def erase_text(self, credentials: CredentialsT, provider_message_id: str) -> None:
        """Have the carrier delete a text, sent or received; one that it does not know is a success."""
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
