"""Sinch: signed requests and callbacks, instructions, and what becomes of calls."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from calls.demo.simulator import Outcome, Pace, Simulator, SinchAccount
from calls.demo.simulator.sinch.signing import signature
from tests.calls.demo.simulator.receiver import Delivery, Receiver
from tests.calls.demo.simulator.worlds import (
    CALLBACK,
    CALLER,
    OUR_NUMBER,
    SINCH_KEY,
    SINCH_SECRET,
    control,
    events,
    sinch,
)
from tests.waiting import PATIENCE

CONNECT = {"instructions": [], "action": {"name": "connectMxp", "destination": {"type": "username", "endpoint": "us"}}}


def is_signed(delivery: Delivery, secret: str) -> bool:
    """As docs/voice/api-reference/authentication/callback-signed-request describes it."""
    digest = base64.b64encode(hashlib.md5(delivery.body).digest()).decode()  # noqa: S324
    lines = ("POST", digest, delivery.headers["content-type"], "x-timestamp:" + delivery.headers["x-timestamp"])
    text = "\n".join((*lines, delivery.path))
    mac = base64.b64encode(hmac.new(base64.b64decode(secret), text.encode(), hashlib.sha256).digest()).decode()
    return delivery.headers["authorization"] == f"application {SINCH_KEY}:{mac}"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", "Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4="),
        ("application/json; charset=utf-8", "+7IX6MJJ6hapyCsjPaOlzOfQAE8XAFAogUxTYQiSzmQ="),
    ],
)
def test_the_signature_is_that_of_the_official_vector(content_type: str, expected: str) -> None:
    body = (
        b'{"event":"ace","callid":"822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257",'
        b'"timestamp":"2014-09-24T10:59:41Z","version":1}'
    )
    made = signature(
        SINCH_SECRET,
        method="POST",
        body=body,
        content_type=content_type,
        timestamp="2014-09-24T10:59:41Z",
        path="/sinch/callback/ace",
    )
    assert made == expected


def test_an_inbound_call_is_asked_about_answered_and_ended(simulator: Simulator, ours: Receiver) -> None:
    ours.answer(CALLBACK, (200, CONNECT | {"action": {"name": "connectConf", "conferenceId": "room"}}), (200, "{}"))
    call_id = simulator.call_in("sinch", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    assert events(ours) == ["ice", "ace", "dice"]
    ice, ace, dice = (delivery.document for delivery in ours.at(CALLBACK))
    assert {ice["callid"], ace["callid"], dice["callid"]} == {call_id}
    assert (ice["cli"], ice["to"]["endpoint"], ice["applicationKey"]) == (CALLER, OUR_NUMBER, SINCH_KEY)
    assert ice["originationType"] == "pstn"
    assert (dice["result"], dice["reason"]) == ("ANSWERED", "CALLERHANGUP")
    assert dice["duration"] > 10
    for delivery in ours.at(CALLBACK):
        assert is_signed(delivery, SINCH_SECRET)
        assert not is_signed(delivery, "JViE5vDor0Sw3WllZka15Q==")
    details = sinch(simulator, "GET", f"/calling/v1/calls/id/{call_id}").json()
    assert (details["status"], details["result"]) == ("FINAL", "ANSWERED")
    assert details["duration"] == dice["duration"]


def test_a_data_endpoint_has_no_ace(simulator: Simulator, ours: Receiver) -> None:
    ours.answer(CALLBACK, (200, CONNECT), (200, "{}"))
    simulator.call_in("sinch", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    assert events(ours) == ["ice", "dice"]


@pytest.mark.parametrize(
    ("answer", "result", "reason"),
    [
        ((500, "{}"), "FAILED", "CALLBACKERROR"),
        ((401, "{}"), "FAILED", "CALLBACKERROR"),
        ((200, "{}"), "FAILED", "INVALIDSVAMLACTION"),
        ((200, "<html>"), "FAILED", "INVALIDSVAMLACTION"),
        ((200, {"action": {"name": "dance"}}), "FAILED", "INVALIDSVAMLACTION"),
        ((200, {"action": {"name": "hangup"}}), "FAILED", "MANAGERHANGUP"),
    ],
)
def test_a_call_ends_without_an_answer_that_connects_it(
    simulator: Simulator, ours: Receiver, answer: tuple[int, Any], result: str, reason: str
) -> None:
    ours.answer(CALLBACK, answer, (200, "{}"))
    simulator.call_in("sinch", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    assert events(ours) == ["ice", "dice"]
    dice = ours.at(CALLBACK)[-1].document
    assert (dice["result"], dice["reason"]) == (result, reason)
    assert "duration" not in dice


@pytest.mark.parametrize(
    ("outcome", "result"), [(Outcome.NO_ANSWER, "NOANSWER"), (Outcome.BUSY, "BUSY"), (Outcome.CANCELED, "N/A")]
)
def test_a_missed_call_is_told_with_its_reason(
    simulator: Simulator, ours: Receiver, outcome: Outcome, result: str
) -> None:
    ours.answer(CALLBACK, (200, CONNECT), (200, "{}"))
    simulator.call_in("sinch", from_number=CALLER, to=OUR_NUMBER, outcome=outcome)
    simulator.settle()

    assert ours.at(CALLBACK)[-1].document["result"] == result


def test_a_recording_is_announced_when_it_was_asked_for(simulator: Simulator, ours: Receiver) -> None:
    options = {"destinationUrl": "s3://calls/1.mp3", "notificationEvents": True}
    svaml = CONNECT | {"instructions": [{"name": "startRecording", "options": options}]}
    ours.answer(CALLBACK, (200, svaml), (200, "{}"))
    simulator.call_in("sinch", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    finished, available = (delivery.document for delivery in ours.at(CALLBACK)[-2:])
    assert (finished["event"], finished["type"]) == ("notify", "recording_finished")
    assert (available["type"], available["destination"]) == ("recording_available", "s3://calls/1.mp3")


def test_a_call_for_an_agent_goes_on_at_elevenlabs(simulator: Simulator, ours: Receiver) -> None:
    endpoint = f"{OUR_NUMBER}@sip.rtc.elevenlabs.io:5061"
    svaml = {"action": {"name": "connectSip", "destination": {"endpoint": endpoint}, "transport": "tls"}}
    ours.answer(CALLBACK, (200, svaml), (200, "{}"))
    simulator.call_in("sinch", from_number=CALLER, to=OUR_NUMBER)
    happened = simulator.settle()

    assert events(ours) == ["ice", "ace", "dice"]
    assert [call["provider"] for call in happened["calls"]] == ["sinch", "elevenlabs"]
    transcript, _audio = ours.at("/elevenlabs")
    assert transcript.document["data"]["metadata"]["phone_call"]["external_number"] == CALLER
    assert len(ours.at("/personalization")) == 1


def test_hanging_up_ends_the_call_early(ours: Receiver) -> None:
    account = SinchAccount(application_key=SINCH_KEY, application_secret=SINCH_SECRET, callback_url=ours.url + CALLBACK)
    ours.answer(CALLBACK, (200, CONNECT), (200, "{}"))
    with Simulator(account, pace=Pace(ringing=0, talking=3_600)) as simulator:
        path = f"/calling/v1/calls/id/{simulator.call_in('sinch', from_number=CALLER, to=OUR_NUMBER)}"
        assert sinch(simulator, "GET", path).json()["status"] == "ONGOING"
        assert sinch(simulator, "PATCH", path, {"action": {"name": "hangup"}}).status_code == 204
        simulator.settle()
        assert sinch(simulator, "GET", path).json()["reason"] == "MANAGERHANGUP"
        assert sinch(simulator, "PATCH", path, {"action": {"name": "hangup"}}).status_code == 404


def test_requests_need_a_signature_of_now(simulator: Simulator) -> None:
    path = "/calling/v1/calls/id/1"
    late, early = (datetime.now(UTC) + timedelta(minutes=minutes) for minutes in (-10, 10))

    assert sinch(simulator, "GET", path).status_code == 404
    assert requests.get(simulator.url + path, auth=(SINCH_KEY, SINCH_SECRET), timeout=PATIENCE).status_code == 404
    assert sinch(simulator, "GET", path, secret="JViE5vDor0Sw3WllZka15Q==").status_code == 401
    assert sinch(simulator, "GET", path, key="other").status_code == 401
    assert sinch(simulator, "GET", path, moment=late).status_code == 401
    assert sinch(simulator, "GET", path, moment=early).status_code == 401
    assert requests.get(simulator.url + path, timeout=PATIENCE).status_code == 401
    assert requests.get(simulator.url + path, auth=(SINCH_KEY, "other"), timeout=PATIENCE).status_code == 401


def test_the_fallback_url_is_used_once_when_the_first_one_fails(ours: Receiver) -> None:
    account = SinchAccount(
        application_key=SINCH_KEY,
        application_secret=SINCH_SECRET,
        callback_url=f"{ours.url}/first",
        fallback_url=f"{ours.url}/second",
    )
    ours.answer("/first", (500, "{}"))
    ours.answer("/second", (200, {"action": {"name": "hangup"}}))
    with Simulator(account, pace=Pace.quick(0.01)) as simulator:
        control(simulator, "POST", "inbound", {"provider": "sinch", "from": CALLER, "to": OUR_NUMBER})
        simulator.settle()

    assert [delivery.path for delivery in ours.deliveries] == ["/first", "/second"] * 2
    assert all(is_signed(delivery, SINCH_SECRET) for delivery in ours.deliveries)
