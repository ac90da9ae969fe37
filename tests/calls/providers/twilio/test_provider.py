from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlencode

import pytest

from calls.demo.simulator import TwilioAccount
from calls.providers.bodies import PayloadError, parse_pairs
from calls.providers.twilio.provider import TWILIO
from calls.providers.twilio.signature import sign
from tests.calls.providers.bodies import body, form
from tests.calls.providers.capability_contracts import (
    ErasesCalls,
    ErasesTexts,
    GivesTokens,
    HangsUp,
    LooksUp,
    PausesRecordings,
    SendsTexts,
)
from tests.calls.providers.endpoint_contract import EndpointContract, Sample
from tests.calls.providers.worlds import SimulatedWorld, simulated
from tests.factories import UNKNOWN_ID

SID, KEY, KEY_SECRET = "AC0123456789abcdef0123456789abcdef", "SK1", "the secret of an API key, of 32 bytes"
TOKEN = "the auth token"
INBOUND, OUTBOUND, STATUS, AMD, RECORDING, NEXT, WHISPER = (
    f"calls/twilio/{name}" for name in ("inbound", "outbound", "status", "amd", "recording", "next", "whisper")
)
TEXT, TEXT_STATUS = "twilio/sms", "twilio/sms-status"
OF_OUR_CALL = f"?callId={UNKNOWN_ID}"


def sample(path: str, name: str, query: str = "") -> Sample:
    return Sample(path, body(f"twilio/{name}.txt"), query)


def changed(path: str, name: str, **words: str) -> Sample:
    return Sample(path, urlencode({**form(f"twilio/{name}.txt"), **words}).encode())


class TestProvider(
    ErasesCalls, ErasesTexts, HangsUp, PausesRecordings, LooksUp, GivesTokens, SendsTexts, EndpointContract
):
    provider = TWILIO
    capabilities = frozenset(
        {
            "hang_up",
            "pause_recording",
            "resume_recording",
            "look_up",
            "erase_call",
            "erase_text",
            "browser_token",
            "send_text",
        }
    )
    values = {
        "account_sid": SID,
        "auth_token": TOKEN,
        "api_key_sid": KEY,
        "api_key_secret": KEY_SECRET,
        "twiml_app_sid": "AP1",
        "messaging_service_sid": "MG1",
    }
    other_values = {"auth_token": "another one's", "api_key_secret": "another one's secret, as long as this"}
    samples = (
        sample(INBOUND, "voice_inbound"),
        sample(INBOUND, "voice_anonymous"),
        sample(OUTBOUND, "voice_browser"),
        sample(STATUS, "status_browser_completed"),
        sample(STATUS, "status_dialled_answered", OF_OUR_CALL),
        sample(STATUS, "status_dialled_no_answer"),
        sample(AMD, "amd", OF_OUR_CALL),
        sample(RECORDING, "recording", OF_OUR_CALL),
        sample(RECORDING, "recording_absent"),
        sample(NEXT, "voice_inbound", OF_OUR_CALL),
        sample(WHISPER, "voice_inbound", OF_OUR_CALL),
        sample(TEXT, "text"),
        sample(TEXT, "text_stop"),
        sample(TEXT_STATUS, "text_delivered", f"?messageId={UNKNOWN_ID}"),
        sample(TEXT_STATUS, "text_failed"),
    )
    unknown = (
        changed(STATUS, "status_dialled_answered", CallStatus="on-hold"),
        changed(STATUS, "status_browser_completed", CallStatus="parked", Direction="sideways"),
        changed(AMD, "amd", AnsweredBy="a dog"),
        changed(RECORDING, "recording", RecordingStatus="shelved"),
        changed(TEXT_STATUS, "text_delivered", MessageStatus="framed"),
    )

    @pytest.fixture
    def world(self) -> Iterator[SimulatedWorld]:
        with simulated(TwilioAccount(account_sid=SID, auth_token=TOKEN, api_keys={KEY: KEY_SECRET})) as running:
            yield running

    def signed(self, sample: Sample, values: Mapping[str, str]) -> dict[str, str]:
        try:
            pairs = parse_pairs(sample.body)
        except PayloadError:
            pairs = parse_qsl("")
        return {"x-twilio-signature": sign(url=sample.url, token=values["auth_token"], pairs=pairs)}
