"""Which provider carries an organization's browser calls, and from which number its users call."""

from __future__ import annotations

from calls.models import PhoneNumber, VoiceAccount
from calls.providers.registry import carriers
from tether_calls.accounts.models import User


def active_account(organization_id: str) -> VoiceAccount | None:
    """The active account, its secrets left in the database; None where none is active. One statement."""
    accounts = VoiceAccount.objects.of_organization(organization_id).defer("secrets")
    return accounts.filter(is_active=True).first()


def browser_accounts(organization_id: str) -> list[VoiceAccount]:
    """The organization's accounts for browser calls, secrets included. Raises UndecipherableSecret."""
    accounts = VoiceAccount.objects.of_organization(organization_id).filter(provider__in=carriers())
    return list(accounts.order_by("provider"))


def calling_number(user: User, account: VoiceAccount) -> str:
    """From which number the user calls with this provider: their default one, else the organization's, else empty."""
    own = PhoneNumber.objects.of_organization(account.organization_id).filter(
        user=user, provider=account.provider, is_default=True
    )
    number = own.values_list("phone_number", flat=True).first()
    return number or account.phone_number
