"""How ElevenLabs is answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from calls.providers.endpoint import Answer, Reply
from tether_calls.common.wire import UNSET, UnsetType, WireStruct


class WebhookReceivedResponse(WireStruct):
    """The delivery is kept; `callId` where it is known of which call it is."""

    received: Literal[True]
    call_id: str | UnsetType = UNSET


class CallerVariables(WireStruct, rename=None):
    """What an agent is given of a caller: every variable always, empty where it is not known.

    A variable that an agent declares and does not get ends the conversation.
    """

    caller_name: str
    caller_number: str
    org_name: str


class WebhookPersonalizationResponse(CallerVariables, rename=None):
    """Who calls: at the top, and once more in the form that ElevenLabs reads variables from.

    https://elevenlabs.io/docs/agents-platform/customization/personalization/twilio-personalization
    """

    type: Literal["conversation_initiation_client_data"]
    dynamic_variables: CallerVariables


def received(answer: Answer) -> Reply:
    """200 where the delivery is kept, also for an event that is not known yet."""
    return Reply(WebhookReceivedResponse(received=True, call_id=answer.call.call_id if answer.call else UNSET))


def personalization(answer: Answer) -> Reply:
    assert answer.caller is not None, "the question is always answered"
    variables = asdict(answer.caller)
    return Reply(
        WebhookPersonalizationResponse(
            **variables,
            type="conversation_initiation_client_data",
            dynamic_variables=CallerVariables(**variables),
        )
    )
