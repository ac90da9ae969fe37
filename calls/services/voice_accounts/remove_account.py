"""Forget an organization's account with a provider."""

from __future__ import annotations

from calls.models import VoiceAccount


def remove_account(*, organization_id: str, provider: str) -> bool:
    """Delete it, secrets and all, without reading them; returns whether there was one.

    Where it was the active one, none is active afterwards. Its phone numbers stay: calls refer to them.
    """
    deleted, _ = VoiceAccount.objects.of_organization(organization_id).filter(provider=provider).delete()
    return bool(deleted)
