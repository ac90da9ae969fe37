"""An organization that ElevenLabs knows, and deliveries as ElevenLabs signs them."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from calls.models import Call, PhoneNumber, Prompt, VoiceAccount, VoiceProvider
from calls.providers.elevenlabs.signature import sign
from tests.calls.providers.bodies import document
from tests.clients import Answer, ApiClient
from tests.factories import make_call, make_prompt, mp3_bytes
from tether_calls.accounts.models import User

EVENTS = "/api/webhook/elevenlabs"
PERSONALIZATION = "/api/webhook/elevenlabs/personalization"
SECRET, TOOL_SECRET, API_KEY = "wsec_test", "tool_test", "sk_test"
# Those of tests/fixtures/elevenlabs.
AGENT = "agent_7101k5zvyjhmfg983brhmhkd98n6"
AGENT_NUMBER, CUSTOMER, CALLER = "+14165550100", "+14165550134", "+14165550171"


def make_account(user: User, **fields: Any) -> VoiceAccount:
    secrets = {"api_key": API_KEY, "webhook_secret": SECRET, "tool_secret": TOOL_SECRET}
    defaults = {"organization": user.organization, "provider": VoiceProvider.ELEVENLABS, "secrets": secrets}
    return VoiceAccount.objects.create(**{**defaults, **fields})


def make_agent(user: User, agent_id: str) -> Prompt:
    assert user.organization is not None
    return make_prompt(user.organization, name="Mia", elevenlabs_agent_id=agent_id)


def make_ai_number(user: User, agent: Prompt | None = None, **fields: Any) -> PhoneNumber:
    defaults = {"organization": user.organization, "user": user, "provider": "sinch", "phone_number": AGENT_NUMBER}
    return PhoneNumber.objects.create(**{**defaults, "ai_enabled": True, "ai_agent": agent, **fields})


def make_dialled(user: User, **fields: Any) -> Call:
    """A call that an agent dials: the provider has not answered yet."""
    defaults: dict[str, Any] = {
        "provider": "elevenlabs",
        "status": "initiated",
        "from_number": AGENT_NUMBER,
        "to_number": CUSTOMER,
        "duration": None,
    }
    return make_call(user, **{**defaults, **fields})


def event(kind: str, data: dict[str, Any], *, at: int = 1_780_000_000) -> dict[str, Any]:
    return {"type": kind, "event_timestamp": at, "data": data}


def transcription(conversation_id: str, **data: Any) -> dict[str, Any]:
    """The fixture's conversation under another id; `user_id` is our call's id, where we dialled."""
    told = document("elevenlabs/post_call_transcription.json")["data"]
    told["conversation_initiation_client_data"] = {}
    return event("post_call_transcription", {**told, "conversation_id": conversation_id, "user_id": None, **data})


def inbound_transcription(conversation_id: str, **data: Any) -> dict[str, Any]:
    """Somebody has called the agent."""
    told = document("elevenlabs/post_call_transcription_inbound.json")["data"]
    return event("post_call_transcription", {**told, "conversation_id": conversation_id, **data})


def audio(conversation_id: str, content: bytes | None = None, **data: Any) -> dict[str, Any]:
    encoded = base64.b64encode(mp3_bytes() if content is None else content).decode()
    told = {"agent_id": AGENT, "conversation_id": conversation_id, "full_audio": encoded}
    return event("post_call_audio", {**told, **data})


def failure(conversation_id: str, reason: str = "busy", **data: Any) -> dict[str, Any]:
    told = document("elevenlabs/call_initiation_failure_sip.json")["data"]
    body = {**told["metadata"]["body"], "from_number": AGENT_NUMBER, "to_number": CUSTOMER}
    metadata = {"type": "sip", "body": body}
    return event(
        "call_initiation_failure",
        {**told, "conversation_id": conversation_id, "failure_reason": reason, "metadata": metadata, **data},
    )


def deliver(
    told: Any, *, secret: str = SECRET, ago: float = 0, signature: str | None = None, path: str = EVENTS
) -> Answer:
    """Post a delivery, signed `ago` seconds before now; what is bytes is sent as it is."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    header = sign(body=body, secret=secret, timestamp=int(time.time() - ago)) if signature is None else signature
    headers = {"HTTP_ELEVENLABS_SIGNATURE": header} if header else {}
    return ApiClient().request("POST", path, data=body, content_type="application/json", **headers)


def ask(told: Any, *, secret: str = TOOL_SECRET, path: str = PERSONALIZATION) -> Answer:
    """Post with a Bearer token, as tools and personalization do."""
    return ApiClient(secret).post(path, told)
