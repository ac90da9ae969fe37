"""Calls as their providers tell them: reports from tests/fixtures, read by the readers of the real webhooks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from calls.providers.elevenlabs import payloads as elevenlabs
from calls.providers.elevenlabs.answers import read_dial
from calls.providers.elevenlabs.conversation import read_conversation
from calls.providers.sinch import payloads as sinch
from calls.providers.twilio import payloads as twilio
from calls.providers.twilio.answers import read_call as read_twilio_call
from calls.reports import CallReport
from tests.calls.providers.bodies import document, form

SINCH_CALL = "4398599d1ba84ef3bde0a82dfb61abed"
CONVERSATION = "conv_0201kinboundinboundinbound00"


@dataclass(frozen=True, eq=False, repr=False)
class Told:
    """One report; `recording` names the bytes of the audio that came with it."""

    name: str
    report: CallReport
    recording: str | None = None

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Story:
    """Reports of one call that do not contradict each other, in the order in which they were made."""

    name: str
    provider: str
    told: tuple[Told, ...]
    direction: str = "outbound"


def sinch_event(name: str, **changes: Any) -> CallReport:
    """A change to None leaves the field out."""
    body = {**document(f"sinch/{name}.json"), "callid": SINCH_CALL, **changes}
    event = sinch.read_event({key: value for key, value in body.items() if value is not None})
    assert not isinstance(event, sinch.UnknownEvent)
    return event.report


def sinch_call(name: str) -> CallReport:
    return sinch.read_call(document(f"sinch/{name}.json"))


def twilio_leg(name: str, **changes: str) -> CallReport:
    return twilio.read_status({**form(f"twilio/{name}.txt"), **changes}).report


def twilio_voice(name: str) -> CallReport:
    return twilio.read_voice_request(form(f"twilio/{name}.txt")).report


def twilio_call(name: str) -> CallReport:
    return read_twilio_call(document(f"twilio/{name}.json"))


def twilio_recording() -> CallReport:
    return twilio.read_recording(form("twilio/recording.txt")).report


def dial_answer() -> CallReport:
    """As `place_call` tells it."""
    answer = read_dial(document("elevenlabs/outbound_call.json"))
    return CallReport(
        provider="elevenlabs",
        provider_call_id=answer.conversation_id,
        provider_metadata={"sipCallId": answer.sip_call_id},
    )


def delivered(name: str) -> CallReport:
    delivery = elevenlabs.read_delivery(document(f"elevenlabs/{name}.json"))
    assert isinstance(delivery, elevenlabs.Transcription | elevenlabs.InitiationFailure)
    return delivery.report


def audio(conversation_id: str | None = None) -> CallReport:
    """post_call_audio tells whose it is, and nothing else."""
    delivery = elevenlabs.read_delivery(document("elevenlabs/post_call_audio.json"))
    assert isinstance(delivery, elevenlabs.AudioDelivery)
    return CallReport(provider="elevenlabs", provider_call_id=conversation_id or delivery.conversation_id)


def asked(name: str) -> CallReport:
    """GET of a conversation."""
    return read_conversation(document(f"elevenlabs/{name}.json"))


def _failure() -> CallReport:
    # Of the same call as the other fixtures, and with the same outcome.
    told = asked("conversation_no_answer")
    failure = delivered("call_initiation_failure_sip")
    return replace(failure, provider_call_id=told.provider_call_id, to_number=told.to_number, status=told.status)


_CLIENT = "client:68f2c5d13a0b4c5d6e7f8a01"
_CLIENT_LEG = {"From": "+14165550171", "To": _CLIENT, "Caller": "+14165550171", "Called": _CLIENT}

ELEVENLABS_ANSWERED = Story(
    "ElevenLabs, answered",
    "elevenlabs",
    (
        Told("answer to the dial", dial_answer()),
        Told("GET, in progress", asked("conversation_in_progress")),
        Told("transcription", delivered("post_call_transcription")),
        Told("audio", audio(), recording="whole call"),
        Told("GET, done", asked("conversation")),
    ),
)
ELEVENLABS_UNANSWERED = Story(
    "ElevenLabs, not answered",
    "elevenlabs",
    (
        Told("answer to the dial", dial_answer()),
        Told("initiation failure", _failure()),
        Told("GET, failed", asked("conversation_no_answer")),
    ),
)
SINCH_ANSWERED = Story(
    "Sinch, answered",
    "sinch",
    (
        Told("ice", sinch_event("ice_inbound")),
        Told("ace", sinch_event("ace")),
        Told("GET, ongoing", replace(sinch_call("call_ongoing"), from_number=None, to_number=None)),
        Told("dice", sinch_event("dice_answered", to=None, **{"from": "+14165550171"})),
        Told("recording available", sinch_event("notify_recording"), recording="whole call"),
        Told("GET, final", replace(sinch_call("call"), from_number=None, to_number=None)),
    ),
    direction="inbound",
)
SINCH_WITHOUT_FIGURES = Story(
    "Sinch, answered, without a duration",
    "sinch",
    (
        Told("ice", sinch_event("ice_browser")),
        Told("ace", sinch_event("ace_machine")),
        Told("dice", sinch_event("dice_answered", duration=None)),
        Told("older dice", sinch_event("dice_answered", duration=None, timestamp="2026-05-15T09:13:11Z")),
    ),
)
SINCH_UNANSWERED = Story(
    "Sinch, not answered",
    "sinch",
    (
        Told("ice", sinch_event("ice_browser", to={"type": "number", "endpoint": "+14165550136"})),
        Told("dice", sinch_event("dice_no_answer")),
        Told("dice with a figure", sinch_event("dice_no_answer", duration=0)),
    ),
)
TWILIO_ANSWERED = Story(
    "Twilio, answered",
    "twilio",
    (
        Told("voice", twilio_voice("voice_browser")),
        Told("ringing", twilio_leg("status_dialled_ringing")),
        Told("answered", twilio_leg("status_dialled_answered")),
        Told("leg completed", twilio_leg("status_dialled_completed")),
        Told("browser's leg completed", twilio_leg("status_browser_completed")),
        Told("recording", twilio_recording(), recording="both tracks"),
        Told("GET, ringing", twilio_call("call_ringing")),
        Told("GET, completed", twilio_call("call")),
    ),
)
TWILIO_CALLED = Story(
    "Twilio, a caller",
    "twilio",
    (
        Told("voice", twilio_voice("voice_inbound")),
        Told("answered", twilio_leg("status_client_answered")),
        Told("leg completed", twilio_leg("status_dialled_completed", **_CLIENT_LEG)),
        Told("recording", twilio_recording(), recording="first"),
        Told("another recording", twilio_recording(), recording="second"),
    ),
    direction="inbound",
)
TWILIO_UNANSWERED = Story(
    "Twilio, not answered",
    "twilio",
    (
        Told("voice", twilio_voice("voice_browser")),
        Told("ringing", twilio_leg("status_dialled_ringing")),
        Told("not answered", twilio_leg("status_dialled_no_answer", To="+14165550134")),
    ),
)
CARRIED = Story(
    "ElevenLabs' agent on a call that Sinch carries",
    "sinch",
    (
        Told("ice", sinch_event("ice_inbound")),
        Told("ace", sinch_event("ace")),
        Told("dice", sinch_event("dice_answered", to=None, **{"from": "+14165550171"})),
        Told("transcription", delivered("post_call_transcription_inbound")),
        Told("audio", audio(CONVERSATION), recording="whole call"),
    ),
    direction="inbound",
)

STORIES = (
    ELEVENLABS_ANSWERED,
    ELEVENLABS_UNANSWERED,
    SINCH_ANSWERED,
    SINCH_WITHOUT_FIGURES,
    SINCH_UNANSWERED,
    TWILIO_ANSWERED,
    TWILIO_CALLED,
    TWILIO_UNANSWERED,
    CARRIED,
)
