"""What the endpoints of providers and voice AI answer with. Never a secret, save a new one, once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec

from calls.models import NumberProvider, PhoneNumber, VoiceAccount
from calls.providers.registry import agents_provider, carrier_settings
from calls.providers.setting import Setting
from calls.selectors.voice_accounts.accounts import missing_in, settings_of, value_of
from tether_calls.common.masking import masked
from tether_calls.common.wire import UNSET, ObjectId, Timestamp, UnsetType, WireStruct, camelize, or_unset, timestamp

_Masked = Annotated[str, msgspec.Meta(description="Masked: `********` and, of a long one, the last 4 characters.")]


if TYPE_CHECKING:
    CarrierName: TypeAlias = str
    _AgentsProviderName: TypeAlias = str
else:
    CarrierName = Literal[tuple(NumberProvider.values)]
    _AgentsProviderName = Literal[agents_provider().name]


class CallsProviderResponse(WireStruct):
    """The provider of browser calls, and the number that the user calls from; both absent where there is none."""

    success: Literal[True]
    provider: CarrierName | UnsetType = UNSET
    phone_number: str | UnsetType = UNSET


class _ProviderConfig(WireStruct):
    provider: CarrierName
    is_configured: Annotated[bool, msgspec.Meta(description="Whether nothing is missing to make it the active one.")]
    is_active: bool
    missing: Annotated[list[str], msgspec.Meta(description="Names of the fields that are still needed.")]
    phone_number: str | UnsetType = UNSET


@cache
def _document_with(settings: tuple[Setting, ...]) -> type[ProviderConfigDocument]:
    """The document that has a property for each setting."""
    made: Any = msgspec.defstruct(
        "ProviderConfigDocument",
        [
            *((setting.field, (_Masked if setting.is_secret else str) | UnsetType, UNSET) for setting in settings),
            ("updated_at", Timestamp | UnsetType, UNSET),
        ],
        bases=(_ProviderConfig,),
        namespace={"__doc__": "What is known of a provider; secrets are masked."},
        module=__name__,
        rename="camel",
        kw_only=True,
    )
    document: type[ProviderConfigDocument] = made
    return document


if TYPE_CHECKING:

    class ProviderConfigDocument(_ProviderConfig):
        updated_at: Timestamp | UnsetType = UNSET

else:
    ProviderConfigDocument = _document_with(carrier_settings())


class CallsProviderConfigsResponse(WireStruct):
    """Every provider that something is known of."""

    success: Literal[True]
    configs: list[ProviderConfigDocument]


class CallsProviderConfigResponse(WireStruct):
    """The provider as it is now."""

    success: Literal[True]
    config: ProviderConfigDocument
    message: str


class CallsVoiceAiConfigResponse(WireStruct):
    """Whether each part is configured; the values are never shown."""

    success: Literal[True]
    elevenlabs_api_key_configured: bool
    elevenlabs_webhook_secret_configured: bool
    tool_secret_configured: bool
    ai_voice_provider: _AgentsProviderName | UnsetType = UNSET
    tool_secret: Annotated[str, msgspec.Meta(description="A new one, shown this once.")] | UnsetType = UNSET


class PhoneNumberDocument(WireStruct):
    """A number, and who or what answers it."""

    provider: CarrierName
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
    document = _document_with(carrier_settings())(
        provider=account.provider,
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
        setting.name: account is not None and bool(value_of(account, setting)) for setting in agents_provider().settings
    }
    return CallsVoiceAiConfigResponse(
        success=True,
        ai_voice_provider=agents_provider().name if known["api_key"] else UNSET,
        elevenlabs_api_key_configured=known["api_key"],
        elevenlabs_webhook_secret_configured=known["webhook_secret"],
        tool_secret_configured=known["tool_secret"],
        tool_secret=or_unset(tool_secret),
    )


def phone_number_document(number: PhoneNumber) -> PhoneNumberDocument:
    return PhoneNumberDocument(
        provider=number.provider,
        phone_number=number.phone_number,
        label=or_unset(number.label),
        user_id=or_unset(number.user_id),
        is_default=number.is_default,
        is_inbound_enabled=number.is_inbound_enabled,
        ai_enabled=number.ai_enabled,
        ai_agent_id=or_unset(number.ai_agent_id),
        elevenlabs_phone_number_id=or_unset(number.elevenlabs_phone_number_id),
    )
