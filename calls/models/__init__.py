from calls.models.call import Call
from calls.models.call_choices import CallDirection, CallProvider, CallStatus
from calls.models.call_hearing import CallHearing
from calls.models.call_import import CallImport
from calls.models.call_score import CallScore, CriterionScore
from calls.models.call_tag import CallTag
from calls.models.call_words import CallWords
from calls.models.delivery import Delivery, DeliveryState
from calls.models.export import Export, ExportFormat, ExportKind, ExportStatus
from calls.models.idempotency import IdempotentRequest
from calls.models.label import Disposition, DispositionKind, Tag
from calls.models.listening_queue import ListeningQueue, QueuedCall, QueueDraw, QueueTurn, Strata
from calls.models.live_call import LiveCall, LiveState, LiveTurn
from calls.models.outgoing_text import OutgoingText, TextPurpose, TextState
from calls.models.phone_number import NumberProvider, PhoneNumber
from calls.models.privacy import (
    HoldScope,
    LegalHold,
    PrivacyKind,
    PrivacyRequest,
    PrivacyState,
    RetentionRule,
    StorageMode,
)
from calls.models.prompt import AgentRate, Prompt, PromptVersion, SyncState
from calls.models.recording import Peaks, Recording
from calls.models.redaction_run import RedactionRun, RedactionState
from calls.models.refused_push import RefusedPush
from calls.models.registered_tool import RegisteredTool, RegisteredToolState
from calls.models.rollup import CallDelta, CallRollup, Span, StaleRollup
from calls.models.scheduled_call import RetryOn, ScheduledCall, ScheduledSource, ScheduledState
from calls.models.scorecard import Criterion, CriterionKind, Scorecard
from calls.models.tool_call import ToolCall
from calls.models.transfer import OfferState, Transfer, TransferOffer, TransferState
from calls.models.voice_account import VoiceAccount, VoiceProvider
from calls.models.webhook_attempt import WebhookAttempt
from calls.models.webhook_cursor import WebhookCursor
from calls.models.webhook_message import TEST_EVENT, WebhookMessage, WebhookState
from calls.models.webhook_subscription import DisabledReason, WebhookEvent, WebhookSubscription

__all__ = [
    "TEST_EVENT",
    "AgentRate",
    "Call",
    "CallDelta",
    "CallDirection",
    "CallHearing",
    "CallImport",
    "CallProvider",
    "CallRollup",
    "CallScore",
    "CallStatus",
    "CallTag",
    "CallWords",
    "Criterion",
    "CriterionKind",
    "CriterionScore",
    "Delivery",
    "DeliveryState",
    "DisabledReason",
    "Disposition",
    "DispositionKind",
    "Export",
    "ExportFormat",
    "ExportKind",
    "ExportStatus",
    "HoldScope",
    "IdempotentRequest",
    "LegalHold",
    "ListeningQueue",
    "LiveCall",
    "LiveState",
    "LiveTurn",
    "NumberProvider",
    "OfferState",
    "OutgoingText",
    "Peaks",
    "PhoneNumber",
    "PrivacyKind",
    "PrivacyRequest",
    "PrivacyState",
    "Prompt",
    "PromptVersion",
    "QueueDraw",
    "QueueTurn",
    "QueuedCall",
    "Recording",
    "RedactionRun",
    "RedactionState",
    "RefusedPush",
    "RegisteredTool",
    "RegisteredToolState",
    "RetentionRule",
    "RetryOn",
    "ScheduledCall",
    "ScheduledSource",
    "ScheduledState",
    "Scorecard",
    "Span",
    "StaleRollup",
    "StorageMode",
    "Strata",
    "SyncState",
    "Tag",
    "TextPurpose",
    "TextState",
    "ToolCall",
    "Transfer",
    "TransferOffer",
    "TransferState",
    "VoiceAccount",
    "VoiceProvider",
    "WebhookAttempt",
    "WebhookCursor",
    "WebhookEvent",
    "WebhookMessage",
    "WebhookState",
    "WebhookSubscription",
]
