"""What ElevenLabs hears from us; Sinch and Twilio are answered in their own languages."""

from __future__ import annotations

from typing import Literal

from calls.models import Call
from calls.services.deliveries.greet_caller import CallerFacts
from tether_calls.common.wire import UNSET, UnsetType, WireStruct, or_unset


class WebhookReceivedResponse(WireStruct):
    """The delivery is kept; `callId` where it is known of which call it is."""

    received: Literal[True]
    call_id: str | UnsetType = UNSET

    @classmethod
    def of(cls, call: Call | None) -> WebhookReceivedResponse:
        return cls(received=True, call_id=call.pk if call else UNSET)


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

    @classmethod
    def of(cls, facts: CallerFacts | None) -> WebhookPersonalizationResponse:
        """Nothing at all where the caller does not show a number."""
        if facts is None:
            return cls()
        name, number = or_unset(facts.caller_name), facts.caller_number
        return cls(
            caller_name=name,
            caller_number=number,
            org_name=facts.org_name,
            type="conversation_initiation_client_data",
            dynamic_variables=CallerVariables(caller_name=name, caller_number=number, org_name=facts.org_name),
        )
