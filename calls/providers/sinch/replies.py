"""How Sinch is answered: in SVAML where it asks what to do with a call, else with an empty object."""

from __future__ import annotations

from calls.providers.endpoint import RING_SECONDS, Answer, Nowhere, RouteQuestion, ToAgent, ToNumber, ToUser
from calls.providers.sinch import svaml


def instructions(answer: Answer) -> svaml.Svaml:
    if isinstance(answer.interpretation.question, RouteQuestion):
        return _connected(answer)
    if answer.interpretation.asks_whether_it_goes_on:
        # Hung up here while it still rang there.
        return svaml.hangup() if answer.call is not None and answer.call.has_ended else svaml.continue_call()
    return {}


def _connected(answer: Answer) -> svaml.Svaml:
    call, route = answer.call, answer.route
    if call is None or route is None:
        return svaml.hangup()
    match route:
        case Nowhere():
            return svaml.hangup()
        case ToUser():
            return svaml.connect_user(route.user_id, headers={"callId": call.call_id})
        case ToAgent():
            address = f"{route.phone_number}@{route.sip_host}"
            # By this header the agents' provider reports later of which call its conversation was:
            # https://elevenlabs.io/docs/agents-platform/customization/personalization/twilio-personalization
            headers = {"x-call-id": call.call_id}
            return svaml.connect_sip(address, cli=call.from_number or None, headers=headers)
        case ToNumber():
            return svaml.connect_number(route.phone_number, cli=route.caller_id or None, dial_seconds=RING_SECONDS)
