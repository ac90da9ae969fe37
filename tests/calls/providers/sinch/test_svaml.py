"""The examples of https://developers.sinch.com/docs/voice/api-reference/svaml/actions."""

from __future__ import annotations

import json

import pytest

from calls.providers.sinch import svaml


def test_it_calls_a_telephone() -> None:
    told = svaml.connect_number("+14165550134", cli="+14165550100", dial_seconds=30, max_seconds=3_600)
    assert told == {
        "instructions": [],
        "action": {
            "name": "connectPstn",
            "number": "+14165550134",
            "cli": "+14165550100",
            "dialTimeout": 30,
            "maxDuration": 3_600,
        },
    }


def test_it_leaves_out_what_it_was_not_told() -> None:
    assert svaml.connect_number("+14165550134")["action"] == {"name": "connectPstn", "number": "+14165550134"}
    assert svaml.connect_user("u1")["action"] == {
        "name": "connectMxp",
        "destination": {"type": "username", "endpoint": "u1"},
    }


def test_it_asks_whether_a_machine_answered() -> None:
    assert svaml.connect_number("+14165550134", detect_machines=True)["action"]["amd"] == {"enabled": True}


def test_it_rings_a_browser_with_headers() -> None:
    action = svaml.connect_user("u1", headers={"callId": "68f2"})["action"]
    assert action["callHeaders"] == [{"key": "callId", "value": "68f2"}]


def test_it_hands_a_call_to_a_sip_address() -> None:
    told = svaml.connect_sip("+14165550100@sip.rtc.elevenlabs.io", cli="+14165550171", headers={"x-call-id": "1"})
    assert told["action"] == {
        "name": "connectSip",
        "destination": {"endpoint": "+14165550100@sip.rtc.elevenlabs.io"},
        "transport": "tls",
        "cli": "+14165550171",
        "callHeaders": [{"key": "x-call-id", "value": "1"}],
    }


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (svaml.hangup(svaml.say("Goodbye")), "hangup"),
        (svaml.continue_call(svaml.answer(), svaml.say("Hello")), "continue"),
        (svaml.connect_conference("desk-1", svaml.say("Please wait")), "connectConf"),
        (svaml.park(), "park"),
    ],
)
def test_there_is_exactly_one_action_behind_its_instructions(told: svaml.Svaml, name: str) -> None:
    assert set(told) == {"instructions", "action"}
    assert told["action"]["name"] == name
    assert all(set(instruction) >= {"name"} for instruction in told["instructions"])
    assert json.loads(json.dumps(told)) == told


def test_it_records_to_a_bucket() -> None:
    instruction = svaml.start_recording("s3://bucket/call.mp3", credentials="key:secret:region")
    assert instruction == {
        "name": "startRecording",
        "options": {
            "destinationUrl": "s3://bucket/call.mp3",
            "credentials": "key:secret:region",
            "format": "mp3",
            "notificationEvents": True,
        },
    }
