"""Bodies that configure providers. What is wrong is said without the value: it may be a secret."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

from calls.providers.base import Setting
from calls.providers.registry import agents_provider, carrier_settings, carriers, provider_of
from calls.services.voice_accounts.configure_account import PHONE_NUMBER
from calls.services.voice_accounts.configure_voice_ai import TOOL_SETTING
from tether_calls.common.fields import ObjectIdParameter, TrueOrFalseField
from tether_calls.common.masking import MASK
from tether_calls.common.phone import is_e164
from tether_calls.common.serializers import RequestSerializer, camelize

# What a header can hold, and what no identifier or secret of a provider goes beyond.
_VISIBLE = re.compile(r"[\x21-\x7e]*", re.ASCII)


class CredentialField(serializers.CharField):
    """A setting of a provider's account: an identifier or a secret. Null and empty text are values."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        super().__init__(
            source=setting.field,
            required=False,
            allow_null=True,
            allow_blank=True,
            max_length=setting.max_length,
            help_text=setting.help_text or None,
        )

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Not a valid string.")
        text = str(super().to_internal_value(data))
        if _VISIBLE.fullmatch(text) is None:
            raise serializers.ValidationError("Only visible ASCII characters, without blanks")
        if text and not text.startswith(MASK) and (fault := self._setting.fault(text)):
            raise serializers.ValidationError(fault)
        return text


class CarrierField(serializers.ChoiceField):
    """The name of a carrier. DRF makes a new one for each request, by the registry as it is then."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=carriers(), **options)


class NumberField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Not a valid string.")
        text = str(super().to_internal_value(data))
        if text and not is_e164(text):
            raise serializers.ValidationError("Not a number in E.164")
        return text


class CallsActivateProviderRequest(RequestSerializer):
    provider = CarrierField()


class CallsProviderConfigRequest(RequestSerializer):
    """What is left out stays as it is, and so does a secret that is empty or its own mask; null removes."""

    provider = CarrierField()
    phone_number = NumberField(required=False, allow_null=True, allow_blank=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Every setting of every carrier, in front of the number."""
        fields = super().get_fields()
        number = {camelize(PHONE_NUMBER): fields.pop(camelize(PHONE_NUMBER))}
        settings = {camelize(setting.field): CredentialField(setting) for setting in carrier_settings()}
        return {**fields, **settings, **number}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        own = {setting.field for setting in provider_of(attrs["provider"]).settings} | {"provider", PHONE_NUMBER}
        faults = {
            camelize(name): [f"Not of {attrs['provider']}"]
            for name, value in attrs.items()
            if value and name not in own
        }
        if faults:
            raise serializers.ValidationError(faults)
        return attrs

    def changes(self) -> dict[str, str | None]:
        names = {setting.field for setting in provider_of(self.validated_data["provider"]).settings} | {PHONE_NUMBER}
        return {name: value for name, value in self.validated_data.items() if name in names}


class CallsVoiceAiConfigRequest(RequestSerializer):
    """What is left out, or empty, stays as it is; null removes."""

    ai_voice_provider = serializers.ChoiceField(choices=[agents_provider().name], required=False)
    generate_tool_secret = TrueOrFalseField(
        required=False, default=False, help_text="True voids the tool secret before."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """What can be typed in of the agents' provider; the tool secret is made here."""
        fields = super().get_fields()
        flag = {name: fields.pop(name) for name in ("generateToolSecret",)}
        return {**fields, **{camelize(setting.field): CredentialField(setting) for setting in _of_agents()}, **flag}

    def changes(self) -> dict[str, str | None]:
        names = [setting.field for setting in _of_agents()]
        return {name: self.validated_data[name] for name in names if name in self.validated_data}


def _of_agents() -> list[Setting]:
    return [setting for setting in agents_provider().settings if setting.name != TOOL_SETTING]


class CallsToggleAiNumberRequest(RequestSerializer):
    phone_number = NumberField()
    ai_enabled = TrueOrFalseField()
    ai_agent_id = ObjectIdParameter(required=False, allow_null=True, help_text="Left out: the number keeps its agent.")
    user_id = ObjectIdParameter(required=False, allow_null=True, help_text="The number must be this user's.")
