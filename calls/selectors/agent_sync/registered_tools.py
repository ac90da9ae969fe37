"""Our tools, as far as the agents' provider has them."""

from __future__ import annotations

from calls.models import RegisteredTool
from calls.providers.registry import agents_provider


def registered_tools_of(organization_id: str) -> dict[str, RegisteredTool]:
    """By name. One statement."""
    rows = RegisteredTool.objects.of_organization(organization_id).filter(provider=agents_provider().name)
    return {row.name: row for row in rows}
