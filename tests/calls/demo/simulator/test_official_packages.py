"""The providers' own packages accept what the simulator sends and serves: code that nobody here wrote.

Each test is skipped where its package is not installed.
"""

from __future__ import annotations

from typing import Any

import pytest

from calls.demo.simulator import Simulator
from tests.calls.demo.simulator.receiver import Delivery, Receiver
from tests.calls.demo.simulator.worlds import (
    AGENT,
    API_KEY,
    CALLER,
    NUMBER_ID,
    OUR_NUMBER,
    SINCH_KEY,
    SINCH_SECRET,
    TWILIO_SID,
    TWILIO_TOKEN,
    WEBHOOK_SECRET,
    customer,
    dial,
)


# The package's pydantic models warn of their own field names.
@pytest.mark.filterwarnings("ignore")
def test_elevenlabs_constructs_an_event_from_every_webhook(simulator: Simulator, ours: Receiver) -> None:
    client = pytest.importorskip("elevenlabs.client").ElevenLabs(api_key=API_KEY)
    for digit in (0, 5, 9):
        dial(simulator, customer(digit))
    simulator.settle()

    for delivery in ours.at("/elevenlabs"):
        header = delivery.headers["elevenlabs-signature"]
        event = client.webhooks.construct_event(delivery.body.decode(), header, WEBHOOK_SECRET)
        assert event == delivery.document


@pytest.mark.filterwarnings("ignore")
def test_elevenlabs_client_dials_lists_and_fetches(simulator: Simulator) -> None:
    package = pytest.importorskip("elevenlabs.client")
    with pytest.importorskip("httpx").Client() as http:
        client = package.ElevenLabs(api_key=API_KEY, base_url=simulator.url, httpx_client=http)
        _use_agents(client.conversational_ai, simulator)


def _use_agents(agents: Any, simulator: Simulator) -> None:
    dialled = agents.sip_trunk.outbound_call(agent_id=AGENT, agent_phone_number_id=NUMBER_ID, to_number=customer(0))
    simulator.settle()

    (listed,) = agents.conversations.list(agent_id=AGENT).conversations
    assert listed.conversation_id == dialled.conversation_id
    shown = agents.conversations.get(dialled.conversation_id)
    assert (shown.status, shown.metadata.phone_call.external_number) == ("done", customer(0))
    assert b"".join(agents.conversations.audio.get(dialled.conversation_id)).startswith((b"ID3", b"\xff"))
    (number,) = agents.phone_numbers.list()
    assert (number.phone_number, number.assigned_agent.agent_id) == (OUR_NUMBER, AGENT)
    assert agents.phone_numbers.update(NUMBER_ID, label="New").label == "New"


@pytest.mark.filterwarnings("ignore")
def test_elevenlabs_client_makes_and_changes_agents_tools_and_secrets(simulator: Simulator) -> None:
    package = pytest.importorskip("elevenlabs.client")
    types = pytest.importorskip("elevenlabs.types")
    with pytest.importorskip("httpx").Client() as http:
        hosted = package.ElevenLabs(api_key=API_KEY, base_url=simulator.url, httpx_client=http).conversational_ai
        secret = hosted.secrets.create(name="ours", value="Bearer secret")
        headers = {"Authorization": {"secret_id": secret.secret_id}}
        schema = {"url": "https://calls.example.com/tool", "method": "POST", "request_headers": headers}
        config = {"type": "webhook", "name": "get-contact", "description": "Looks up.", "api_schema": schema}
        tool = hosted.tools.create(request=types.ToolRequestModel(tool_config=config))
        assert [each.id for each in hosted.tools.list().tools] == [tool.id]
        told = {"agent": {"first_message": "Hi.", "prompt": {"prompt": "Be kind.", "tool_ids": [tool.id]}}}
        made = hosted.agents.create(conversation_config=told, name="Mia", tags=["ours"])
        assert [each.agent_id for each in hosted.agents.list(tags=["ours"]).agents] == [made.agent_id]
        changed = hosted.agents.update(made.agent_id, conversation_config={"agent": {"first_message": "Hello."}})
        assert changed.conversation_config.agent.first_message == "Hello."
        assert changed.conversation_config.agent.prompt.tool_ids == [tool.id]


def test_sinch_accepts_the_signature_of_every_callback(simulator: Simulator, ours: Receiver) -> None:
    voice = pytest.importorskip("sinch.domains.voice.api.v2.sinch_events").SinchEvents()
    ours.answer("/webhook/calls/sinch", (200, {"action": {"name": "connectConf", "conferenceId": "1"}}), (200, "{}"))
    simulator.call_in("sinch", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    def is_valid(delivery: Delivery, secret: str) -> bool:
        # The package is for API v2, whose form is the same under another name of the scheme.
        headers = delivery.headers | {
            "authorization": delivery.headers["authorization"].replace("application", "service")
        }
        accepted: bool = voice.validate_authentication_header(
            "POST", delivery.path, headers, delivery.body, SINCH_KEY, secret
        )
        return accepted

    assert len(ours.deliveries) == 3
    assert all(is_valid(delivery, SINCH_SECRET) for delivery in ours.deliveries)
    assert not any(is_valid(delivery, "JViE5vDor0Sw3WllZka15Q==") for delivery in ours.deliveries)


@pytest.mark.filterwarnings("ignore")
def test_twilio_validates_every_request(simulator: Simulator, ours: Receiver) -> None:
    validator = pytest.importorskip("twilio.request_validator").RequestValidator(TWILIO_TOKEN)
    twiml = (
        '<Response><Dial action="/twilio/action" record="true" recordingStatusCallback="/twilio/recording">'
        '<Client statusCallback="/twilio/leg?org=1" statusCallbackEvent="ringing completed">us</Client>'
        "</Dial></Response>"
    )
    ours.answer("/twilio/inbound", (200, twiml))
    simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    assert {delivery.path for delivery in ours.deliveries} == {
        "/twilio/inbound",
        "/twilio/leg",
        "/twilio/action",
        "/twilio/status",
        "/twilio/recording",
    }
    for delivery in ours.deliveries:
        signature = delivery.headers["x-twilio-signature"]
        assert validator.validate(ours.url + delivery.target, delivery.form, signature)
        assert not validator.validate(ours.url + delivery.target, {**delivery.form, "From": "+1"}, signature)


@pytest.mark.filterwarnings("ignore")
def test_twilio_client_fetches_and_ends_a_call(simulator: Simulator, ours: Receiver) -> None:
    rest = pytest.importorskip("twilio.rest")
    http = pytest.importorskip("twilio.http.http_client").TwilioHttpClient(pool_connections=False)
    client = rest.Client(TWILIO_SID, TWILIO_TOKEN, http_client=http)
    client.api.base_url = simulator.url
    call = client.calls.create(to=customer(0), from_=OUR_NUMBER, twiml="<Response><Say>Hello</Say></Response>")
    assert call.update(status="completed").sid == call.sid
    simulator.settle()

    assert client.calls(call.sid).fetch().status in ("canceled", "completed")
