"""`watch` of an agent's call: what the provider tells of it while it goes on, and only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.utils import timezone

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator, SinchAccount
from calls.demo.simulator.elevenlabs.conversations import Conversation
from calls.models import Call, LiveCall, LiveTurn, RetentionRule, StorageMode
from calls.reports import TranscriptTurn
from calls.selectors.voice_accounts.agents_account import agents_account
from calls.services.live_calls import listen
from calls.services.live_calls.close import close_live_calls
from calls.services.live_calls.find_conversation import find_conversation
from calls.services.live_calls.listen import keep_heard
from tests.at_once import at_once
from tests.calls.api.ai.outbound import AGENT, API_KEY, NUMBER_ID, OUR_NUMBER, make_office
from tests.calls.demo.simulator.worlds import elevenlabs
from tests.calls.webhooks import elevenlabs_office, sinch_office
from tests.calls.webhooks.elevenlabs_office import SECRET
from tests.factories import make_call
from tests.realtime.sockets import Socket, opened_by
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.common.locks import CacheLock

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = "+12025550190"
Begin = Callable[..., tuple[Call, Simulator]]


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Attempts follow each other at once; nothing is left of what was refused to another test."""
    monkeypatch.setattr(listen, "PAUSES", (0.01,))
    monkeypatch.setattr(listen, "_OTHERS_ASK_SECONDS", 0.01)
    cache.clear()
    yield
    cache.clear()


@contextmanager
def simulating(**account: Any) -> Iterator[Simulator]:
    number = ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER)
    known = ElevenLabsAccount(api_key=API_KEY, agents={AGENT: "Mia"}, phone_numbers=(number,), **account)
    pace = Pace(ringing=0.01, talking=3_600, processing=0.01, pause=0.01)
    with Simulator(known, pace=pace) as simulator:
        yield simulator


@pytest.fixture
def begin(live_url: str, user: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Has an agent call somebody: all is said at once, and then it lasts until somebody hangs up."""
    monkeypatch.setattr(Conversation, "turns_so_far", lambda call: list(call.dialogue.turns))
    worlds = []

    def begun(**account: Any) -> tuple[Call, Simulator]:
        world = simulating(webhook_url=f"{live_url}/api/webhook/elevenlabs", webhook_secret=SECRET, **account)
        simulator = world.__enter__()
        worlds.append(world)
        office = make_office(user, simulator)
        office.account.secrets = {"api_key": API_KEY, "webhook_secret": SECRET}
        office.account.save()
        return dialled(user, simulator, live_url), simulator

    yield begun
    for world in worlds:
        world.__exit__(None, None, None)


def dialled(user: User, simulator: Simulator, live_url: str) -> Call:
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}
    answer = requests.post(
        f"{live_url}/api/calls/ai/outbound", json={"phoneNumber": CUSTOMER}, headers=headers, timeout=PATIENCE
    )
    assert answer.status_code == 200, answer.text
    return Call.objects.get()


@contextmanager
def watching(user: User, live_url: str, call: Call) -> Iterator[Socket]:
    with opened_by(user, live_url) as socket:
        socket.say({"type": "watch", "callId": call.pk})
        assert next_of(socket, "watching", "error") == {"type": "watching", "callId": call.pk}
        yield socket


def next_of(socket: Socket, *kinds: str) -> dict[str, Any]:
    while True:
        frame = socket.frame()
        if frame.get("type") in kinds or frame.get("event") in kinds:
            return frame


def hang_up(simulator: Simulator) -> None:
    def act(world: Any) -> None:
        for call in world.calls.values():
            call.hung_up.set()

    simulator._do(act)


def heard(socket: Socket, count: int) -> list[str]:
    return [next_of(socket, "call_turn")["data"]["turn"]["message"] for _ in range(count)]


def asked(simulator: Simulator) -> int:
    """How often the monitoring socket was asked for."""
    count: int = simulator.happened()["requests"].get("elevenlabs monitor", 0)
    return count


def words_of(simulator: Simulator) -> list[str]:
    """What will have been said."""

    def read(world: Any) -> list[str]:
        (call,) = world.calls.values()
        return [turn.message for turn in call.dialogue.turns]

    return simulator._do(read)


def test_a_watcher_reads_all_that_is_said_until_the_call_is_over(live_url: str, user: User, begin: Begin) -> None:
    call, simulator = begin()
    words = words_of(simulator)
    with watching(user, live_url, call) as socket:
        assert heard(socket, len(words)) == words
        hang_up(simulator)
        assert next_of(socket, "call_turn", "unwatched") == {"type": "unwatched", "callId": call.pk, "reason": "ended"}


def test_nobody_listens_as_long_as_nobody_watches(live_url: str, user: User, begin: Begin) -> None:
    _, simulator = begin()
    hang_up(simulator)
    simulator.settle()
    assert asked(simulator) == 0
    assert not LiveCall.objects.exists()


def test_two_watchers_hear_the_same_and_it_is_kept_once(live_url: str, user: User, begin: Begin) -> None:
    call, simulator = begin()
    words = words_of(simulator)
    with watching(user, live_url, call) as one, watching(user, live_url, call) as other:
        assert heard(one, len(words)) == heard(other, len(words)) == words
    assert LiveTurn.objects.count() == LiveCall.objects.get().turn_count == len(words)


def test_who_watches_again_gets_all_and_nothing_twice(live_url: str, user: User, begin: Begin) -> None:
    call, simulator = begin()
    words = words_of(simulator)
    for _ in range(2):
        with watching(user, live_url, call) as socket:
            assert heard(socket, len(words)) == words
    assert LiveTurn.objects.count() == len(words)


def test_the_turns_so_far_can_be_read_as_those_that_are_pushed(live_url: str, user: User, begin: Begin) -> None:
    call, simulator = begin()
    with watching(user, live_url, call) as socket:
        next_of(socket, "call_turn")
        headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}
        told = requests.get(f"{live_url}/api/calls/{call.pk}/live", headers=headers, timeout=PATIENCE).json()
    assert told["turns"][0]["message"] == words_of(simulator)[0]


def test_a_plan_without_it_is_said_once_to_each_watcher_and_asked_no_more(
    live_url: str, user: User, begin: Begin
) -> None:
    call, simulator = begin(monitoring="off")
    with watching(user, live_url, call) as one:
        told = next_of(one, "error")
        assert (told["code"], told["callId"]) == ("LIVE_TURNS_UNAVAILABLE", call.pk)
        with watching(user, live_url, call) as other:
            assert next_of(other, "error")["code"] == "LIVE_TURNS_UNAVAILABLE"
        assert one.frames_until_pong() == []
    with watching(user, live_url, call) as again:
        assert next_of(again, "error")["code"] == "LIVE_TURNS_UNAVAILABLE"
    assert asked(simulator) == 1


@pytest.mark.parametrize("fault", [{"status": 503}, {"fault": "close"}, {"status": 429}, {"status": 404}])
def test_a_socket_that_breaks_is_tried_again(live_url: str, user: User, begin: Begin, fault: dict[str, Any]) -> None:
    call, simulator = begin()
    simulator.fail("elevenlabs", "monitor", times=3, **fault)
    with watching(user, live_url, call) as socket:
        assert next_of(socket, "call_turn")["data"]["turn"]["message"] == words_of(simulator)[0]


def test_it_is_not_tried_for_ever(live_url: str, user: User, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "MOST_FAILURES", 3)
    call, simulator = begin()
    simulator.fail("elevenlabs", "monitor", status=503, times=100)
    with watching(user, live_url, call) as socket:
        assert next_of(socket, "error")["code"] == "LIVE_TURNS_UNAVAILABLE"
    assert asked(simulator) == 4


def test_of_several_processes_one_listens_and_another_one_takes_over(live_url: str, user: User, begin: Begin) -> None:
    call, simulator = begin()
    other = CacheLock("listening", call.pk, seconds=60)
    assert other.acquire()
    with watching(user, live_url, call) as socket:
        assert socket.frames_until_pong() == []
        assert asked(simulator) == 0
        # As a process that dies lets go of it, some seconds later.
        other.release()
        next_of(socket, "call_turn")


def test_a_call_of_a_vendor_has_no_provider_to_be_asked(live_url: str, user: User, begin: Begin) -> None:
    _, simulator = begin()
    call = make_call(user, provider="external", status="in-progress", duration=None)
    with watching(user, live_url, call) as socket:
        assert socket.frames_until_pong() == []
    assert asked(simulator) == 0


@pytest.fixture
def handed_over(live_url: str, user: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Somebody calls a number at Sinch, which hands the call over to an agent; and others do, shortly before."""
    monkeypatch.setattr(Conversation, "turns_so_far", lambda call: list(call.dialogue.turns))
    office = elevenlabs_office
    agents = ElevenLabsAccount(
        api_key=office.API_KEY,
        webhook_secret=office.SECRET,
        webhook_url=f"{live_url}/api/webhook/elevenlabs",
        agents={office.AGENT: "Mia"},
        phone_numbers=(
            ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=office.AGENT_NUMBER, agent_id=office.AGENT),
        ),
    )
    carrier = SinchAccount(
        application_key=sinch_office.KEY,
        application_secret=sinch_office.SECRET,
        callback_url=f"{live_url}/api/webhook/calls/sinch",
    )
    pace = Pace(ringing=0.01, talking=3_600, processing=0.01, pause=0.01)
    with Simulator(agents, carrier, pace=pace) as simulator:
        office.make_account(user, base_url=simulator.url)
        sinch_office.make_account(user, base_url=simulator.url)
        agent = office.make_agent(user, office.AGENT)
        office.make_ai_number(user, agent, elevenlabs_phone_number_id=NUMBER_ID)
        yield simulator
        hang_up(simulator)


def call_in(simulator: Simulator, caller: str) -> Call:
    call_id = simulator.call_in("sinch", from_number=caller, to=elevenlabs_office.AGENT_NUMBER)
    wait_until(lambda: Call.objects.filter(provider_call_id=call_id).exists())
    return Call.objects.get(provider_call_id=call_id)


def test_a_call_that_a_carrier_has_handed_over_is_heard_by_its_leg(
    live_url: str, user: User, handed_over: Simulator
) -> None:
    call_in(handed_over, "+12025550171")
    call = call_in(handed_over, "+12025550172")
    call_in(handed_over, "+12025550173")
    with watching(user, live_url, call) as socket:
        assert heard(socket, 1)[0]
    call.refresh_from_db()
    told = elevenlabs(handed_over, "GET", f"conversations/{call.ai_conversation_id}").json()
    assert told["metadata"]["phone_call"]["external_number"] == "+12025550172"
    assert {live.pk for live in LiveCall.objects.all()} == {call.pk}


def test_who_looks_for_a_conversation_is_asked_before_each_request_whether_that_goes_on(
    user: User, handed_over: Simulator
) -> None:
    calls = [call_in(handed_over, f"+1202555017{number}") for number in range(3)]
    wait_until(lambda: len(elevenlabs(handed_over, "GET", "conversations").json()["conversations"]) == 3)
    answers = iter([True, False])
    found = find_conversation(
        organization_id=user.home_id,
        call_id=calls[-1].pk,
        known=agents_account(user.home_id),
        is_wanted=lambda: next(answers),
    )
    assert found is None
    assert handed_over.happened()["requests"].get("elevenlabs conversation", 0) <= 1
    assert next(answers, None) is None


def test_a_leg_whose_conversation_is_not_found_is_not_looked_for_for_ever(
    live_url: str, user: User, handed_over: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "MOST_FAILURES", 3)
    call = call_in(handed_over, "+12025550171")
    handed_over.fail("elevenlabs", "conversations", status=503, times=100)
    with watching(user, live_url, call) as socket:
        assert next_of(socket, "error")["code"] == "LIVE_TURNS_UNAVAILABLE"
    call.refresh_from_db()
    assert call.ai_conversation_id is None


def test_where_no_words_are_kept_nobody_listens(live_url: str, user: User, begin: Begin) -> None:
    RetentionRule.objects.create(organization_id=user.home_id, storage_mode=StorageMode.METADATA_ONLY)
    call, simulator = begin()
    with watching(user, live_url, call) as socket:
        assert socket.frames_until_pong() == []
    hang_up(simulator)
    simulator.settle()
    assert asked(simulator) == 0
    assert not LiveTurn.objects.exists()


# ---- What is kept ----------------------------------------------------------------------------------------------------


def keep(call: Call, message: str, occurrence: int = 1, role: Any = "agent") -> bool:
    turn = TranscriptTurn(role, message)
    return keep_heard(organization_id=call.organization_id, call_id=call.pk, turn=turn, occurrence=occurrence)


@pytest.fixture
def call(user: User) -> Call:
    return make_call(user, provider="elevenlabs", status="in-progress", duration=None, provider_call_id="conv_1")


def kept(call: Call) -> list[tuple[int, str]]:
    return list(LiveTurn.objects.filter(live_id=call.pk).order_by("place").values_list("place", "message"))


def test_the_same_words_are_kept_as_often_as_they_were_said(call: Call) -> None:
    assert [keep(call, "Yes."), keep(call, "Yes.", 2), keep(call, "Yes.", 2), keep(call, "Yes.", role="user")] == [
        True,
        True,
        False,
        True,
    ]
    assert kept(call) == [(0, "Yes."), (1, "Yes."), (2, "Yes.")]


def test_told_ten_times_at_once_it_is_kept_once(call: Call) -> None:
    keep(call, "Hello.")
    assert sum(at_once([lambda: keep(call, "Yes.")] * 10)) == 1
    assert kept(call) == [(0, "Hello."), (1, "Yes.")]


def test_nothing_is_kept_of_a_call_that_is_over_or_that_a_vendor_pushes(call: Call, user: User) -> None:
    Call.objects.filter(pk=call.pk).update(status="completed")
    pushed = make_call(user, provider="external", status="in-progress", duration=None)
    LiveCall.objects.create(call=pushed, organization_id=pushed.organization_id)
    assert not keep(call, "Yes.")
    assert not keep(pushed, "Yes.")


def test_what_was_heard_goes_some_minutes_after_the_call_and_not_before(call: Call) -> None:
    keep(call, "Yes.")
    LiveCall.objects.update(heard_at=timezone.now() - timedelta(hours=1))
    close_live_calls()
    assert kept(call) == [(0, "Yes.")]
    call.refresh_from_db()
    assert call.status == "in-progress"
    Call.objects.filter(pk=call.pk).update(status="completed")
    close_live_calls()
    assert not LiveCall.objects.exists()
