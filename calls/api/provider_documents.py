"""What the endpoints of providers, tokens and voice AI answer with. Never a secret, save a new one, once."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from calls.models import PhoneNumber, VoiceAccount, VoiceProvider
from calls.selectors.voice_accounts.account_settings import SETTINGS, missing_in, settings_of, value_of
from tether_calls.common.masking import masked
from tether_calls.common.serializers import camelize
from tether_calls.common.wire import UNSET, ObjectId, Timestamp, UnsetType, WireStruct, or_unset, timestamp

_Masked = Annotated[str, msgspec.Meta(description="Masked: `********` and, of a long one, the last 4 characters.")]


class CallsProviderResponse(WireStruct):
    """The provider of browser calls, and the number that the user calls from; both absent where there is none."""

    success: Literal[True]
    provider: Literal["twilio", "sinch"] | UnsetType = UNSET
    phone_number: str | UnsetType = UNSET


class ProviderConfigDocument(WireStruct):
    """What is known of a provider; secrets are masked."""

    provider: Literal["twilio", "sinch"]
    is_configured: Annotated[bool, msgspec.Meta(description="Whether nothing is missing to make it the active one.")]
    is_active: bool
    missing: Annotated[list[str], msgspec.Meta(description="Names of the fields that are still needed.")]
    phone_number: str | UnsetType = UNSET
    twilio_account_sid: str | UnsetType = UNSET
    twilio_auth_token: _Masked | UnsetType = UNSET
    twilio_api_key_sid: str | UnsetType = UNSET
    twilio_api_key_secret: _Masked | UnsetType = UNSET
    twilio_twiml_app_sid: str | UnsetType = UNSET
    sinch_application_key: str | UnsetType = UNSET
    sinch_application_secret: _Masked | UnsetType = UNSET
    sinch_sip_address: str | UnsetType = UNSET
    sinch_sip_username: str | UnsetType = UNSET
    sinch_sip_password: _Masked | UnsetType = UNSET
    updated_at: Timestamp | UnsetType = UNSET


class CallsProviderConfigsResponse(WireStruct):
    """Every provider that something is known of."""

    success: Literal[True]
    configs: list[ProviderConfigDocument]


class CallsProviderConfigResponse(WireStruct):
    """The provider as it is now."""

    success: Literal[True]
    config: ProviderConfigDocument
    message: str


class CallsTwilioTokenResponse(WireStruct):
    """For Twilio's browser SDK; works for an hour."""

    token: str
    identity: str
    user_id: ObjectId


class CallsSinchTokenResponse(WireStruct):
    """For Sinch's browser SDK."""

    token: str
    application_key: str
    user_id: ObjectId
    expires_in: Annotated[int, msgspec.Meta(description="Seconds.")]
    caller_identifier: Annotated[str, msgspec.Meta(description="The number to call from.")] | UnsetType = UNSET


class CallsVoiceAiConfigResponse(WireStruct):
    """Whether each part is configured; the values are never shown."""

    success: Literal[True]
    elevenlabs_api_key_configured: bool
    elevenlabs_webhook_secret_configured: bool
    tool_secret_configured: bool
    ai_voice_provider: Literal["elevenlabs"] | UnsetType = UNSET
    tool_secret: Annotated[str, msgspec.Meta(description="A new one, shown this once.")] | UnsetType = UNSET


class PhoneNumberDocument(WireStruct):
    """A number, and who or what answers it."""

    provider: Literal["twilio", "sinch"]
    phone_number: str
    is_default: bool
    is_inbound_enabled: bool
    ai_enabled: bool
    label: str | UnsetType = UNSET
    user_id: ObjectId | UnsetType = UNSET
    ai_agent_id: ObjectId | UnsetType = UNSET
    elevenlabs_phone_number_id: str | UnsetType = UNSET


class CallsPhoneNumberResponse(WireStruct):
    """The number as it is now."""

    success: Literal[True]
    phone_number: PhoneNumberDocument
    message: str


def config_document(account: VoiceAccount) -> ProviderConfigDocument:
    """Raises UndecipherableSecret."""
    missing = [camelize(setting.field) for setting in missing_in(account)]
    document = ProviderConfigDocument(
        provider=account.provider,  # type: ignore[arg-type]  # one of BROWSER_PROVIDERS
        is_configured=not missing,
        is_active=account.is_active,
        missing=missing,
        phone_number=or_unset(account.phone_number),
        updated_at=timestamp(account.updated_at),
    )
    for setting in settings_of(account):
        value = value_of(account, setting)
        setattr(document, setting.field, or_unset(masked(value) if setting.is_secret else value))
    return document


def voice_ai_document(account: VoiceAccount | None, *, tool_secret: str | None = None) -> CallsVoiceAiConfigResponse:
    """Raises UndecipherableSecret."""
    known = {
        setting.name: account is not None and bool(value_of(account, setting))
        for setting in SETTINGS[VoiceProvider.ELEVENLABS]
    }
    return CallsVoiceAiConfigResponse(
        success=True,
        ai_voice_provider="elevenlabs" if known["api_key"] else UNSET,
        elevenlabs_api_key_configured=known["api_key"],
        elevenlabs_webhook_secret_configured=known["webhook_secret"],
        tool_secret_configured=known["tool_secret"],
        tool_secret=or_unset(tool_secret),
    )


def phone_number_document(number: PhoneNumber) -> PhoneNumberDocument:
    return PhoneNumberDocument(
        provider=number.provider,  # type: ignore[arg-type]  # a CHECK of the database
        phone_number=number.phone_number,
        label=or_unset(number.label),
        user_id=or_unset(number.user_id),
        is_default=number.is_default,
        is_inbound_enabled=number.is_inbound_enabled,
        ai_enabled=number.ai_enabled,
        ai_agent_id=or_unset(number.ai_agent_id),
        elevenlabs_phone_number_id=or_unset(number.elevenlabs_phone_number_id),
    )
