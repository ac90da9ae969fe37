"""Bodies that configure providers. What is wrong is said without the value: it may be a secret."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from rest_framework import serializers

from calls.models import VoiceProvider
from calls.selectors.voice_accounts.account_settings import BROWSER_PROVIDERS, SETTINGS
from calls.services.voice_accounts.configure_account import PHONE_NUMBER
from tether_calls.common.fields import ObjectIdParameter, TrueOrFalseField
from tether_calls.common.masking import MASK
from tether_calls.common.phone import is_e164
from tether_calls.common.serializers import RequestSerializer, camelize

# What a header can hold, and what no identifier or secret of a provider goes beyond.
_VISIBLE = re.compile(r"[\x21-\x7e]*", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?", re.ASCII)
# What Twilio's identifiers begin with: those of one kind are easily taken for another's.
_PREFIXES = {"twilio_account_sid": "AC", "twilio_api_key_sid": "SK", "twilio_twiml_app_sid": "AP"}


class CredentialField(serializers.CharField):
    """An identifier or a secret; null or empty is meant to be said."""

    def __init__(self, *, max_length: int = 200, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, allow_blank=True, max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Not a valid string.")
        text = str(super().to_internal_value(data))
        if _VISIBLE.fullmatch(text) is None:
            raise serializers.ValidationError("Only visible ASCII characters, without blanks")
        return text


class NumberField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Not a valid string.")
        text = str(super().to_internal_value(data))
        if text and not is_e164(text):
            raise serializers.ValidationError("Not a number in E.164")
        return text


class CallsActivateProviderRequest(RequestSerializer):
    provider = serializers.ChoiceField(choices=BROWSER_PROVIDERS)


class CallsProviderConfigRequest(RequestSerializer):
    """What is left out stays as it is, and so does a secret that is empty or its own mask; null removes."""

    provider = serializers.ChoiceField(choices=BROWSER_PROVIDERS)
    twilio_account_sid = CredentialField(max_length=100)
    twilio_auth_token = CredentialField()
    twilio_api_key_sid = CredentialField(max_length=100)
    twilio_api_key_secret = CredentialField()
    twilio_twiml_app_sid = CredentialField(max_length=100)
    sinch_application_key = CredentialField(max_length=100)
    sinch_application_secret = CredentialField()
    sinch_sip_address = CredentialField(help_text="Where agents' calls are sent: a host, or host:port.")
    sinch_sip_username = CredentialField()
    sinch_sip_password = CredentialField()
    phone_number = NumberField(required=False, allow_null=True, allow_blank=True)

    def validate_sinch_application_secret(self, value: str | None) -> str | None:
        if value and not value.startswith(MASK):
            try:
                base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError):
                raise serializers.ValidationError("Not base64, as Sinch's dashboard shows it") from None
        return value

    def validate_sinch_sip_address(self, value: str | None) -> str | None:
        if value and _HOST.fullmatch(value) is None:
            raise serializers.ValidationError("Not a host, or host:port")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        own = {setting.field for setting in SETTINGS[VoiceProvider(attrs["provider"])]}
        faults = {}
        for name, value in attrs.items():
            prefix = _PREFIXES.get(name)
            if value and name not in own and name not in ("provider", PHONE_NUMBER):
                faults[camelize(name)] = [f"Not of {attrs['provider']}"]
            elif value and prefix is not None and not value.startswith(prefix):
                faults[camelize(name)] = [f"Begins with {prefix}"]
        if faults:
            raise serializers.ValidationError(faults)
        return attrs

    def changes(self) -> dict[str, str | None]:
        provider = VoiceProvider(self.validated_data["provider"])
        names = {setting.field for setting in SETTINGS[provider]} | {PHONE_NUMBER}
        return {name: value for name, value in self.validated_data.items() if name in names}


class CallsVoiceAiConfigRequest(RequestSerializer):
    """What is left out, or empty, stays as it is; null removes."""

    ai_voice_provider = serializers.ChoiceField(choices=[VoiceProvider.ELEVENLABS], required=False)
    elevenlabs_api_key = CredentialField()
    elevenlabs_webhook_secret = CredentialField()
    generate_tool_secret = TrueOrFalseField(
        required=False, default=False, help_text="True voids the tool secret before."
    )

    def changes(self) -> dict[str, str | None]:
        names = ("elevenlabs_api_key", "elevenlabs_webhook_secret")
        return {name: self.validated_data[name] for name in names if name in self.validated_data}


class CallsToggleAiNumberRequest(RequestSerializer):
    phone_number = NumberField()
    ai_enabled = TrueOrFalseField()
    ai_agent_id = ObjectIdParameter(required=False, allow_null=True, help_text="Left out: the number keeps its agent.")
    user_id = ObjectIdParameter(required=False, allow_null=True, help_text="The number must be this user's.")
