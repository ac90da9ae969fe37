from calls.admin.call import CallAdmin
from calls.admin.delivery import DeliveryAdmin
from calls.admin.phone_number import PhoneNumberAdmin
from calls.admin.prompt import PromptAdmin
from calls.admin.voice_account import VoiceAccountAdmin
from calls.admin.webhook import WebhookSubscriptionAdmin
from calls.admin.webhook_message import WebhookMessageAdmin

__all__ = [
    "CallAdmin",
    "DeliveryAdmin",
    "PhoneNumberAdmin",
    "PromptAdmin",
    "VoiceAccountAdmin",
    "WebhookMessageAdmin",
    "WebhookSubscriptionAdmin",
]
