"""Routes under /api/webhook."""

from django.urls import path

from calls.webhooks.elevenlabs import ElevenLabsWebhooks
from calls.webhooks.sinch import SinchWebhooks
from calls.webhooks.twilio import TwilioWebhooks

urlpatterns = [
    path("elevenlabs", ElevenLabsWebhooks.as_view({"post": "event"})),
    path("elevenlabs/personalization", ElevenLabsWebhooks.as_view({"post": "personalization"})),
    path("calls/sinch", SinchWebhooks.as_view({"post": "callback"})),
    path("calls/twilio/inbound", TwilioWebhooks.as_view({"post": "inbound"})),
    path("calls/twilio/outbound", TwilioWebhooks.as_view({"post": "outbound"})),
    path("calls/twilio/status", TwilioWebhooks.as_view({"post": "status"})),
    path("calls/twilio/amd", TwilioWebhooks.as_view({"post": "amd"})),
    path("calls/twilio/recording", TwilioWebhooks.as_view({"post": "recording"})),
]
