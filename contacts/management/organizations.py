"""The organization that a command is about."""

from __future__ import annotations

from django.core.management.base import CommandError

from tether_calls.accounts.models import Organization


def organization_named(organization_id: str) -> Organization:
    """Raises CommandError."""
    organization = Organization.objects.filter(pk=organization_id).first()
    if organization is None:
        raise CommandError(f"--organization {organization_id}: there is none with this id")
    return organization
