"""Twilio's API: calls through it, ending them, credentials."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from calls.demo.simulator import Pace, Simulator, TwilioAccount
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import (
    CALLER,
    DIAL,
    OUR_NUMBER,
    TWILIO_SID,
    TWILIO_TOKEN,
    customer,
    statuses,
    twilio,
)
from tests.waiting import PATIENCE


def outgoing(ours: Receiver, number: str, **more: Any) -> dict[str, Any]:
    return {
        "To": number,
        "From": OUR_NUMBER,
        "Url": f"{ours.url}/twilio/outbound",
        "StatusCallback": f"{ours.url}/twilio/progress",
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        **more,
    }


@pytest.mark.parametrize(
    ("digit", "expected"),
    [
        (0, ["initiated", "ringing", "in-progress", "completed"]),
        (5, ["initiated", "ringing", "busy"]),
        (6, ["initiated", "ringing", "no-answer"]),
        (9, ["completed", "completed", "in-progress", "in-progress", "ringing", "ringing", "initiated", "initiated"]),
    ],
)
def test_the_last_digit_decides_on_a_call_through_the_api(
    simulator: Simulator, ours: Receiver, digit: int, expected: list[str]
) -> None:
    ours.answer("/twilio/outbound", (200, "<Response><Say>Hello</Say></Response>"))
    answer = twilio(simulator, "POST", "Calls.json", data=outgoing(ours, customer(digit)))
    simulator.settle()

    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    assert statuses(ours.at("/twilio/progress")) == expected
    shown = twilio(simulator, "GET", f"Calls/{answer.json()['sid']}.json").json()
    assert shown["status"] in expected
    assert shown["direction"] == "outbound-api"


def test_a_call_through_the_api_can_be_recorded_and_screened(simulator: Simulator, ours: Receiver) -> None:
    more = {
        "Record": "true",
        "RecordingStatusCallback": f"{ours.url}/twilio/recording",
        "AsyncAmdStatusCallback": f"{ours.url}/twilio/amd",
        "Twiml": "<Response><Say>Hello</Say></Response>",
    }
    twilio(simulator, "POST", "Calls.json", data=outgoing(ours, customer(0), **more))
    simulator.settle()

    assert ours.at("/twilio/outbound") == []
    assert ours.at("/twilio/amd")[0].form["AnsweredBy"] == "human"
    assert ours.at("/twilio/recording")[0].form["RecordingSource"] == "OutboundAPI"


def test_a_refused_call_is_400(simulator: Simulator, ours: Receiver) -> None:
    answer = twilio(simulator, "POST", "Calls.json", data=outgoing(ours, customer(7)))

    assert (answer.status_code, set(answer.json())) == (400, {"code", "message", "more_info", "status"})


@pytest.mark.parametrize("missing", ["To", "From", "Url"])
def test_a_call_needs_its_parameters(simulator: Simulator, ours: Receiver, missing: str) -> None:
    body = {name: value for name, value in outgoing(ours, customer(0)).items() if name != missing}

    assert twilio(simulator, "POST", "Calls.json", data=body).status_code == 400


def test_ending_a_call(ours: Receiver) -> None:
    account = TwilioAccount(account_sid=TWILIO_SID, auth_token=TWILIO_TOKEN, voice_url=f"{ours.url}/twilio/inbound")
    ours.answer("/twilio/inbound", (200, DIAL.format(noun="Client", name="user-1")))
    with Simulator(account, pace=Pace(ringing=0, talking=3_600, processing=0)) as simulator:
        path = f"Calls/{simulator.call_in('twilio', from_number=CALLER, to=OUR_NUMBER)}.json"
        while twilio(simulator, "GET", path).json()["status"] != "in-progress":
            pass
        canceled = twilio(simulator, "POST", path, data={"Status": "canceled"})
        assert (canceled.status_code, canceled.json()["status"]) == (200, "in-progress")
        assert twilio(simulator, "POST", path, data={"Status": "dance"}).status_code == 400
        assert twilio(simulator, "POST", path, data={"Status": "completed"}).status_code == 200
        simulator.settle()
        shown = twilio(simulator, "GET", path).json()
        assert (shown["status"], shown["duration"]) == ("completed", "0")
        assert twilio(simulator, "POST", path, data={"Status": "completed"}).json()["code"] == 21220


def test_wrong_credentials_are_401(simulator: Simulator, ours: Receiver) -> None:
    for method, path in (("POST", "Calls.json"), ("GET", "Calls/CA1.json"), ("POST", "Calls/CA1.json")):
        answer = twilio(simulator, method, path, password="other")
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert twilio(simulator, "GET", "Calls/CA1.json").json()["code"] == 20404
    url = f"{simulator.url}/2010-04-01/Accounts/AC{'1' * 32}/Calls/CA1.json"
    assert requests.get(url, auth=(TWILIO_SID, TWILIO_TOKEN), timeout=PATIENCE).status_code == 401
