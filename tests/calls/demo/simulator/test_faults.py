"""Requests that fail because they were told to."""

from __future__ import annotations

import pytest
import requests

from calls.demo.simulator import Simulator
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import (
    control,
    customer,
    dial,
    elevenlabs,
    sinch,
    twilio,
)
from tests.waiting import wait_until


@pytest.mark.parametrize("status", [401, 404, 422, 429, 500, 503])
def test_a_told_status_comes_in_the_provider_s_own_words_and_once(simulator: Simulator, status: int) -> None:
    for provider in ("elevenlabs", "sinch", "twilio"):
        told = control(simulator, "POST", "faults", {"provider": provider, "status": status})
        assert told.status_code == 204

    answers = [
        dial(simulator, customer(0)),
        sinch(simulator, "GET", "/calling/v1/calls/id/1"),
        twilio(simulator, "GET", "Calls/CA1.json"),
    ]
    assert [answer.status_code for answer in answers] == [status] * 3
    assert [next(iter(answer.json())) for answer in answers] == ["detail", "errorCode", "code"]
    assert dial(simulator, customer(0)).status_code == 200
    assert len(simulator.happened()["calls"]) == 1


def test_both_kinds_of_429_can_be_told(simulator: Simulator) -> None:
    simulator.fail("elevenlabs", "outbound-call", status=429)
    body = {"detail": {"status": "system_busy", "message": "Later"}}
    simulator.fail("elevenlabs", "outbound-call", status=429, body=body)

    assert dial(simulator, customer(0)).json()["detail"]["status"] == "too_many_concurrent_requests"
    assert dial(simulator, customer(0)).json()["detail"]["status"] == "system_busy"


def test_a_page_an_empty_body_and_a_closed_connection(simulator: Simulator) -> None:
    simulator.fail("elevenlabs", "outbound-call", "html")
    simulator.fail("elevenlabs", "outbound-call", "html", status=502)
    simulator.fail("elevenlabs", "outbound-call", "empty")
    simulator.fail("elevenlabs", "outbound-call", "close")

    page, error_page, empty = (dial(simulator, customer(0)) for _ in range(3))
    assert (page.status_code, error_page.status_code) == (200, 502)
    assert page.headers["Content-Type"].startswith("text/html")
    assert (empty.status_code, empty.content) == (200, b"")
    with pytest.raises(requests.ConnectionError):
        dial(simulator, customer(0))
    happened = simulator.happened()
    assert (happened["dials"], happened["calls"]) == (4, [])


def test_a_stalled_request_is_answered_by_nothing(simulator: Simulator) -> None:
    simulator.fail("sinch", "call", "stall")
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{simulator.url}/calling/v1/calls/id/1", timeout=0.2)
    wait_until(lambda: simulator.happened()["requests"], what="the request, which may be read after it was given up")
    assert sinch(simulator, "GET", "/calling/v1/calls/id/1").status_code == 404


def test_a_fault_afterwards_loses_only_the_answer(simulator: Simulator, ours: Receiver) -> None:
    simulator.fail("elevenlabs", "outbound-call", "close", after=True)
    with pytest.raises(requests.ConnectionError):
        dial(simulator, customer(0))

    happened = simulator.settle()
    assert (happened["dials"], len(happened["calls"])) == (1, 1)
    assert len(ours.at("/elevenlabs")) == 2


def test_faults_are_meant_for_an_endpoint_and_a_number_of_times(simulator: Simulator) -> None:
    simulator.fail("elevenlabs", "conversations", status=500, times=2)

    assert dial(simulator, customer(0)).status_code == 200
    answers = [elevenlabs(simulator, "GET", "conversations").status_code for _ in range(3)]
    assert answers == [500, 500, 200]
