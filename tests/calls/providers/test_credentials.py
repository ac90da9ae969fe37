from __future__ import annotations

from calls.providers.elevenlabs.settings import ElevenLabsCredentials
from calls.providers.sinch.settings import SinchCredentials
from calls.providers.twilio.settings import TwilioCredentials


def test_credentials_lead_to_the_provider_unless_told_otherwise() -> None:
    assert ElevenLabsCredentials("a", "b", "c").base_url == "https://api.elevenlabs.io"
    assert SinchCredentials("a", "b").base_url == "https://calling.api.sinch.com"
    assert TwilioCredentials("a", "b", "c", "d", "e").base_url == "https://api.twilio.com"
    assert SinchCredentials("a", "b", base_url="http://127.0.0.1:1").base_url == "http://127.0.0.1:1"
