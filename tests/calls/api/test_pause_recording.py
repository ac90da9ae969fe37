"""POST /api/calls/{callId}/recording/pause and /resume, with the simulated carrier at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from calls.demo.simulator import Pace, Simulator, TwilioAccount
from calls.models import Call
from calls.providers.twilio.provider import Twilio
from calls.services.browser_calls import pause_recording as pausing
from tests.calls.api.browsing import CALLER, OURS, assert_refused, ringing_call
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import DIAL, TWILIO_SID, TWILIO_TOKEN
from tests.calls.event_log import event_names
from tests.calls.telephony import make_account
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_user
from tests.statements import statements_made
from tests.waiting import wait_until
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Receiver() as ours:
        ours.answer("/inbound", (200, DIAL.format(noun="Client", name="user-1")))
        account = TwilioAccount(
            account_sid=TWILIO_SID,
            auth_token=TWILIO_TOKEN,
            api_keys={"SK1": "secret"},
            voice_url=f"{ours.url}/inbound",
        )
        with Simulator(account, pace=Pace(ringing=0.01, talking=3_600, processing=0.01, pause=0.01)) as running:
            yield running


@pytest.fixture
def call(simulator: Simulator, user: User) -> Call:
    """A browser's call that is recorded."""
    secrets = {"auth_token": TWILIO_TOKEN, "api_key_sid": "SK1", "api_key_secret": "secret"}
    make_account(user, "twilio", account_id=TWILIO_SID, secrets=secrets, base_url=simulator.url)
    sid = simulator.call_in("twilio", from_number=CALLER, to=OURS)
    made = ringing_call(user, provider="twilio", provider_call_id=sid, status="in-progress")
    wait_until(lambda: recording(simulator, made) == "in-progress")
    return made


def recording(simulator: Simulator, call: Call) -> str | None:
    [there] = [each for each in simulator.happened()["calls"] if each["id"] == call.provider_call_id]
    told: str | None = there.get("recording")
    return told


def asked(simulator: Simulator) -> int:
    count: int = simulator.happened()["requests"].get("twilio recording-change", 0)
    return count


def ask(client: ApiClient, call: Call | str, wish: str) -> Answer:
    call_id = call if isinstance(call, str) else call.pk
    return client.post(f"/api/calls/{call_id}/recording/{wish}")


def state_in(answer: Answer) -> str | None:
    assert answer.status == 200, answer
    assert_is("CallsCallResponse", answer.body)
    told = answer.body["call"].get("recordingPause")
    return None if told is None else str(told["state"])


def told_events(call: Call) -> list[str | None]:
    rows = EventLog.objects.filter(call_id=call.pk, name="call_updated").order_by("id")
    return [(row.data["call"].get("recordingPause") or {}).get("state") for row in rows]


def test_it_pauses_and_goes_on(api: ApiClient, call: Call, simulator: Simulator) -> None:
    assert state_in(ask(api, call, "pause")) == "paused"
    assert recording(simulator, call) == "paused"
    assert api.get(f"/api/calls/{call.pk}").body["call"]["recordingPause"]["state"] == "paused"

    assert state_in(ask(api, call, "resume")) is None
    assert recording(simulator, call) == "in-progress"
    assert told_events(call) == ["pausing", "paused", "resuming", None]


def test_what_is_so_already_is_not_asked_again(api: ApiClient, call: Call, simulator: Simulator) -> None:
    assert state_in(ask(api, call, "resume")) is None
    assert asked(simulator) == 0
    ask(api, call, "pause")

    assert state_in(ask(api, call, "pause")) == "paused"

    assert asked(simulator) == 1
    assert told_events(call) == ["pausing", "paused"]


def test_the_row_says_so_before_the_carrier_is_asked(
    api: ApiClient, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(*_: Any, **__: Any) -> None:
        seen.append((Call.objects.get(pk=call.pk).recording_pause, connection.in_atomic_block))

    monkeypatch.setattr(Twilio, "pause_recording", look)
    outer = connection.in_atomic_block
    ask(api, call, "pause")

    assert seen == [("pausing", outer)]


def test_an_answer_that_is_lost_is_told_and_the_same_may_be_asked_again(
    api: ApiClient, call: Call, simulator: Simulator
) -> None:
    simulator.fail("twilio", fault="close", after=True)

    assert_refused(ask(api, call, "pause"), "PROVIDER_UNKNOWN", status=500)

    assert api.get(f"/api/calls/{call.pk}").body["call"]["recordingPause"]["state"] == "pausing"
    assert state_in(ask(api, call, "pause")) == "pausing", "somebody has just asked"
    assert_refused(ask(api, call, "resume"), "RECORDING_BEING_CHANGED", status=409)
    assert asked(simulator) == 1

    pass_time(call)
    assert state_in(ask(api, call, "pause")) == "paused"
    assert recording(simulator, call) == "paused"


def test_of_an_answer_that_is_lost_the_opposite_may_be_asked_too(
    api: ApiClient, call: Call, simulator: Simulator
) -> None:
    simulator.fail("twilio", fault="close", after=True)
    ask(api, call, "pause")
    pass_time(call)

    assert state_in(ask(api, call, "resume")) is None
    assert recording(simulator, call) == "in-progress"


def test_a_refusal_after_an_answer_that_was_lost_keeps_nobody_from_asking_again(
    api: ApiClient, call: Call, simulator: Simulator
) -> None:
    simulator.fail("twilio", fault="close")
    ask(api, call, "pause")
    pass_time(call)
    simulator.fail("twilio", status=400)
    assert_refused(ask(api, call, "pause"), "PROVIDER_ERROR", status=500)

    assert state_in(ask(api, call, "pause")) == "paused"

    assert recording(simulator, call) == "paused"


def pass_time(call: Call) -> None:
    call.refresh_from_db()
    assert call.recording_pause_at is not None
    Call.objects.filter(pk=call.pk).update(recording_pause_at=call.recording_pause_at - pausing.UNDER_WAY)


def test_a_refusal_leaves_it_as_it_was(api: ApiClient, call: Call, simulator: Simulator) -> None:
    simulator.fail("twilio", status=400)

    assert_refused(ask(api, call, "pause"), "PROVIDER_ERROR", status=500)

    assert state_in(api.get(f"/api/calls/{call.pk}")) is None
    assert told_events(call) == ["pausing", None]


def test_where_nothing_is_recorded_that_is_said(api: ApiClient, user: User, call: Call) -> None:
    unknown = ringing_call(user, provider="twilio", provider_call_id="CA1", status="in-progress")
    unnamed = ringing_call(user, provider="twilio", provider_call_id=None, status="in-progress")

    for other in (unknown, unnamed):
        assert_refused(ask(api, other, "pause"), "NOT_RECORDED", status=409)
        assert state_in(api.get(f"/api/calls/{other.pk}")) is None


@pytest.mark.parametrize("provider", ["sinch", "elevenlabs", "external"])
def test_who_pauses_no_recordings_has_never_done_so(api: ApiClient, user: User, provider: str) -> None:
    call = ringing_call(user, provider=provider, provider_call_id="call-1", status="in-progress")

    for wish in ("pause", "resume"):
        assert_refused(ask(api, call, wish), "RECORDING_NOT_PAUSABLE", status=409)
    assert not event_names(call.pk)


def test_without_an_account_nobody_is_asked(api: ApiClient, user: User) -> None:
    call = ringing_call(user, provider="twilio", provider_call_id="CA1", status="in-progress")

    assert_refused(ask(api, call, "pause"), "RECORDING_NOT_PAUSABLE", status=409)


def test_a_call_that_is_over_has_no_recording_to_pause(api: ApiClient, call: Call) -> None:
    ask(api, call, "pause")
    Call.objects.filter(pk=call.pk).update(status="completed")

    for wish in ("pause", "resume"):
        assert_refused(ask(api, call, wish), "CALL_HAS_ENDED", status=409)
    assert state_in(api.get(f"/api/calls/{call.pk}")) is None, "told while it goes on"


def test_another_organization_is_told_of_no_such_call(other_api: ApiClient, call: Call, simulator: Simulator) -> None:
    for wish in ("pause", "resume"):
        there, nowhere = ask(other_api, call, wish), ask(other_api, UNKNOWN_ID, wish)
        assert_refused(there, "CALL_NOT_FOUND", status=404)
        assert there.body == nowhere.body
    assert asked(simulator) == 0


def test_it_takes_a_login(call: Call) -> None:
    assert_refused(ask(ApiClient(), call, "pause"), "UNAUTHORIZED", status=401)


def test_it_needs_few_statements(api: ApiClient, call: Call) -> None:
    with statements_made() as made:
        ask(api, call, "pause")
    assert len(made) <= 26, "\n".join(made)


def test_another_user_of_the_organization_may(user: User, call: Call, simulator: Simulator) -> None:
    assert user.organization is not None

    assert state_in(ask(logged_in(make_user(organization=user.organization)), call, "pause")) == "paused"


def test_a_recording_that_pauses_may_be_long_ago(api: ApiClient, call: Call, simulator: Simulator) -> None:
    """Only what was not answered is asked again."""
    ask(api, call, "pause")
    Call.objects.filter(pk=call.pk).update(recording_pause_at=call.start_time - timedelta(hours=1))

    assert state_in(ask(api, call, "pause")) == "paused"
    assert asked(simulator) == 1


# ---- The admin's page of a call


def press(client: Client, call: Call, wish: str) -> Any:
    return client.post(f"/admin/live/{call.pk}/recording/{wish}/", follow=True)


def test_the_page_of_a_call_has_a_button(staff: Client, call: Call, simulator: Simulator) -> None:
    page = f"/admin/calls/call/{call.pk}/change/"
    shown = staff.get(page).content.decode()
    assert "Pause the recording" in shown
    assert "Have it go on" not in shown

    answer = press(staff, call, "pause")

    assert recording(simulator, call) == "paused"
    assert answer.redirect_chain == [(page, 302)]
    assert "The recording pauses." in answer.content.decode()
    assert "Have it go on" in answer.content.decode()
    press(staff, call, "resume")
    assert recording(simulator, call) == "in-progress"


def test_there_is_none_where_it_can_do_nothing(staff: Client, user: User, call: Call) -> None:
    others = [
        ringing_call(user, provider="sinch", provider_call_id="call-1", status="in-progress"),
        ringing_call(user, provider="twilio", provider_call_id="CA2", status="completed"),
    ]
    for other in others:
        assert "Pause the recording" not in staff.get(f"/admin/calls/call/{other.pk}/change/").content.decode()
    assert "pauses no recordings" in press(staff, others[0], "pause").content.decode()


def test_the_page_pauses_no_call_of_another_organization(staff: Client, other_user: User) -> None:
    call = ringing_call(other_user, provider="twilio", provider_call_id="CA3", status="in-progress")

    assert press(staff, call, "pause").status_code == 404
    assert press(staff, call, "burn").status_code == 404
    call.refresh_from_db()
    assert call.recording_pause == ""
