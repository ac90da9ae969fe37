"""What ElevenLabs sends after a call, and while an inbound one rings.

https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from calls.demo.simulator.callbacks import Callback, Repetition
from calls.demo.simulator.elevenlabs.conversations import Conversation
from calls.demo.simulator.http_client import Reply

_SECONDS = 10.0


def _deserves_repetition(reply: Reply) -> bool:
    """5xx, 429 and 408; any other 4xx is never sent again. No answer at all counts as the server's fault."""
    return reply.status is None or reply.status in (408, 429) or reply.status >= 500


# "At most 5 attempts: now, 30 s, 2 min, 8 min, 30 min": https://elevenlabs.io/docs/eleven-api/resources/webhooks
TRANSCRIPT_REPETITION = Repetition(pauses=(1, 4, 16, 60), after=_deserves_repetition)


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """The value of ElevenLabs-Signature."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v0={digest.hexdigest()}"


def transcription(conversation: Conversation) -> Callback:
    repetition = TRANSCRIPT_REPETITION if conversation.account.webhook_retries else Repetition()
    return _webhook("post_call_transcription", conversation, conversation.details(), repetition=repetition)


def audio(conversation: Conversation) -> Callback:
    """A request of its own, in chunks, and never repeated."""
    data = {
        "agent_id": conversation.agent_id,
        "conversation_id": conversation.id,
        "full_audio": base64.b64encode(conversation.dialogue.recording).decode(),
    }
    return _webhook("post_call_audio", conversation, data, chunked=True)


def initiation_failure(conversation: Conversation, reason: str, sip_status: int, words: str) -> Callback:
    data = {
        "agent_id": conversation.agent_id,
        "conversation_id": conversation.id,
        "failure_reason": reason,
        "metadata": {
            "type": "sip",
            "body": {
                "from_number": conversation.from_number,
                "to_number": conversation.to_number,
                "sip_status_code": sip_status,
                "error_reason": f"INVITE failed: sip status: {sip_status}: {words}",
                "call_sid": conversation.call_sid,
                "sip_status": words,
                "twirp_code": "unavailable",
            },
        },
    }
    return _webhook("call_initiation_failure", conversation, data)


def personalization(conversation: Conversation) -> Callback:
    """Not signed: https://elevenlabs.io/docs/agents-platform/customization/personalization/twilio-personalization."""
    account = conversation.account
    data = {
        "caller_id": conversation.from_number,
        "agent_id": conversation.agent_id,
        "called_number": conversation.to_number,
        "call_sid": conversation.call_sid,
    }
    return Callback(
        event="personalization",
        url=account.personalization_url,
        body=json.dumps(data).encode(),
        sign=lambda _url: {"Content-Type": "application/json", **account.personalization_headers},
        seconds=_SECONDS,
    )


def _webhook(
    kind: str,
    conversation: Conversation,
    data: dict[str, Any],
    *,
    repetition: Repetition | None = None,
    chunked: bool = False,
) -> Callback:
    account = conversation.account
    body = json.dumps({"type": kind, "event_timestamp": int(time.time()), "data": data}).encode()
    return Callback(
        event=kind,
        url=account.webhook_url,
        body=body,
        sign=lambda _url: {
            "Content-Type": "application/json",
            "ElevenLabs-Signature": signature(account.webhook_secret, body, int(time.time())),
        },
        seconds=_SECONDS,
        chunked=chunked,
        repetition=repetition or Repetition(),
    )
