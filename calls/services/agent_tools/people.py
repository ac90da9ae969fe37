"""Which people are there."""

from __future__ import annotations

from calls.providers.tools import AvailabilityReply
from calls.selectors.transfers.people import PersonState, people_now
from calls.services.agent_tools.asked import Asked


def check_availability(asked: Asked) -> AvailabilityReply:
    """Two statements."""
    people = people_now(organization_id=asked.organization_id, online=asked.online, only_online=True)
    free = sum(person.state is PersonState.FREE for person in people)
    return AvailabilityReply(agents_available=free > 0, available_count=free, online_count=len(people))
