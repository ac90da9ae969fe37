"""Routes under /api/calls."""

from django.urls import path

from calls.api.ai import AiCallsViewSet
from calls.api.calls import CallsViewSet
from calls.api.ingest import IngestViewSet

urlpatterns = [
    path("ingest", IngestViewSet.as_view({"post": "create"})),
    path("ai/outbound", AiCallsViewSet.as_view({"post": "outbound"})),
    path("history", CallsViewSet.as_view({"get": "history"})),
    path("statistics", CallsViewSet.as_view({"get": "statistics"})),
    path("<objectid:call_id>", CallsViewSet.as_view({"get": "retrieve"})),
    path("<objectid:call_id>/recording", CallsViewSet.as_view({"get": "recording"})),
]
