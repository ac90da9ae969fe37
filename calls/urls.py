"""Routes under /api/calls."""

from django.urls import path

from calls.api.access import AccessViewSet
from calls.api.ai import AiCallsViewSet
from calls.api.analytics import AnalyticsViewSet
from calls.api.call_actions import CallActionsViewSet
from calls.api.call_recording import CallRecordingViewSet
from calls.api.calls import CallsViewSet
from calls.api.ingest import IngestViewSet
from calls.api.may_call import DecisionsViewSet, MayCallViewSet
from calls.api.opt_outs import OptOutsViewSet
from calls.api.privacy.call_content import CallContentViewSet
from calls.api.providers import ProvidersViewSet
from calls.api.pushes.batch import IngestBatchViewSet
from calls.api.pushes.live import LiveCallsViewSet
from calls.api.pushes.refused import RefusedPushesViewSet
from calls.api.scheduled_calls import ScheduledCallsViewSet
from calls.api.scores import CallScoresViewSet
from calls.api.sdk import SdkViewSet
from calls.api.search import SearchViewSet
from calls.api.tokens import token_view
from calls.api.transfers import TransfersViewSet
from calls.api.voice_ai import VoiceAiViewSet
from calls.providers.registry import providers

urlpatterns = [
    path("ingest", IngestViewSet.as_view({"post": "create"})),
    path("ingest/batch", IngestBatchViewSet.as_view({"post": "create"})),
    path("ingest/refused", RefusedPushesViewSet.as_view({"get": "list"})),
    path("ai/outbound", AiCallsViewSet.as_view({"post": "outbound"})),
    path("may-call", MayCallViewSet.as_view({"post": "ask"})),
    path("decisions", DecisionsViewSet.as_view({"get": "list"})),
    path("scheduled", ScheduledCallsViewSet.as_view({"get": "list"})),
    path(
        "scheduled/<objectid:scheduled_id>",
        ScheduledCallsViewSet.as_view({"get": "retrieve", "patch": "move", "delete": "cancel"}),
    ),
    path("history", CallsViewSet.as_view({"get": "history"})),
    path("analytics", AnalyticsViewSet.as_view({"get": "read"})),
    path("live", LiveCallsViewSet.as_view({"get": "read", "post": "create"})),
    path("transfers/<objectid:transfer_id>/accept", TransfersViewSet.as_view({"post": "accept"})),
    path("transfers/<objectid:transfer_id>/decline", TransfersViewSet.as_view({"post": "decline"})),
    path("search", SearchViewSet.as_view({"get": "list"})),
    path("statistics", CallsViewSet.as_view({"get": "statistics"})),
    path("providers", ProvidersViewSet.as_view({"get": "current"})),
    path("providers/active", ProvidersViewSet.as_view({"post": "activate"})),
    path("providers/config", ProvidersViewSet.as_view({"get": "configs", "post": "configure"})),
    path("providers/config/<str:provider>", ProvidersViewSet.as_view({"delete": "remove"})),
    *(path(f"token/{each.name}", token_view(each)) for each in providers() if each.can("browser_token")),
    path("voice-ai/config", VoiceAiViewSet.as_view({"get": "config", "post": "configure"})),
    path("voice-ai/tools", VoiceAiViewSet.as_view({"get": "tools"})),
    path("voice-ai/tools/sync", VoiceAiViewSet.as_view({"post": "sync_tools"})),
    path("voice-ai/phone-number/toggle", VoiceAiViewSet.as_view({"post": "toggle_number"})),
    path("<objectid:call_id>", CallsViewSet.as_view({"get": "retrieve", "patch": "review"})),
    path("<objectid:call_id>/access", AccessViewSet.as_view({"get": "of_call"})),
    path("<objectid:call_id>/recording", CallsViewSet.as_view({"get": "recording"})),
    path("<objectid:call_id>/recording/pause", CallRecordingViewSet.as_view({"post": "pause"})),
    path("<objectid:call_id>/recording/resume", CallRecordingViewSet.as_view({"post": "resume"})),
    path("<objectid:call_id>/terminate", CallActionsViewSet.as_view({"post": "terminate"})),
    path("<objectid:call_id>/live", CallActionsViewSet.as_view({"get": "live"})),
    path("<objectid:call_id>/discard", CallActionsViewSet.as_view({"post": "discard"})),
    path("<objectid:call_id>/content", CallContentViewSet.as_view({"delete": "erase"})),
    path("<objectid:call_id>/opt-out", OptOutsViewSet.as_view({"put": "mark", "delete": "undo"})),
    path("<objectid:call_id>/scores", CallScoresViewSet.as_view({"get": "list", "put": "score", "delete": "destroy"})),
    path("sdk/initiate", SdkViewSet.as_view({"post": "initiate"})),
    path("sdk/inbound", SdkViewSet.as_view({"post": "inbound"})),
    path("sdk/answer", SdkViewSet.as_view({"post": "answer"})),
    path("sdk/reject", SdkViewSet.as_view({"post": "reject"})),
]
