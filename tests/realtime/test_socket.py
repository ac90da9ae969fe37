"""/ws/events: who may listen, and what they hear."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import requests
from rest_framework_simplejwt.tokens import AccessToken
from websockets.exceptions import InvalidStatus

from calls.models import Call, Recording
from tests.clients import vendor_of
from tests.factories import ingest_body, make_user, missed_call_body
from tests.realtime.sockets import Socket, happen, live, numbers_of, opened, opened_by
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime import consumers

pytestmark = live

UNAUTHORIZED = 4401


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


def lasting(user: User, seconds: int) -> str:
    token = AccessToken(issue_tokens(user).access)  # type: ignore[arg-type]
    token.set_exp(lifetime=timedelta(seconds=seconds))
    return str(token)


def ingest(live_url: str, user: User, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {vendor_of(user).token}"}
    answer = requests.post(f"{live_url}/api/calls/ingest", json=body, headers=headers, timeout=10)
    assert answer.status_code == 201, answer.text


def test_a_token_as_subprotocol_opens_it_and_bearer_is_echoed(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        assert socket.subprotocol == "bearer"
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]


def test_a_token_as_first_message_opens_it(live_url: str, user: User) -> None:
    with opened(live_url) as socket:
        socket.say({"type": "authenticate", "token": issue_tokens(user).access})
        assert socket.subprotocol is None
        assert socket.answers()
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]


def _inactive(user: User) -> str:
    token = issue_tokens(user).access
    User.objects.filter(pk=user.pk).update(is_active=False)
    return token


def _without_organization(user: User) -> str:
    token = issue_tokens(user).access
    User.objects.filter(pk=user.pk).update(organization=None)
    return token


def _of_inactive_organization(user: User) -> str:
    token = issue_tokens(user).access
    Organization.objects.filter(pk=user.organization_id).update(is_active=False)
    return token


REFUSED: dict[str, Callable[[User], str]] = {
    "no token": lambda _: "x",
    "expired": lambda user: lasting(user, -1),
    "refresh token": lambda user: issue_tokens(user).refresh,
    "API key": lambda user: str(vendor_of(user).token),
    "another secret's": lambda user: issue_tokens(user).access[:-4] + "AAAA",
    "inactive user's": _inactive,
    "inactive organization's": _of_inactive_organization,
    "user's without organization": _without_organization,
}


@pytest.mark.parametrize("token_of", REFUSED.values(), ids=REFUSED)
def test_a_subprotocol_that_is_no_good_closes_it(token_of: Callable[[User], str], live_url: str, user: User) -> None:
    with opened(live_url, token=token_of(user)) as socket:
        assert socket.close_code() == UNAUTHORIZED


@pytest.mark.parametrize("token_of", REFUSED.values(), ids=REFUSED)
def test_a_first_message_that_is_no_good_closes_it(token_of: Callable[[User], str], live_url: str, user: User) -> None:
    with opened(live_url) as socket:
        socket.say({"type": "authenticate", "token": token_of(user)})
        assert socket.close_code() == UNAUTHORIZED


def test_bearer_without_a_token_closes_it(live_url: str) -> None:
    with opened(live_url, subprotocols=["bearer"]) as socket:
        assert socket.close_code() == UNAUTHORIZED


@pytest.mark.parametrize(
    "message",
    [
        {"type": "ping"},
        {"type": "resume", "after": "a" * 24},
        *({"type": "authenticate", "token": token} for token in ("", None, 5, {}, ["x"])),
    ],
)
def test_a_first_message_that_is_no_authentication_closes_it(message: dict[str, Any], live_url: str) -> None:
    with opened(live_url) as socket:
        socket.say(message)
        assert socket.close_code() == UNAUTHORIZED


def test_a_token_in_the_address_counts_for_nothing(live_url: str, user: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "AUTHENTICATE_WITHIN_SECONDS", 0.1)

    with opened(live_url, path=f"/ws/events?token={issue_tokens(user).access}") as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_whoever_has_five_seconds_to_say_who_they_are() -> None:
    assert consumers.AUTHENTICATE_WITHIN_SECONDS == 5.0


def test_who_does_not_say_who_they_are_in_time_is_closed(live_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "AUTHENTICATE_WITHIN_SECONDS", 0.1)

    with opened(live_url) as socket:
        assert socket.close_code() == UNAUTHORIZED


def test_who_says_it_in_time_stays_longer(live_url: str, user: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(consumers, "AUTHENTICATE_WITHIN_SECONDS", 0.3)

    with opened(live_url) as socket:
        socket.say({"type": "authenticate", "token": issue_tokens(user).access})
        time.sleep(0.5)
        assert socket.answers()


def test_the_token_is_over_and_so_is_the_connection(live_url: str, user: User) -> None:
    with opened(live_url, token=lasting(user, 2)) as socket:
        assert socket.answers()
        assert socket.close_code(seconds=4) == UNAUTHORIZED


def test_saying_once_more_who_one_is_does_no_harm(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        socket.say({"type": "authenticate", "token": "whatever"})
        assert socket.answers()


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


def assert_tells_of_the_call(socket: Socket, user: User) -> None:
    frames = [socket.frame(seconds=1.0) for _ in range(4)]
    call = Call.objects.get(user=user)
    recording = Recording.objects.get(call=call)
    names = [frame["event"] for frame in frames]
    assert names == ["call_initiated", "call_ended", "call_recording_ready", "fetch_messages"]
    assert [frame["data"]["call"]["_id"] for frame in frames[:3]] == [call.pk] * 3
    assert frames[2]["data"]["recordingId"] == recording.pk
    assert frames[3]["data"] == {"conversationId": call.conversation_id, "contactId": call.contact_id}
    assert all("aiTranscript" not in frame["data"]["call"] for frame in frames[:3])


def test_a_call_that_is_ingested_is_heard_of_within_a_second(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        ingest(live_url, user, ingest_body())
        assert_tells_of_the_call(socket, user)


def test_it_is_heard_of_by_twenty_within_a_second(live_url: str, user: User) -> None:
    with ExitStack() as stack:
        sockets = [stack.enter_context(opened_by(user, live_url)) for _ in range(20)]
        ingest(live_url, user, ingest_body())
        answered = time.monotonic()
        for socket in sockets:
            assert_tells_of_the_call(socket, user)
        assert time.monotonic() - answered < 1.0


def test_a_call_that_is_ingested_after_a_silence_is_heard_of_at_once(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        for _ in range(3):
            time.sleep(0.15)
            ingest(live_url, user, missed_call_body())
            answered = time.monotonic()
            assert [socket.frame()["event"] for _ in range(3)] == ["call_initiated", "call_ended", "fetch_messages"]
            assert time.monotonic() - answered < 0.1


@pytest.mark.parametrize("path", ["/ws", "/ws/events/", "/ws/other", "/", "/api/calls/history"])
def test_another_path_is_no_socket(path: str, live_url: str, user: User) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(live_url, token=issue_tokens(user).access, path=path):
        pass

    assert refused.value.response.status_code == 403


def test_the_path_of_the_socket_is_nothing_for_http(live_url: str) -> None:
    assert requests.get(f"{live_url}/ws/events", timeout=10).status_code == 404
