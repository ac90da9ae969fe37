"""Where providers call us, by the path after /api/webhook/. A new provider is a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from calls.services.deliveries.elevenlabs import ElevenLabsEvents, ElevenLabsPersonalization
from calls.services.deliveries.incoming import Endpoint
from calls.services.deliveries.sinch import SinchCallbacks
from calls.services.deliveries.twilio import TwilioMachineDetection, TwilioRecording, TwilioStatus, TwilioVoice

ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    "elevenlabs": ElevenLabsEvents(),
    "elevenlabs/personalization": ElevenLabsPersonalization(),
    "calls/sinch": SinchCallbacks(),
    "calls/twilio/inbound": TwilioVoice(),
    "calls/twilio/outbound": TwilioVoice(),
    "calls/twilio/status": TwilioStatus(),
    "calls/twilio/amd": TwilioMachineDetection(),
    "calls/twilio/recording": TwilioRecording(),
}
