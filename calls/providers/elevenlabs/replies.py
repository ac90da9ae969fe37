"""How ElevenLabs is answered."""

from __future__ import annotations

from typing import Literal

from calls.providers.endpoint import Answer, Reply
from tether_calls.common.wire import UNSET, UnsetType, WireStruct, or_unset


class WebhookReceivedResponse(WireStruct):
    """The delivery is kept; `callId` where it is known of which call it is."""

    received: Literal[True]
    call_id: str | UnsetType = UNSET


class CallerVariables(WireStruct, rename=None):
    """What an agent may be told of a caller."""

    caller_name: str | UnsetType = UNSET
    caller_number: str | UnsetType = UNSET
    org_name: str | UnsetType = UNSET


class WebhookPersonalizationResponse(CallerVariables, rename=None):
    """Who calls, as far as known: at the top, and once more in the form that ElevenLabs reads variables from.

    https://elevenlabs.io/docs/agents-platform/customization/personalization/twilio-personalization
    """

    type: Literal["conversation_initiation_client_data"] | UnsetType = UNSET
    dynamic_variables: CallerVariables | UnsetType = UNSET


def received(answer: Answer) -> Reply:
    """200 where the delivery is kept, also for an event that is not known yet."""
    return Reply(WebhookReceivedResponse(received=True, call_id=answer.call.call_id if answer.call else UNSET))


def personalization(answer: Answer) -> Reply:
    """Nothing at all where the caller does not show a number."""
    if answer.caller is None:
        return Reply(WebhookPersonalizationResponse())
    name, number, organization = (
        or_unset(answer.caller.caller_name),
        answer.caller.caller_number,
        answer.caller.org_name,
    )
    return Reply(
        WebhookPersonalizationResponse(
            caller_name=name,
            caller_number=number,
            org_name=organization,
            type="conversation_initiation_client_data",
            dynamic_variables=CallerVariables(caller_name=name, caller_number=number, org_name=organization),
        )
    )
