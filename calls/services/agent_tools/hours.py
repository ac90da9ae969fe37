"""Whether the organization is open."""

from __future__ import annotations

from calls.providers.tools import BusinessHoursReply
from calls.services.agent_tools.asked import Asked
from tether_calls.accounts.models import Organization


def check_business_hours(asked: Asked) -> BusinessHoursReply:
    """One statement."""
    organization = Organization.objects.get(pk=asked.organization_id)
    return BusinessHoursReply(
        is_open=organization.is_open(asked.at),
        current_time=f"{asked.at.astimezone(organization.zone):%A %H:%M}",
        timezone=organization.zone.key,
        organization_name=organization.name,
    )
