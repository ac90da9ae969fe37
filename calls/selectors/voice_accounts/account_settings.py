"""What can be set of an account with a provider: which values there are, which are secret, which it cannot do without.

`name` is the key in VoiceAccount.secrets (the field of the provider's credentials class), or the column; `field` is
the name in requests and documents, in Python's spelling.
"""

from __future__ import annotations

from dataclasses import dataclass

from calls.models import VoiceAccount, VoiceProvider
from calls.selectors.voice_accounts.accounts import ACCOUNT_ID_FIELD

# The providers of browser calls, of which one is active.
BROWSER_PROVIDERS = (VoiceProvider.TWILIO, VoiceProvider.SINCH)


@dataclass(frozen=True)
class Setting:
    """One value of an account. A secret is shown masked; what is not secret names the account, and is shown."""

    name: str
    field: str
    is_secret: bool = True
    is_required: bool = True


SETTINGS: dict[VoiceProvider, tuple[Setting, ...]] = {
    VoiceProvider.TWILIO: (
        Setting("account_sid", "twilio_account_sid", is_secret=False),
        Setting("auth_token", "twilio_auth_token"),
        Setting("api_key_sid", "twilio_api_key_sid", is_secret=False),
        Setting("api_key_secret", "twilio_api_key_secret"),
        Setting("twiml_app_sid", "twilio_twiml_app_sid", is_secret=False),
    ),
    VoiceProvider.SINCH: (
        Setting("application_key", "sinch_application_key", is_secret=False),
        Setting("application_secret", "sinch_application_secret"),
        # The trunk that ElevenLabs' agents dial over: not of the application, so not in its credentials.
        Setting("sip_address", "sinch_sip_address", is_secret=False, is_required=False),
        Setting("sip_username", "sinch_sip_username", is_secret=False, is_required=False),
        Setting("sip_password", "sinch_sip_password", is_required=False),
    ),
    VoiceProvider.ELEVENLABS: (
        Setting("api_key", "elevenlabs_api_key"),
        Setting("webhook_secret", "elevenlabs_webhook_secret", is_required=False),
        Setting("tool_secret", "elevenlabs_tool_secret", is_required=False),
    ),
}


def settings_of(account: VoiceAccount) -> tuple[Setting, ...]:
    return SETTINGS[VoiceProvider(account.provider)]


def value_of(account: VoiceAccount, setting: Setting) -> str:
    """In clear; empty where it is not set. Raises UndecipherableSecret."""
    if _is_account_id(account, setting):
        return account.account_id or ""
    return str(account.secrets.get(setting.name, ""))


def set_value(account: VoiceAccount, setting: Setting, value: str) -> None:
    """Empty text takes it away. Not saved."""
    if _is_account_id(account, setting):
        account.account_id = value or None
        return
    others = {name: known for name, known in account.secrets.items() if name != setting.name}
    account.secrets = {**others, setting.name: value} if value else others


def missing_in(account: VoiceAccount) -> list[Setting]:
    """What the account cannot do without and does not have."""
    return [setting for setting in settings_of(account) if setting.is_required and not value_of(account, setting)]


def _is_account_id(account: VoiceAccount, setting: Setting) -> bool:
    return ACCOUNT_ID_FIELD.get(VoiceProvider(account.provider)) == setting.name
