"""/ws/events: what is heard there."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from websockets.exceptions import InvalidStatus

from calls.models import Call, Recording
from tests.clients import vendor_of
from tests.factories import ingest_body, make_user
from tests.realtime.sockets import Socket, happen, live, numbers_of, opened, opened_by
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime.consumers import EventsConsumer

pytestmark = live


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


def ingest(live_url: str, user: User, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {vendor_of(user).token}"}
    answer = requests.post(f"{live_url}/api/calls/ingest", json=body, headers=headers, timeout=PATIENCE)
    assert answer.status_code == 201, answer.text


def test_a_frame_has_id_event_time_and_data(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        (event_id,) = happen(user, 7)
        frame = socket.frame()

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", frame.pop("at"))
    assert frame == {"id": event_id, "event": "note_created", "data": {"number": 7}}


def test_events_of_a_transaction_arrive_in_their_order(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        happen(user, *range(20))
        assert numbers_of([socket.frame() for _ in range(20)]) == list(range(20))


def test_nobody_hears_of_another_organization(live_url: str, user: User) -> None:
    other = make_user()
    with opened_by(user, live_url) as socket, opened_by(other, live_url) as others_socket:
        happen(other, 1)
        happen(user, 2)
        assert numbers_of([socket.frame()]) == [2]
        assert numbers_of([others_socket.frame()]) == [1]
        assert socket.answers()
        assert others_socket.answers()


def test_colleagues_hear_the_same(live_url: str, user: User) -> None:
    colleague = make_user(organization=user.organization)
    with opened_by(user, live_url) as socket, opened_by(colleague, live_url) as colleagues:
        happen(user, 1)
        assert socket.text() == colleagues.text()


def test_who_has_gone_does_not_disturb_who_stays(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as staying:
        with opened_by(user, live_url):
            pass
        happen(user, 1)
        assert numbers_of([staying.frame()]) == [1]


def test_a_client_that_goes_while_it_is_answered_ends_its_socket_without_an_error() -> None:
    """Some servers say so by an exception, whatever is sent: https://asgi.readthedocs.io/en/latest/specs/www.html"""
    told = iter([{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "what?"}])
    sent = []

    async def receive() -> dict[str, Any]:
        return next(told)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])
        if message["type"] == "websocket.send":
            raise RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'.")

    scope = {"type": "websocket", "path": "/ws/events", "headers": [], "subprotocols": [], "client": ("127.0.0.1", 1)}
    asyncio.run(EventsConsumer()(scope, receive, send))

    assert sent == ["websocket.accept", "websocket.send"]


def assert_tells_of_the_call(socket: Socket, user: User) -> None:
    frames = [socket.frame() for _ in range(4)]
    call = Call.objects.get(user=user)
    recording = Recording.objects.get(call=call)
    names = [frame["event"] for frame in frames]
    assert names == ["call_initiated", "call_ended", "call_recording_ready", "fetch_messages"]
    assert [frame["data"]["call"]["_id"] for frame in frames[:3]] == [call.pk] * 3
    assert frames[2]["data"]["recordingId"] == recording.pk
    assert frames[3]["data"] == {"conversationId": call.conversation_id, "contactId": call.contact_id}
    assert all("aiTranscript" not in frame["data"]["call"] for frame in frames[:3])


def test_a_call_that_is_ingested_is_heard_of(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        ingest(live_url, user, ingest_body())
        assert_tells_of_the_call(socket, user)


def test_it_is_heard_of_by_twenty(live_url: str, user: User) -> None:
    with ExitStack() as stack:
        sockets = [stack.enter_context(opened_by(user, live_url)) for _ in range(20)]
        ingest(live_url, user, ingest_body())
        for socket in sockets:
            assert_tells_of_the_call(socket, user)


def test_an_event_of_another_thread_is_heard_of_before_the_next(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        for number in range(10):
            happen(user, number)
            assert numbers_of([socket.frame()]) == [number]


@pytest.mark.parametrize("path", ["/ws", "/ws/events/", "/ws/other", "/", "/api/calls/history"])
def test_another_path_is_no_socket(path: str, live_url: str, user: User) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(live_url, token=issue_tokens(user).access, path=path):
        pass

    assert refused.value.response.status_code == 403


def test_the_path_of_the_socket_is_nothing_for_http(live_url: str) -> None:
    assert requests.get(f"{live_url}/ws/events", timeout=PATIENCE).status_code == 404
