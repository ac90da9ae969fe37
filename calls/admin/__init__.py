from calls.admin.access import AccessAdmin
from calls.admin.call import CallAdmin
from calls.admin.delivery import DeliveryAdmin
from calls.admin.export import ExportAdmin
from calls.admin.label import DispositionAdmin, TagAdmin
from calls.admin.listening_queue import ListeningQueueAdmin
from calls.admin.phone_number import PhoneNumberAdmin
from calls.admin.privacy.legal_holds import LegalHoldAdmin
from calls.admin.privacy.redactions import RedactionRunAdmin
from calls.admin.privacy.requests import PrivacyRequestAdmin
from calls.admin.privacy.retention import RetentionRuleAdmin
from calls.admin.prompt import PromptAdmin
from calls.admin.refused_push import RefusedPushAdmin
from calls.admin.reminder import ReminderAdmin
from calls.admin.scheduled_call import ScheduledCallAdmin
from calls.admin.scorecard import ScorecardAdmin
from calls.admin.voice_account import VoiceAccountAdmin
from calls.admin.webhook import WebhookSubscriptionAdmin
from calls.admin.webhook_message import WebhookMessageAdmin

__all__ = [
    "AccessAdmin",
    "CallAdmin",
    "DeliveryAdmin",
    "DispositionAdmin",
    "ExportAdmin",
    "LegalHoldAdmin",
    "ListeningQueueAdmin",
    "PhoneNumberAdmin",
    "PrivacyRequestAdmin",
    "PromptAdmin",
    "RedactionRunAdmin",
    "RefusedPushAdmin",
    "ReminderAdmin",
    "RetentionRuleAdmin",
    "ScheduledCallAdmin",
    "ScorecardAdmin",
    "TagAdmin",
    "VoiceAccountAdmin",
    "WebhookMessageAdmin",
    "WebhookSubscriptionAdmin",
]
