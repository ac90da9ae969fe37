"""Whom the transfers of a call were offered to."""

from __future__ import annotations

from django.db.models import Q

from calls.models import Call, TransferOffer

# A caller asks for a person a few times at most, and an organization has only so many people.
_MOST = 100


def offers_of_call(call: Call) -> list[TransferOffer]:
    """With their transfers and users, the first one first: of the agent's call, and of the one with a person.

    One statement; none for a call that no agent has held and that is no such call.
    """
    is_agents = call.ai_agent_id is not None or call.ai_conversation_id is not None or call.agent_name != ""
    if not is_agents and call.direction != "inbound":
        return []
    offers = TransferOffer.objects.of_organization(call.organization_id).select_related("transfer", "user")
    return list(offers.filter(Q(transfer__call=call) | Q(transfer__leg=call)).order_by("pk")[:_MOST])
