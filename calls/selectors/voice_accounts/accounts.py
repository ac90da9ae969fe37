"""An organization's accounts with providers, their settings and credentials."""

from __future__ import annotations

from typing import Any, TypeVar

from calls.models import VoiceAccount
from calls.providers.base import Provider
from calls.providers.registry import carriers, provider_of
from calls.providers.setting import Setting

CredentialsT = TypeVar("CredentialsT")


def account_with(organization_id: str, provider: str) -> VoiceAccount | None:
    """The organization's account with a provider, secrets and organization included. One statement.

    Raises UndecipherableSecret.
    """
    accounts = VoiceAccount.objects.of_organization(organization_id).select_related("organization")
    return accounts.filter(provider=provider).first()


def accounts_with_carriers(organization_id: str) -> list[VoiceAccount]:
    """The organization's accounts for browser calls, secrets included. One statement. Raises UndecipherableSecret."""
    accounts = VoiceAccount.objects.of_organization(organization_id).filter(provider__in=carriers())
    return list(accounts.order_by("provider"))


def credentials_of(organization_id: str, provider: Provider[CredentialsT]) -> CredentialsT | None:
    """The organization's credentials of one provider; None where it has no account there. One statement."""
    account = account_with(organization_id, provider.name)
    return None if account is None else credentials_in(account, provider)


def credentials_in(account: VoiceAccount, provider: Provider[CredentialsT]) -> CredentialsT:
    """The credentials that an account with this provider holds. Raises UndecipherableSecret."""
    return provider.credentials_from(values_in(account))


def values_in(account: VoiceAccount) -> dict[str, str]:
    """All that is set of an account, by the names of its provider's settings, and `base_url` where it has one."""
    values = dict(account.secrets)
    name = provider_of(account.provider).account_id
    if name is not None and account.account_id:
        values[name] = account.account_id
    if account.base_url:
        values["base_url"] = account.base_url
    return values


def settings_of(account: VoiceAccount) -> tuple[Setting, ...]:
    return provider_of(account.provider).settings


def value_of(account: VoiceAccount, setting: Setting) -> str:
    """In clear; empty where it is not set. Raises UndecipherableSecret."""
    if _has_column(account, setting):
        return account.account_id or ""
    return str(account.secrets.get(setting.name, ""))


def set_value(account: VoiceAccount, setting: Setting, value: str) -> None:
    """Empty text takes it away. Not saved."""
    if _has_column(account, setting):
        account.account_id = value or None
        return
    others: dict[str, Any] = {name: known for name, known in account.secrets.items() if name != setting.name}
    account.secrets = {**others, setting.name: value} if value else others


def missing_in(account: VoiceAccount) -> list[Setting]:
    """What the account cannot do without and does not have. Raises UndecipherableSecret."""
    return [setting for setting in settings_of(account) if setting.is_required and not value_of(account, setting)]


def _has_column(account: VoiceAccount, setting: Setting) -> bool:
    return provider_of(account.provider).account_id == setting.name
