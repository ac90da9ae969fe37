"""How Twilio is answered: in TwiML where it asks what to do with a call."""

from __future__ import annotations

from typing import Final

from calls.providers.endpoint import RING_SECONDS, Answer, Nowhere, Reply, ToAgent, ToNumber, ToUser
from calls.providers.twilio import twiml
from calls.providers.twilio.payloads import CALL_ID_PARAMETER

TWIML: Final = twiml.CONTENT_TYPE
TEXT: Final = "text/plain"

# Where the legs that we have Twilio dial are reported, after /api/webhook/.
STATUS_PATH: Final = "calls/twilio/status"
RECORDING_PATH: Final = "calls/twilio/recording"
# What a person hears who answers a caller that was handed over, and what comes next where they do not.
WHISPER_PATH: Final = "calls/twilio/whisper"
NEXT_PATH: Final = "calls/twilio/next"


def received() -> Reply:
    return Reply("OK", TEXT)


def nothing() -> Reply:
    return Reply(twiml.nothing(), TWIML)


def connected(answer: Answer) -> Reply:
    return Reply(_twiml(answer), TWIML)


def whispered(answer: Answer) -> Reply:
    return Reply(twiml.say(answer.whisper), TWIML)


def _twiml(answer: Answer) -> str:
    call, route = answer.call, answer.route
    if call is None or route is None or isinstance(route, Nowhere):
        # A caller who is not taken costs nothing; a browser's call has been taken already.
        return twiml.reject() if call is not None and call.direction == "inbound" else twiml.hangup()
    is_handed_over = isinstance(route, ToUser) and route.is_handed_over
    how = twiml.Dialling(
        caller_id=(route.caller_id or None) if isinstance(route, ToNumber) else None,
        ring_seconds=route.ring_seconds if isinstance(route, ToUser) else RING_SECONDS,
        whisper_url=_address(answer, WHISPER_PATH, call.call_id) if is_handed_over else None,
        next_url=_address(answer, NEXT_PATH, call.call_id) if is_handed_over else None,
        status_url=_address(answer, STATUS_PATH, call.call_id),
        # An agent's conversation is recorded by the agents' provider.
        recording_url=_address(answer, RECORDING_PATH, call.call_id)
        if answer.is_recorded and not isinstance(route, ToAgent)
        else None,
    )
    match route:
        case ToUser():
            return twiml.dial_client(route.user_id, how, {CALL_ID_PARAMETER: call.call_id})
        case ToAgent():
            # By this header the agents' provider reports later of which call its conversation was.
            address = f"sip:{route.phone_number}@{route.sip_host};transport=tls?X-CALL-ID={call.call_id}"
            return twiml.dial_sip(address, how)
        case ToNumber():
            return twiml.dial_number(route.phone_number, how)


def _address(answer: Answer, path: str, call_id: str) -> str:
    return answer.url_of(f"/api/webhook/{path}?{CALL_ID_PARAMETER}={call_id}")
