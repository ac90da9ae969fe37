"""Which people are there, and a caller handed over to one of them."""

from __future__ import annotations

from calls.providers.registry import agents_provider
from calls.providers.tools import AvailabilityReply, TransferReply
from calls.selectors.transfers.people import PersonState, people_now
from calls.services.agent_tools.asked import Asked
from calls.services.transfers.begin import begin_transfer

_REASON, _SUMMARY = 500, 4_000


def check_availability(asked: Asked) -> AvailabilityReply:
    """Two statements."""
    people = people_now(organization_id=asked.organization_id, online=asked.online, only_online=True)
    free = sum(person.state is PersonState.FREE for person in people)
    return AvailabilityReply(agents_available=free > 0, available_count=free, online_count=len(people))


def transfer(asked: Asked) -> TransferReply:
    """Reserve a person, and say at which number they are reached; ten statements at most.

    The same request again, and any other one of the conversation while it goes on, is answered with the same number.
    """
    begun = begin_transfer(
        organization_id=asked.organization_id,
        provider=agents_provider().name,
        conversation_id=asked.requested.conversation_id or "",
        call_id=asked.call_id,
        reason=asked.required_text("reason", _REASON),
        summary=asked.text("summary", _SUMMARY) or "",
        from_number=asked.requested.caller_number or "",
        online=asked.online,
    )
    if begun is None:
        return TransferReply(
            success=False,
            reason="nobody_available",
            callback_offered=True,
            message="Nobody is available at the moment. Offer the caller that somebody calls back.",
        )
    return TransferReply(
        success=True,
        transfer_number=begun.transfer_number,
        message="Somebody is being asked. Tell the caller, and hand the call over to transfer_number now.",
    )
