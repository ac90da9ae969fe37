"""Calls whose webhooks are lost: accounts at simulated providers that call nobody back."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import requests
from django.core.management import call_command
from django.utils import timezone

from calls.demo.simulator import (
    ElevenLabsAccount,
    ElevenLabsNumber,
    Pace,
    Simulator,
    SinchAccount,
    TwilioAccount,
)
from calls.models import Call, Prompt, VoiceAccount
from calls.services.reconciling.finish_lookup import Outcome, Reconciliation
from calls.services.reconciling.reconcile_calls import reconcile_calls
from tests.factories import make_call, make_contact, make_conversation, make_prompt
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User

API_KEY, AGENT, NUMBER_ID, OUR_NUMBER = "sk_test", "agent_1", "phnum_1", "+12025550100"
SINCH_KEY, SINCH_SECRET = "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA=="
TWILIO_SID, TWILIO_TOKEN, TWILIO_KEY, TWILIO_SECRET = "AC" + "0" * 32, "12345", "SK" + "1" * 32, "key-secret"

QUARTER = timedelta(minutes=15)


def elevenlabs_account(api_key: str = API_KEY, number_id: str = NUMBER_ID) -> ElevenLabsAccount:
    number = ElevenLabsNumber(phone_number_id=number_id, phone_number=OUR_NUMBER, agent_id=AGENT)
    return ElevenLabsAccount(api_key=api_key, agents={AGENT: "Mia"}, phone_numbers=(number,))


def silent_providers(talking: float = 0.02) -> Simulator:
    """None of them calls back; a conversation takes so many seconds."""
    return Simulator(
        elevenlabs_account(),
        SinchAccount(application_key=SINCH_KEY, application_secret=SINCH_SECRET),
        TwilioAccount(account_sid=TWILIO_SID, auth_token=TWILIO_TOKEN, api_keys={TWILIO_KEY: TWILIO_SECRET}),
        pace=Pace(ringing=0.02, talking=talking, processing=0.02, pause=0.02),
    )


def open_account(user: User, simulator: Simulator, provider: str, **fields: Any) -> VoiceAccount:
    known: dict[str, Any] = {"organization": user.organization, "base_url": simulator.url, "provider": provider}
    return VoiceAccount.objects.create(**{**known, **fields})


def open_accounts(user: User, simulator: Simulator) -> None:
    """The organization's credentials with all three."""
    open_account(user, simulator, "elevenlabs", secrets={"api_key": API_KEY})
    sinch = {"application_secret": SINCH_SECRET}
    open_account(user, simulator, "sinch", account_id=SINCH_KEY, secrets=sinch)
    twilio = {"auth_token": TWILIO_TOKEN, "api_key_sid": TWILIO_KEY, "api_key_secret": TWILIO_SECRET}
    open_account(user, simulator, "twilio", account_id=TWILIO_SID, secrets=twilio)


def make_agent(user: User) -> Prompt:
    assert user.organization is not None
    return make_prompt(user.organization, name="Mia", elevenlabs_agent_id=AGENT)


def make_forgotten(user: User, *, age: timedelta = QUARTER * 2, **fields: Any) -> Call:
    """A call that began some time ago and of which nothing was heard since."""
    assert user.organization is not None
    at = timezone.now() - age
    contact = make_contact(user.organization)
    defaults: dict[str, Any] = {
        "provider": "elevenlabs",
        "status": "initiated",
        "from_number": OUR_NUMBER,
        "to_number": contact.phone_number,
        "contact": contact,
        "conversation": make_conversation(contact),
        "start_time": at,
        "created_at": at,
        "duration": None,
    }
    return make_call(user, **{**defaults, **fields})


def reconciled(**options: Any) -> Reconciliation:
    return reconcile_calls(**{"older_than": QUARTER, **options})


def outcome_of(**options: Any) -> list[Outcome]:
    return sorted(reconciled(**options).outcomes.elements())


def command(*arguments: str) -> str:
    """What manage.py reconcile_calls prints."""
    output = io.StringIO()
    call_command("reconcile_calls", *arguments, stdout=output)
    return output.getvalue()


def dialled(
    simulator: Simulator, call: Call | None, digit: int = 0, *, api_key: str = API_KEY, number_id: str = NUMBER_ID
) -> str:
    """The provider is asked to dial on behalf of a call; returns its conversation."""
    body: dict[str, Any] = {
        "agent_id": AGENT,
        "agent_phone_number_id": number_id,
        "to_number": f"+1202555019{digit}",
        "conversation_initiation_client_data": {"user_id": call.pk} if call else {},
    }
    url = f"{simulator.url}/v1/convai/sip-trunk/outbound-call"
    conversation_id: str = requests.post(url, json=body, headers={"xi-api-key": api_key}, timeout=PATIENCE).json()[
        "conversation_id"
    ]
    return conversation_id


def asked(simulator: Simulator) -> int:
    """How often ElevenLabs was asked for anything but a dial."""
    requested = simulator.happened()["requests"]
    return sum(requested.get(f"elevenlabs {endpoint}", 0) for endpoint in ("conversations", "conversation", "audio"))
