"""What a call's provider knows of it by now. Network: never within a transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from typing import Final

from calls.models import Call, CallProvider, CallStatus
from calls.providers.credentials import ElevenLabsCredentials, SinchCredentials, TwilioCredentials
from calls.providers.elevenlabs.client import ElevenLabsClient
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.http import DEFAULT_LIMITS
from calls.providers.sinch.client import SinchClient
from calls.providers.twilio.client import TwilioClient
from calls.reports import CallReport, ProvidedRecording
from calls.selectors.find_call import UNANSWERED
from calls.selectors.voice_accounts.accounts import Credentials, credentials_of
from calls.services.lifecycle.change_status import TERMINAL

# Nobody waits for the answer, but many calls wait in line.
_LIMITS: Final = replace(DEFAULT_LIMITS, read_seconds=15, total_seconds=30)
# Clocks differ, and the conversation begins when the call's row does.
_BEFORE = timedelta(minutes=1)


class ProviderState(Enum):
    OVER = auto()
    GOING_ON = auto()
    UNKNOWN = auto()  # to the provider


@dataclass(frozen=True, kw_only=True)
class LookUp:
    """`audio` is the recording of a call that is over, where there is one; `has_audio` is None where nobody said."""

    state: ProviderState
    report: CallReport | None = None
    has_audio: bool | None = None
    audio: ProvidedRecording | None = None


def look_up_call(call: Call) -> LookUp:
    """Ask the provider of a call, with the organization's credentials. Raises ProviderError.

    A call that its provider has not named can be found at ElevenLabs only, by our own id.
    """
    return _LOOK_UPS[CallProvider(call.provider)](call)


def look_up_conversation(call: Call) -> LookUp:
    """Ask ElevenLabs for a call's conversation, whoever carries the call. Raises ProviderError."""
    client = ElevenLabsClient(_credentials(call, ElevenLabsCredentials, CallProvider.ELEVENLABS), limits=_LIMITS)
    is_own = call.provider == CallProvider.ELEVENLABS
    conversation_id = (call.provider_call_id or _found(client, call)) if is_own else call.ai_conversation_id
    if conversation_id is None:
        return LookUp(state=ProviderState.UNKNOWN)
    report = _known(lambda: client.conversation(conversation_id))
    if report is None:
        return LookUp(state=ProviderState.UNKNOWN)
    # Found by it, or by its name: either way it is this call's.
    report = replace(report, call_id=call.pk)
    if report.status not in TERMINAL:
        return LookUp(state=ProviderState.GOING_ON, report=report)
    has_audio = report.has_audio if report.status == CallStatus.COMPLETED else False
    audio = ProvidedRecording(
        lambda file, limit: ElevenLabsClient(
            _credentials(call, ElevenLabsCredentials, CallProvider.ELEVENLABS)
        ).conversation_audio(conversation_id, file, max_bytes=limit)
    )
    return LookUp(state=ProviderState.OVER, report=report, has_audio=has_audio, audio=audio if has_audio else None)


def _found(client: ElevenLabsClient, call: Call) -> str | None:
    """The conversation of a dial whose answer was lost."""
    found = client.find_conversations(
        agent_id=call.ai_agent.elevenlabs_agent_id if call.ai_agent else None,
        user_id=call.pk,
        after=call.created_at - _BEFORE,
    )
    return found[0].conversation_id if found else None


def _sinch(call: Call) -> LookUp:
    client = SinchClient(_credentials(call, SinchCredentials, CallProvider.SINCH), limits=_LIMITS)
    report = _known(lambda: client.call(call.provider_call_id or ""))
    if report is None:
        return LookUp(state=ProviderState.UNKNOWN)
    # ONGOING has no status of ours.
    return LookUp(state=ProviderState.OVER if report.status in TERMINAL else ProviderState.GOING_ON, report=report)


def _twilio(call: Call) -> LookUp:
    client = TwilioClient(_credentials(call, TwilioCredentials, CallProvider.TWILIO), limits=_LIMITS)
    report = _known(lambda: client.call(call.provider_call_id or ""))
    if report is None:
        return LookUp(state=ProviderState.UNKNOWN)
    if report.status not in TERMINAL:
        return LookUp(state=ProviderState.GOING_ON, report=report)
    if report.status == CallStatus.COMPLETED:
        # The leg that reached Twilio is completed whoever answered: the legs that it led to tell.
        legs = client.legs(call.provider_call_id or "")
        if any(leg.status not in TERMINAL for leg in legs):
            return LookUp(state=ProviderState.GOING_ON, report=report)
        report = _of_legs(call, report, legs)
    return LookUp(state=ProviderState.OVER, report=report)


def _of_legs(call: Call, first: CallReport, legs: list[CallReport]) -> CallReport:
    """The call, by its legs: whom one of them reached was answered, for as long as that leg lasted.

    Without any leg the call was answered where we were told so, and nobody's otherwise.
    """
    answered = next((leg for leg in legs if leg.status == CallStatus.COMPLETED), None)
    if answered is not None:
        return replace(first, duration=answered.duration, provider_metadata=answered.provider_metadata)
    # The first leg's duration is how long the caller waited.
    if legs:
        return replace(first, status=legs[0].status, duration=None, provider_metadata=legs[0].provider_metadata)
    was_answered = call.answer_time is not None or call.status not in UNANSWERED
    status = CallStatus.COMPLETED if was_answered else CallStatus.NO_ANSWER
    return replace(first, status=status, duration=None)


def _known(ask: Callable[[], CallReport]) -> CallReport | None:
    """None where the provider knows no such call. Raises ProviderError."""
    try:
        return ask()
    except ProviderError as error:
        if error.problem is ProviderProblem.NOT_FOUND:
            return None
        raise


def _credentials(call: Call, kind: type[Credentials], provider: CallProvider) -> Credentials:
    credentials = credentials_of(call.organization_id, kind)
    if credentials is None:
        raise ProviderError(ProviderProblem.NOT_CONFIGURED, provider=provider)
    return credentials


_LOOK_UPS: Final[dict[CallProvider, Callable[[Call], LookUp]]] = {
    CallProvider.ELEVENLABS: look_up_conversation,
    CallProvider.SINCH: _sinch,
    CallProvider.TWILIO: _twilio,
}
