"""Calls that Sinch is asked to make."""

from __future__ import annotations

import json
from typing import Any

import pytest

from calls.demo.simulator import Simulator
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import (
    CALLBACK,
    OUR_NUMBER,
    customer,
    events,
    sinch,
)


def callout(number: str, **more: Any) -> dict[str, Any]:
    destination = {"type": "number", "endpoint": number}
    fields = {"cli": OUR_NUMBER, "destination": destination, "enableAce": True, "enableDice": True, **more}
    return {"method": "conferenceCallout", "conferenceCallout": fields}


@pytest.mark.parametrize("digit", range(5))
def test_a_callout_is_answered(simulator: Simulator, ours: Receiver, digit: int) -> None:
    answer = sinch(simulator, "POST", "/calling/v1/callouts", callout(customer(digit), custom="call-1"))
    simulator.settle()

    assert set(answer.json()) == {"callId"}
    assert events(ours) == ["ace", "dice"]
    assert ours.at(CALLBACK)[-1].document["custom"] == "call-1"


@pytest.mark.parametrize(("digit", "expected"), [(5, ["dice"]), (6, ["dice"]), (9, ["dice", "dice", "ace", "ace"])])
def test_the_last_digit_decides_on_a_callout(
    simulator: Simulator, ours: Receiver, digit: int, expected: list[str]
) -> None:
    sinch(simulator, "POST", "/calling/v1/callouts", callout(customer(digit)))
    simulator.settle()

    assert events(ours) == expected


def test_a_refused_callout_is_403(simulator: Simulator) -> None:
    answer = sinch(simulator, "POST", "/calling/v1/callouts", callout(customer(7)))

    assert (answer.status_code, set(answer.json())) == (403, {"errorCode", "message", "reference"})
    assert simulator.happened()["calls"] == []


def test_a_callout_without_callbacks_is_silent(simulator: Simulator, ours: Receiver) -> None:
    sinch(simulator, "POST", "/calling/v1/callouts", callout(customer(0), enableAce=False, enableDice=False))
    simulator.settle()

    assert ours.deliveries == []


def test_a_custom_callout_follows_its_inline_instructions(simulator: Simulator, ours: Receiver) -> None:
    ice = json.dumps({"action": {"name": "connectPstn", "number": customer(5), "cli": OUR_NUMBER}})
    document = {"method": "customCallout", "customCallout": {"ice": ice}}
    assert sinch(simulator, "POST", "/calling/v1/callouts", document).status_code == 200
    simulator.settle()

    assert events(ours) == ["dice"]
    assert ours.at(CALLBACK)[0].document["result"] == "BUSY"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], 40001),
        ({"method": "dance"}, 40001),
        ({"method": "ttsCallout"}, 40002),
        ({"method": "ttsCallout", "ttsCallout": {}}, 40002),
        (callout("12025550190"), 40005),
        ({"method": "customCallout", "customCallout": {"ice": "{}"}}, 40001),
    ],
)
def test_a_callout_with_a_wrong_body_is_400(simulator: Simulator, document: Any, code: int) -> None:
    answer = sinch(simulator, "POST", "/calling/v1/callouts", document)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
