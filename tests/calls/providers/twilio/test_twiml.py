"""Documents as the official package writes them, and text that would break out of one."""

from __future__ import annotations

from xml.etree.ElementTree import Element, canonicalize, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Client, Dial, Number, Sip, VoiceResponse

from calls.providers.twilio import twiml
from calls.providers.twilio.twiml import Dialling

EVENTS = "initiated ringing answered completed"
STATUS = "https://calls.example/api/webhook/calls/twilio/status?a=1&b=2"
HOW = Dialling(
    caller_id="+14165550100",
    ring_seconds=30,
    status_url=STATUS,
    recording_url="https://calls.example/recording",
)


def parsed(document: str) -> Element:
    return fromstring(document)  # noqa: S314  # our own


def official_dial() -> Dial:
    return Dial(
        answer_on_bridge=True,
        caller_id="+14165550100",
        timeout=30,
        record="record-from-answer-dual",
        recording_status_callback="https://calls.example/recording",
    )


def assert_same(ours: str, theirs: VoiceResponse) -> None:
    assert canonicalize(ours) == canonicalize(str(theirs))


def test_it_calls_a_telephone() -> None:
    response, dial = VoiceResponse(), official_dial()
    dial.append(
        Number(
            "+14165550134",
            status_callback_event=EVENTS,
            status_callback=STATUS,
        )
    )
    response.append(dial)
    assert_same(twiml.dial_number("+14165550134", HOW), response)


def test_it_rings_a_browser_with_parameters() -> None:
    response, dial = VoiceResponse(), official_dial()
    client = Client(status_callback_event=EVENTS, status_callback=STATUS)
    client.identity("68f2c5d1")
    client.parameter(name="callId", value="68f2")
    dial.append(client)
    response.append(dial)
    assert_same(twiml.dial_client("68f2c5d1", HOW, {"callId": "68f2"}), response)


def test_it_hands_a_call_to_a_sip_address() -> None:
    response, dial = VoiceResponse(), Dial(answer_on_bridge=True)
    dial.append(Sip("sip:+14165550100@sip.rtc.elevenlabs.io;transport=tcp"))
    response.append(dial)
    assert_same(twiml.dial_sip("sip:+14165550100@sip.rtc.elevenlabs.io;transport=tcp", Dialling()), response)


def test_it_rejects_and_hangs_up() -> None:
    rejected, ended = VoiceResponse(), VoiceResponse()
    rejected.reject(reason="rejected")
    ended.hangup()
    assert_same(twiml.reject(), rejected)
    assert_same(twiml.hangup(), ended)


@pytest.mark.parametrize("text", ["</Number><Dial>+19005550100</Dial>", '"><Hangup/>', "&amp;", "]]>", "<!-- -->"])
def test_text_stays_text(text: str) -> None:
    number = parsed(twiml.dial_number(text, Dialling()))[0]
    assert [(child.tag, child.text) for child in number] == [("Number", text)]
    dial = parsed(twiml.dial_client(text, Dialling(caller_id=text, status_url=text), {text: text}))[0]
    assert dial.get("callerId") == text
    assert [child.tag for child in dial[0]] == ["Identity", "Parameter"]


@given(st.text())
def test_any_text_makes_a_document(text: str) -> None:
    assert parsed(twiml.dial_number(text, Dialling(caller_id=text)))[0][0].tag == "Number"
    twiml.dial_sip(text, Dialling()).encode()
