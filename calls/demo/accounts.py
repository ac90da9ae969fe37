"""The demo's accounts with the providers. Their credentials were invented once, and open the simulator alone."""

from __future__ import annotations

import base64
import re
import secrets
import uuid
from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

from calls.models import NumberProvider, PhoneNumber, VoiceAccount, VoiceProvider
from calls.providers.elevenlabs.provider import ELEVENLABS
from calls.providers.sinch.provider import SINCH
from calls.providers.twilio.provider import TWILIO
from calls.selectors.voice_accounts.accounts import account_with, credentials_in
from tether_calls.common.encryption import UndecipherableSecret

Accounts = Mapping[VoiceProvider, VoiceAccount]

# Among an account's secrets: the key that was invented for it. Who enters another one has an account of their own.
_INVENTED = "invented_key"
_SIMULATOR = re.compile(r"http://127\.0\.0\.1:([0-9]{1,5})", re.ASCII)


def has_accounts(organization_id: str) -> bool:
    return VoiceAccount.objects.of_organization(organization_id).exists()


def simulated_accounts(organization_id: str) -> dict[VoiceProvider, VoiceAccount]:
    """Those that are still as they were invented, and at the simulator; others are not ours to touch, or to show."""
    found = {}
    for provider in VoiceProvider:
        try:
            account = account_with(organization_id, provider)
        except UndecipherableSecret:
            continue
        if account is not None and _is_simulated(account):
            found[provider] = account
    return found


def port_of_last_time(accounts: Accounts) -> int:
    """Where the simulator was; 0 where there was none."""
    matches = (_SIMULATOR.fullmatch(account.base_url) for account in accounts.values())
    return next((int(match[1]) for match in matches if match), 0)


@transaction.atomic
def invent_accounts(organization_id: str, *, simulator_url: str) -> None:
    """One with each provider, Sinch's active, and the numbers that agents answer imported at ElevenLabs."""
    default_numbers = {
        number.provider: number.phone_number
        for number in PhoneNumber.objects.of_organization(organization_id).filter(is_default=True)
    }
    for provider, (account_id, values) in _invented().items():
        account = VoiceAccount(
            organization_id=organization_id,
            provider=provider,
            account_id=account_id,
            phone_number=default_numbers.get(provider, ""),
            is_active=provider is VoiceProvider.SINCH,
            base_url=simulator_url,
        )
        account.secrets = {**values, _INVENTED: account_id or values["api_key"]}
        account.save()
    numbers = PhoneNumber.objects.of_organization(organization_id)
    for number in numbers.filter(
        provider=NumberProvider.SINCH, ai_enabled=True, elevenlabs_phone_number_id__isnull=True
    ):
        number.elevenlabs_phone_number_id = f"phnum_{secrets.token_hex(14)}"
        number.save(update_fields=["elevenlabs_phone_number_id"])


def point_at_simulator(accounts: Accounts, *, simulator_url: str) -> None:
    """Its address may be another one at each start."""
    for account in accounts.values():
        # The column alone: what is saved at the same moment stays.
        rows = VoiceAccount.objects.of_organization(account.organization_id).filter(pk=account.pk)
        rows.exclude(base_url=simulator_url).update(base_url=simulator_url)


def accounts_document(organization_id: str) -> dict[str, str]:
    """Their part of demo.json, secrets included; nothing of an account with real credentials."""
    if not settings.TETHER_SIMULATOR:
        return {}
    accounts = simulated_accounts(organization_id)
    document: dict[str, str] = {}
    if (elevenlabs := accounts.get(VoiceProvider.ELEVENLABS)) is not None:
        its = credentials_in(elevenlabs, ELEVENLABS)
        document |= {"elevenlabsWebhookSecret": its.webhook_secret, "elevenlabsToolSecret": its.tool_secret}
    if (twilio := accounts.get(VoiceProvider.TWILIO)) is not None:
        of_twilio = credentials_in(twilio, TWILIO)
        document |= {"twilioAccountSid": of_twilio.account_sid, "twilioAuthToken": of_twilio.auth_token}
    if (sinch := accounts.get(VoiceProvider.SINCH)) is not None:
        of_sinch = credentials_in(sinch, SINCH)
        document["sinchApplicationKey"] = of_sinch.application_key
        document["sinchApplicationSecret"] = of_sinch.application_secret
    for account in accounts.values():
        document["simulatorUrl"] = account.base_url
    return document


def _is_simulated(account: VoiceAccount) -> bool:
    key = account.account_id or account.secrets.get("api_key")
    return bool(_SIMULATOR.fullmatch(account.base_url)) and key == account.secrets.get(_INVENTED)


def _invented() -> dict[VoiceProvider, tuple[str | None, dict[str, str]]]:
    """Account id and secrets, in the providers' forms."""
    return {
        VoiceProvider.ELEVENLABS: (
            None,
            {
                "api_key": f"sk_{secrets.token_hex(24)}",
                "webhook_secret": f"wsec_{secrets.token_hex(32)}",
                "tool_secret": f"tool_{secrets.token_urlsafe(32)}",
            },
        ),
        VoiceProvider.SINCH: (
            str(uuid.uuid4()),
            {
                "application_secret": base64.b64encode(secrets.token_bytes(16)).decode(),
                "sms_service_plan_id": secrets.token_hex(16),
                "sms_api_token": secrets.token_hex(16),
                "sms_webhook_secret": secrets.token_hex(16),
            },
        ),
        VoiceProvider.TWILIO: (
            f"AC{secrets.token_hex(16)}",
            {
                "auth_token": secrets.token_hex(16),
                "api_key_sid": f"SK{secrets.token_hex(16)}",
                "api_key_secret": secrets.token_hex(16),
                "twiml_app_sid": f"AP{secrets.token_hex(16)}",
            },
        ),
    }
