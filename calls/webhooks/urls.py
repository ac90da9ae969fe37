"""Routes under /api/webhook."""

from django.urls import path

from calls.webhooks.elevenlabs import ElevenLabsWebhooks

urlpatterns = [
    path("elevenlabs", ElevenLabsWebhooks.as_view({"post": "event"})),
    path("elevenlabs/personalization", ElevenLabsWebhooks.as_view({"post": "personalization"})),
]
