"""How ElevenLabs is answered."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from calls.providers.endpoint import Answer, Reply
from calls.providers.tools import ASSIGNED
from tether_calls.common.wire import UNSET, UnsetType, WireStruct


class WebhookReceivedResponse(WireStruct):
    """The delivery is kept; `callId` where it is known of which call it is."""

    received: Literal[True]
    call_id: str | UnsetType = UNSET


class WebhookPersonalizationResponse(WireStruct, rename=None):
    """Who calls: at the top, and once more, with the rest of it, in the form that ElevenLabs reads variables from.

    Every variable always, empty where it is not known: one that an agent declares and does not get ends the
    conversation. https://elevenlabs.io/docs/agents-platform/customization/personalization/twilio-personalization
    """

    caller_name: str
    caller_number: str
    org_name: str
    type: Literal["conversation_initiation_client_data"]
    dynamic_variables: Annotated[
        dict[str, str | float | bool],
        msgspec.Meta(
            description="The three, `last_summary`, `open_reminders`, all context variables; `transfer_number`, empty."
        ),
    ]


def received(answer: Answer) -> Reply:
    """200 where the delivery is kept, also for an event that is not known yet."""
    return Reply(WebhookReceivedResponse(received=True, call_id=answer.call.call_id if answer.call else UNSET))


def personalization(answer: Answer) -> Reply:
    assert answer.caller is not None, "the question is always answered"
    caller = answer.caller
    names = {"caller_name": caller.caller_name, "caller_number": caller.caller_number, "org_name": caller.org_name}
    return Reply(
        WebhookPersonalizationResponse(
            **names,
            type="conversation_initiation_client_data",
            # Ours last: no context variable can take the name of one.
            dynamic_variables={
                **caller.context,
                **dict.fromkeys(ASSIGNED, ""),
                **names,
                "last_summary": caller.last_summary,
                "open_reminders": caller.open_reminders,
            },
        )
    )
