from calls.models.call import Call, CallDirection, CallProvider, CallStatus
from calls.models.delivery import Delivery, DeliveryState
from calls.models.idempotency import IdempotentRequest
from calls.models.phone_number import NumberProvider, PhoneNumber
from calls.models.prompt import AgentRate, Prompt
from calls.models.recording import Recording
from calls.models.voice_account import VoiceAccount, VoiceProvider
from calls.models.webhook_attempt import WebhookAttempt
from calls.models.webhook_cursor import WebhookCursor
from calls.models.webhook_message import WebhookMessage, WebhookState
from calls.models.webhook_subscription import DisabledReason, WebhookEvent, WebhookSubscription

__all__ = [
    "AgentRate",
    "Call",
    "CallDirection",
    "CallProvider",
    "CallStatus",
    "Delivery",
    "DeliveryState",
    "DisabledReason",
    "IdempotentRequest",
    "NumberProvider",
    "PhoneNumber",
    "Prompt",
    "Recording",
    "VoiceAccount",
    "VoiceProvider",
    "WebhookAttempt",
    "WebhookCursor",
    "WebhookEvent",
    "WebhookMessage",
    "WebhookState",
    "WebhookSubscription",
]
