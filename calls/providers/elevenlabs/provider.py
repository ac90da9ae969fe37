"""ElevenLabs: AI agents that hold conversations, in calls of their own or in those that a carrier hands over."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from django.conf import settings

from calls.providers.agents import AgentSettings, RegisteredThere, SecretToKeep, ToolToRegister
from calls.providers.base import Provider
from calls.providers.call_state import CallInQuestion, CarrierLeg, LookUp, ProviderState
from calls.providers.dialling import AgentDial, AnsweredNumber, DialAnswer, NumberToAnswer
from calls.providers.elevenlabs.agents import ElevenLabsAgents
from calls.providers.elevenlabs.client import ElevenLabsClient
from calls.providers.elevenlabs.conversation import PROVIDER
from calls.providers.elevenlabs.deliveries import ElevenLabsEvents, ElevenLabsPersonalization
from calls.providers.elevenlabs.hosting import ElevenLabsHosting
from calls.providers.elevenlabs.monitor import end_conversation, turns_of_conversation
from calls.providers.elevenlabs.settings import SETTINGS, ElevenLabsCredentials
from calls.providers.elevenlabs.tools import ENDPOINTS as TOOLS
from calls.providers.elevenlabs.tools import offered
from calls.providers.endpoint import Endpoint
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.http import DEFAULT_LIMITS, known_or_none
from calls.providers.setting import Setting
from calls.providers.tools import OfferedTool
from calls.reports import ENDED, CallReport, ProvidedRecording, TranscriptTurn
from tether_calls.common.http.limits import Clock, FetchLimits

logger = logging.getLogger(__name__)

# Clocks differ, and the conversation begins when the call's row does.
_BEFORE = timedelta(minutes=1)
# Conversations that are looked at, one request each, to find one of a carrier's call.
_MOST_ASKED = 5
# From the command that ends a conversation until it says that it has ended.
CONFIRM_SECONDS = 8.0
_TWILIO_SID = re.compile(r"CA[0-9a-f]{32}", re.ASCII)


class ElevenLabs(Provider[ElevenLabsCredentials]):
    name: ClassVar[str] = PROVIDER
    label: ClassVar[str] = "ElevenLabs"
    credentials: ClassVar[type[Any]] = ElevenLabsCredentials
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    endpoints: ClassVar[tuple[Endpoint[Any], ...]] = (ElevenLabsEvents(), ElevenLabsPersonalization(), *TOOLS)
    holds_conversations: ClassVar[bool] = True
    personalization_path: ClassVar[str | None] = ElevenLabsPersonalization.path
    # https://elevenlabs.io/docs/agents-platform/customization/personalization/dynamic-variables
    own_variables: ClassVar[tuple[str, ...]] = ("system__", "secret__")

    def tools(self) -> tuple[OfferedTool, ...]:
        return offered()

    def look_up(
        self, credentials: ElevenLabsCredentials, call: CallInQuestion, *, limits: FetchLimits | None = None
    ) -> LookUp:
        """By its conversation; one that we do not know the name of is found by our own id."""
        client = ElevenLabsClient(credentials, limits=limits)
        conversation_id = call.provider_call_id or _found(client, call)
        report = known_or_none(lambda: client.conversation(conversation_id)) if conversation_id else None
        if conversation_id is None or report is None:
            return LookUp(state=ProviderState.UNKNOWN)
        # Found by it, or by its name: either way it is this call's.
        report = replace(report, call_id=call.call_id)
        if report.status not in ENDED:
            return LookUp(state=ProviderState.GOING_ON, report=report)
        has_audio = report.has_audio if report.status == "completed" else False
        # Audio takes longer than an answer.
        audio = ProvidedRecording(
            lambda file, limit: ElevenLabsClient(credentials).conversation_audio(conversation_id, file, max_bytes=limit)
        )
        return LookUp(state=ProviderState.OVER, report=report, has_audio=has_audio, audio=audio if has_audio else None)

    def hang_up(
        self, credentials: ElevenLabsCredentials, provider_call_id: str, *, limits: FetchLimits | None = None
    ) -> None:
        """By the monitoring socket, which not every account has: NOT_SUPPORTED then.

        It acknowledges nothing, so the call has ended only where its conversation says so; UNKNOWN where that does not
        within some seconds.
        """
        clock = Clock.started(limits or DEFAULT_LIMITS)
        client = ElevenLabsClient(credentials, limits=limits)
        over = partial(_is_over, client, provider_call_id)
        if over():
            return
        try:
            end_conversation(credentials, provider_call_id, clock=clock)
        except ProviderError as error:
            # One that ended by itself meanwhile has no monitor either.
            if error.problem is ProviderProblem.NOT_SUPPORTED and over():
                return
            raise
        if not _comes_true(over, clock=clock):
            raise ProviderError(ProviderProblem.UNKNOWN, provider=self.name, reason="goes_on")

    def listen(
        self, credentials: ElevenLabsCredentials, provider_call_id: str, *, is_wanted: Callable[[], bool]
    ) -> Iterator[TranscriptTurn]:
        if not credentials.api_key:
            raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=self.name)
        clock = Clock.started(DEFAULT_LIMITS)
        yield from turns_of_conversation(credentials, provider_call_id, clock=clock, is_wanted=is_wanted)

    def conversation_of(
        self,
        credentials: ElevenLabsCredentials,
        call: CallInQuestion,
        *,
        limits: FetchLimits | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> str | None:
        """By the X-CALL-ID of its leg, which each conversation tells alone: those that began about then are asked."""
        client = ElevenLabsClient(credentials, limits=limits)
        rows = client.find_conversations(agent_id=call.provider_agent_id, after=call.created_at - _BEFORE)
        going_on = [row for row in rows if row.direction != "outbound" and row.status not in ENDED]
        nearest = sorted(going_on, key=lambda row: abs((row.start_time or call.created_at) - call.created_at))
        for row in nearest[:_MOST_ASKED]:
            if not is_wanted():
                return None
            report = known_or_none(partial(client.conversation, row.conversation_id))
            if report is not None and report.call_id == call.call_id:
                return row.conversation_id
        return None

    def carrier_leg(self, report: CallReport) -> CarrierLeg | None:
        """The call at Twilio of a number that ElevenLabs has there: of one over a SIP trunk it knows no carrier's id.

        https://elevenlabs.io/docs/api-reference/conversations/get
        """
        sid = report.provider_metadata.get("callSid") or ""
        return CarrierLeg("twilio", sid) if _TWILIO_SID.fullmatch(sid) else None

    def keep_secret(self, credentials: ElevenLabsCredentials, secret: SecretToKeep) -> str:
        return ElevenLabsHosting(credentials).keep_secret(secret)

    def registered_tools(self, credentials: ElevenLabsCredentials) -> list[RegisteredThere]:
        return ElevenLabsHosting(credentials).tools()

    def register_tool(self, credentials: ElevenLabsCredentials, tool: ToolToRegister) -> str:
        return ElevenLabsHosting(credentials).put_tool(tool)

    def give_tools(
        self,
        credentials: ElevenLabsCredentials,
        agent_id: str,
        tool_ids: Sequence[str],
        *,
        out_of: Collection[str],
        hands_over_to: str | None = None,
    ) -> None:
        hosting = ElevenLabsHosting(credentials)
        hosting.give_tools(agent_id, tool_ids, out_of=out_of, hands_over_to=hands_over_to)

    def find_agent(self, credentials: ElevenLabsCredentials, tag: str) -> str | None:
        return ElevenLabsAgents(credentials).find(tag)

    def make_agent(self, credentials: ElevenLabsCredentials, agent: AgentSettings, *, tag: str) -> str:
        return ElevenLabsAgents(credentials).make(agent, tag=tag)

    def read_agent(self, credentials: ElevenLabsCredentials, agent_id: str) -> AgentSettings:
        return ElevenLabsAgents(credentials).read(agent_id)

    def change_agent(self, credentials: ElevenLabsCredentials, agent_id: str, agent: AgentSettings) -> AgentSettings:
        return ElevenLabsAgents(credentials).change(agent_id, agent)

    def handover_host(self) -> str:
        host: str = settings.ELEVENLABS_SIP_HOST
        return host

    def dial(
        self, credentials: ElevenLabsCredentials, dial: AgentDial, *, limits: FetchLimits | None = None
    ) -> DialAnswer:
        return ElevenLabsClient(credentials, limits=limits).dial(dial)

    def answer_number(self, credentials: ElevenLabsCredentials, number: NumberToAnswer) -> AnsweredNumber:
        """A number that was imported and then got no agent is taken back."""
        client = ElevenLabsClient(credentials)
        there = client.imported_numbers()
        # One that we lost sight of, because the answer to its import never came, is taken over.
        known = there.get(number.phone_number)
        if number.known_id in there.values():
            known = number.known_id
        if known is not None:
            client.assign_agent(known, number.agent_id)
            return AnsweredNumber(known, is_new=False)
        imported = client.import_sip_number(phone_number=number.phone_number, label=number.label, trunk=number.trunk)
        try:
            client.assign_agent(imported, number.agent_id)
        except ProviderError:
            try:
                client.delete_number(imported)
            except ProviderError as error:
                # An id of theirs, and no secret: it is needed for cleaning up.
                logger.warning("Phone number %s is left at ElevenLabs: %s", imported, error)
            raise
        return AnsweredNumber(imported, is_new=True)

    def erase_call(self, credentials: ElevenLabsCredentials, provider_call_id: str) -> None:
        known_or_none(lambda: ElevenLabsClient(credentials).delete_conversation(provider_call_id))

    def forget_number(self, credentials: ElevenLabsCredentials, number_id: str) -> None:
        try:
            ElevenLabsClient(credentials).delete_number(number_id)
        except ProviderError as error:
            if error.problem is not ProviderProblem.NOT_FOUND:
                raise


def _is_over(client: ElevenLabsClient, conversation_id: str) -> bool:
    """A conversation that is not there goes on nowhere."""
    return known_or_none(lambda: client.is_over(conversation_id)) is not False


def _comes_true(condition: Callable[[], bool], *, clock: Clock) -> bool:
    """Asked again and again, in growing pauses, until it is true or the time is over."""
    ends = time.monotonic() + CONFIRM_SECONDS
    pause = 0.1
    while not condition():
        pause = min(2 * pause, 1.0)
        if time.monotonic() + pause > min(ends, clock.ends):
            return False
        time.sleep(pause)
    return True


def _found(client: ElevenLabsClient, call: CallInQuestion) -> str | None:
    """The conversation of a dial whose answer was lost."""
    found = client.find_conversations(
        agent_id=call.provider_agent_id, user_id=call.call_id, after=call.created_at - _BEFORE
    )
    return found[0].conversation_id if found else None


ELEVENLABS = ElevenLabs()
