"""Twilio: TwiML is asked for and followed, progress is told, calls are ended, recordings are kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io

import pytest
import requests

from calls.demo.simulator import Outcome, Pace, Simulator, TwilioAccount
from calls.demo.simulator.twilio.calls import signature
from calls.providers.twilio.provider import TWILIO
from calls.services.recordings.mp3 import inspect_mp3
from tests.calls.demo.simulator.receiver import Delivery, Receiver
from tests.calls.demo.simulator.worlds import (
    CALLER,
    DIAL,
    OUR_NUMBER,
    TWILIO_SID,
    TWILIO_TOKEN,
    customer,
    statuses,
)
from tests.waiting import PATIENCE

EMPTY = "<Response/>"


def is_signed(delivery: Delivery, ours: Receiver, token: str) -> bool:
    """As https://www.twilio.com/docs/usage/security describes it."""
    text = ours.url + delivery.target + "".join(name + value for name, value in sorted(delivery.form.items()))
    mac = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return delivery.headers["x-twilio-signature"] == mac


def test_the_signature_is_that_of_the_official_vector() -> None:
    parameters = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, parameters) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_an_inbound_call_rings_a_client_and_is_recorded(simulator: Simulator, ours: Receiver) -> None:
    ours.answer("/twilio/inbound", (200, DIAL.format(noun="Client", name="user-1")))
    ours.answer("/twilio/action", (200, EMPTY))
    call_sid = simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    (voice,) = ours.at("/twilio/inbound")
    assert voice.target == "/twilio/inbound?org=1"
    assert (voice.form["CallSid"], voice.form["CallStatus"], voice.form["Direction"]) == (
        call_sid,
        "ringing",
        "inbound",
    )
    assert (voice.form["From"], voice.form["To"], voice.form["AccountSid"]) == (CALLER, OUR_NUMBER, TWILIO_SID)

    leg = ours.at("/twilio/leg")
    assert statuses(leg) == ["initiated", "ringing", "in-progress", "completed"]
    assert [delivery.form["SequenceNumber"] for delivery in leg] == ["0", "1", "2", "3"]
    assert {delivery.form["ParentCallSid"] for delivery in leg} == {call_sid}
    assert leg[0].form["To"] == "client:user-1"
    assert int(leg[-1].form["CallDuration"]) > 10
    assert leg[-1].form["Duration"] == "1"

    (action,) = ours.at("/twilio/action")
    assert action.form["DialCallStatus"] == "completed"
    assert action.form["DialCallSid"] == leg[0].form["CallSid"]
    assert statuses(ours.at("/twilio/status")) == ["completed"]
    assert all(is_signed(delivery, ours, TWILIO_TOKEN) for delivery in ours.deliveries)
    assert not any(is_signed(delivery, ours, "other") for delivery in ours.deliveries)


def test_a_recording_is_announced_and_can_be_fetched(simulator: Simulator, ours: Receiver) -> None:
    ours.answer("/twilio/inbound", (200, DIAL.format(noun="Client", name="user-1")))
    call_sid = simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    (recording,) = ours.at("/twilio/recording")
    form = recording.form
    assert (form["CallSid"], form["RecordingStatus"], form["RecordingSource"]) == (call_sid, "completed", "DialVerb")
    url = form["RecordingUrl"] + ".mp3"
    fetched = requests.get(url, auth=(TWILIO_SID, TWILIO_TOKEN), timeout=PATIENCE)
    assert fetched.headers["Content-Type"] == "audio/mpeg"
    duration = inspect_mp3(io.BytesIO(fetched.content)).duration
    assert duration == pytest.approx(int(form["RecordingDuration"]), abs=1)
    assert requests.get(url, auth=("SK1", "secret"), timeout=PATIENCE).status_code == 200
    assert requests.get(url, timeout=PATIENCE).status_code == 401
    assert requests.get(url, auth=(TWILIO_SID, "other"), timeout=PATIENCE).status_code == 401
    assert requests.get(url.replace("RE", "RF"), auth=(TWILIO_SID, TWILIO_TOKEN), timeout=PATIENCE).status_code == 404


def test_the_recordings_of_a_call_are_deleted(simulator: Simulator, ours: Receiver) -> None:
    ours.answer("/twilio/inbound", (200, DIAL.format(noun="Client", name="user-1")))
    erased, other = (simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER) for _ in range(2))
    simulator.settle()
    urls = {told.form["CallSid"]: told.form["RecordingUrl"] + ".mp3" for told in ours.at("/twilio/recording")}
    values = {"account_sid": TWILIO_SID, "api_key_sid": "SK1", "api_key_secret": "secret", "base_url": simulator.url}

    TWILIO.erase_call(TWILIO.credentials_from(values), erased)

    found = {
        call: requests.get(url, auth=(TWILIO_SID, TWILIO_TOKEN), timeout=PATIENCE).status_code
        for call, url in urls.items()
    }
    assert found == {erased: 404, other: 200}


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.NO_ANSWER, "no-answer"), (Outcome.BUSY, "busy"), (Outcome.CANCELED, "canceled")],
)
def test_a_client_that_does_not_answer(simulator: Simulator, ours: Receiver, outcome: Outcome, status: str) -> None:
    ours.answer("/twilio/inbound", (200, DIAL.format(noun="Client", name="user-1")))
    ours.answer("/twilio/action", (200, EMPTY))
    simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER, outcome=outcome)
    simulator.settle()

    assert statuses(ours.at("/twilio/leg")) == ["initiated", "ringing", status]
    assert ours.at("/twilio/action")[0].form["DialCallStatus"] == status
    assert ours.at("/twilio/recording") == []


@pytest.mark.parametrize(("digit", "status"), [(0, "completed"), (5, "busy"), (6, "no-answer"), (7, "failed")])
def test_a_browser_that_calls_out_gets_what_the_number_says(
    simulator: Simulator, ours: Receiver, digit: int, status: str
) -> None:
    ours.answer("/twilio/outbound", (200, DIAL.format(noun="Number", name=customer(digit))))
    simulator.call_in(
        "twilio", from_number="client:user-1", to=customer(digit), voice_url=f"{ours.url}/twilio/outbound"
    )
    simulator.settle()

    assert ours.at("/twilio/outbound")[0].form["From"] == "client:user-1"
    assert statuses(ours.at("/twilio/leg"))[-1] == status
    assert ours.at("/twilio/leg")[0].form["From"] == OUR_NUMBER


def test_a_browser_calls_out_through_the_url_of_its_application(ours: Receiver) -> None:
    account = TwilioAccount(
        account_sid=TWILIO_SID,
        auth_token=TWILIO_TOKEN,
        voice_url=f"{ours.url}/twilio/inbound",
        client_voice_url=f"{ours.url}/twilio/outbound",
    )
    with Simulator(account, pace=Pace.quick(0.01)) as simulator:
        simulator.call_in("twilio", from_number="client:user-1", to=customer(0))
        simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER)
        simulator.settle()

    assert [delivery.form["From"] for delivery in ours.at("/twilio/outbound")] == ["client:user-1"]
    assert [delivery.form["From"] for delivery in ours.at("/twilio/inbound")] == [CALLER]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((200, "<Response><Reject reason='busy'/></Response>"), "busy"),
        ((200, "<Response><Reject/></Response>"), "no-answer"),
        ((200, "<Response><Hangup/></Response>"), "completed"),
        ((200, "<Response><Say>Goodbye</Say></Response>"), "completed"),
        ((500, "oops"), "failed"),
        ((200, "not XML"), "failed"),
        ((200, "<html></html>"), "failed"),
    ],
)
def test_an_inbound_call_ends_as_its_twiml_says(
    simulator: Simulator, ours: Receiver, answer: tuple[int, str], status: str
) -> None:
    ours.answer("/twilio/inbound", answer)
    simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    assert statuses(ours.at("/twilio/status")) == [status]


def test_a_voice_url_that_is_away_is_tried_twice_with_one_token() -> None:
    account = TwilioAccount(account_sid=TWILIO_SID, auth_token=TWILIO_TOKEN, voice_url="http://127.0.0.1:1/voice")
    with Simulator(account, pace=Pace.quick(0.01)) as simulator:
        simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER)
        (call,) = simulator.settle()["calls"]

    assert [note["attempt"] for note in call["callbacks"]] == [1, 2]
    assert call["status"] == "failed"


def test_an_answer_that_is_an_error_is_not_asked_for_again(simulator: Simulator, ours: Receiver) -> None:
    ours.answer("/twilio/inbound", (503, "away"))
    simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    assert len(ours.at("/twilio/inbound")) == 1
    assert ours.at("/twilio/inbound")[0].headers["i-twilio-idempotency-token"]
