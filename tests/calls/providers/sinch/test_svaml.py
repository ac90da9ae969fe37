"""The examples of https://developers.sinch.com/docs/voice/api-reference/svaml/actions."""

from __future__ import annotations

import json

import pytest

from calls.providers.sinch import svaml


def test_it_calls_a_telephone() -> None:
    told = svaml.connect_number("+14165550134", cli="+14165550100", dial_seconds=30)
    assert told == {
        "instructions": [],
        "action": {
            "name": "connectPstn",
            "number": "+14165550134",
            "cli": "+14165550100",
            "dialTimeout": 30,
        },
    }


def test_it_leaves_out_what_it_was_not_told() -> None:
    assert svaml.connect_number("+14165550134")["action"] == {"name": "connectPstn", "number": "+14165550134"}
    assert svaml.connect_user("u1")["action"] == {
        "name": "connectMxp",
        "destination": {"type": "username", "endpoint": "u1"},
    }


def test_it_rings_a_browser_with_headers() -> None:
    action = svaml.connect_user("u1", headers={"callId": "68f2"})["action"]
    assert action["callHeaders"] == [{"key": "callId", "value": "68f2"}]


def test_it_hands_a_call_to_a_sip_address() -> None:
    told = svaml.connect_sip("+14165550100@sip.rtc.elevenlabs.io", cli="+14165550171", headers={"x-call-id": "1"})
    assert told["action"] == {
        "name": "connectSip",
        "destination": {"type": "sip", "endpoint": "+14165550100@sip.rtc.elevenlabs.io"},
        "transport": "tls",
        "cli": "+14165550171",
        "callHeaders": [{"key": "x-call-id", "value": "1"}],
    }


@pytest.mark.parametrize(("told", "name"), [(svaml.hangup(), "hangup"), (svaml.continue_call(), "continue")])
def test_there_is_exactly_one_action(told: svaml.Svaml, name: str) -> None:
    assert json.loads(json.dumps(told)) == {"instructions": [], "action": {"name": name}}
