"""reconcile_calls: AI calls whose webhooks, or whose dial's answer, were lost; over HTTP with simulated providers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db import connection
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import Call, Recording, VoiceAccount
from calls.services.reconciling import look_up_call
from calls.services.reconciling.finish_lookup import Outcome
from calls.services.reconciling.reconcile_calls import reconcile_calls
from conversations.models import Message
from tests.at_once import at_once
from tests.calls.event_log import events_of
from tests.calls.services.reconciling.forgotten import (
    AGENT,
    API_KEY,
    OUR_NUMBER,
    QUARTER,
    asked,
    dialled,
    elevenlabs_account,
    make_agent,
    make_forgotten,
    open_account,
    outcome_of,
    reconciled,
    silent_providers,
)
from tests.calls.webhooks.elevenlabs_office import audio, deliver
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


# ---- Settled


def test_a_call_whose_webhooks_were_lost_ends_with_transcript_and_recording(user: User, simulator: Simulator) -> None:
    call = make_forgotten(user)
    Call.objects.filter(pk=call.pk).update(provider_call_id=dialled(simulator, call))
    simulator.settle()

    assert outcome_of() == [Outcome.SETTLED]

    call.refresh_from_db()
    assert (call.status, bool(call.ai_transcript), bool(call.ai_summary)) == ("completed", True, True)
    assert call.duration
    assert Recording.objects.get().call_id == call.pk
    assert Message.objects.get(call_id=call.pk).content == call.ai_summary
    assert events_of(call) == {
        **dict.fromkeys(("call_ended", "call_recording_ready", "fetch_messages", "note_created"), 1)
    }


def test_a_dial_whose_answer_was_lost_is_found_by_our_id(user: User, simulator: Simulator) -> None:
    dialled(simulator, None)
    call = make_forgotten(user, ai_agent=make_agent(user))
    conversation_id = dialled(simulator, call)
    simulator.settle()

    assert outcome_of() == [Outcome.SETTLED]

    call.refresh_from_db()
    assert (call.status, call.provider_call_id) == ("completed", conversation_id)
    assert Recording.objects.get().call_id == call.pk


def test_it_is_found_although_its_agent_is_not_known_any_more(user: User, simulator: Simulator) -> None:
    call = make_forgotten(user)
    dialled(simulator, call)
    simulator.settle()

    assert outcome_of() == [Outcome.SETTLED]


@pytest.mark.parametrize("digit", [5, 6])
def test_a_call_that_reached_nobody_has_failed(digit: int, user: User, simulator: Simulator) -> None:
    call = make_forgotten(user)
    dialled(simulator, call, digit)
    simulator.settle()

    assert outcome_of() == [Outcome.SETTLED]

    call.refresh_from_db()
    assert (call.status, call.duration) == ("failed", 0)
    assert not Recording.objects.exists()


def test_a_call_of_which_only_the_agent_s_conversation_is_known_ends_with_that(
    user: User, simulator: Simulator
) -> None:
    conversation_id = dialled(simulator, None)
    call = make_forgotten(user, provider="sinch", status="ringing", ai_conversation_id=conversation_id)
    simulator.settle()

    assert outcome_of() == [Outcome.SETTLED]

    call.refresh_from_db()
    assert (call.status, call.provider_call_id, bool(call.ai_transcript)) == ("completed", None, True)
    assert Recording.objects.get().call_id == call.pk


def test_calls_to_other_numbers_are_not_mixed_up(user: User, simulator: Simulator) -> None:
    calls = [make_forgotten(user, from_number=OUR_NUMBER) for _ in range(3)]
    names = {call.pk: dialled(simulator, call, digit) for digit, call in enumerate(calls)}
    simulator.settle()

    reconciled()

    assert dict(Call.objects.values_list("pk", "provider_call_id")) == names


def test_audio_that_waited_for_the_call_is_attached_once(user: User, simulator: Simulator) -> None:
    call = make_forgotten(user)
    conversation_id = dialled(simulator, call)
    simulator.settle()
    url = f"{simulator.url}/v1/convai/conversations/{conversation_id}/audio"
    content = requests.get(url, headers={"xi-api-key": API_KEY}, timeout=PATIENCE).content
    VoiceAccount.objects.filter(provider="elevenlabs").update(secrets={"api_key": API_KEY, "webhook_secret": "wsec_1"})
    make_agent(user)
    assert deliver(audio(conversation_id, content, agent_id=AGENT), secret="wsec_1").status == 200

    assert outcome_of() == [Outcome.SETTLED]

    assert Recording.objects.get().call_id == call.pk
    assert list(call.deliveries.values_list("state", flat=True)) == ["processed"]


def test_a_second_run_finds_nothing_to_do(user: User, simulator: Simulator) -> None:
    call = make_forgotten(user)
    dialled(simulator, call)
    simulator.settle()
    reconciled()
    before = asked(simulator), EventLog.objects.count()

    assert outcome_of() == []

    assert (asked(simulator), EventLog.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_are_harmless(user: User, simulator: Simulator) -> None:
    call = make_forgotten(user)
    dialled(simulator, call)
    simulator.settle()

    runs = at_once([lambda: reconcile_calls(older_than=QUARTER)] * 2)

    assert not any(run.broken for run in runs)
    assert Recording.objects.get().call_id == call.pk
    assert events_of(call) == {
        **dict.fromkeys(("call_ended", "call_recording_ready", "fetch_messages", "note_created"), 1)
    }


# ---- Unknown at the provider


def test_a_call_that_the_provider_never_began_has_failed(user: User, simulator: Simulator) -> None:
    call = make_forgotten(user, ai_agent=make_agent(user))

    assert outcome_of() == [Outcome.FAILED]

    call.refresh_from_db()
    assert call.status == "failed"
    assert call.provider_metadata == {"failureReason": "unknown_at_provider"}
    assert events_of(call) == {"call_ended": 1, "fetch_messages": 1}


def test_a_conversation_that_the_provider_does_not_know_has_failed(user: User) -> None:
    call = make_forgotten(user, provider_call_id="conv_unheard_of")

    assert outcome_of() == [Outcome.FAILED]

    call.refresh_from_db()
    assert call.provider_metadata == {"failureReason": "unknown_at_provider"}


def test_a_dial_that_may_still_be_under_way_is_not_given_up(user: User) -> None:
    make_forgotten(user, age=timedelta(seconds=90))

    assert outcome_of(older_than=timedelta()) == [Outcome.GOING_ON]


# ---- Left alone


def test_a_call_that_goes_on_gets_its_name_and_no_more(user: User) -> None:
    with silent_providers(talking=60) as simulator:
        VoiceAccount.objects.update(base_url=simulator.url)
        call = make_forgotten(user)
        conversation_id = dialled(simulator, call)

        assert outcome_of() == [Outcome.GOING_ON]

    call.refresh_from_db()
    assert (call.status, call.provider_call_id) == ("initiated", conversation_id)
    assert not events_of(call)


@pytest.mark.parametrize("endpoint", ["conversations", "conversation"])
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 401},
        {"status": 403},
        {"status": 422},
        {"status": 429},
        {"status": 500},
        {"status": 503},
        {"fault": "html"},
        {"fault": "empty"},
        {"fault": "close"},
        {"fault": "stall"},
        {"status": 200, "body": {}},
    ],
    ids=str,
)
def test_whatever_goes_wrong_at_the_provider_leaves_the_call_alone(
    fault: dict[str, Any], endpoint: str, user: User, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = make_forgotten(user)
    dialled(simulator, call)
    simulator.settle()
    simulator.fail("elevenlabs", endpoint, **fault)

    with monkeypatch.context() as patch:
        if fault == {"fault": "stall"}:
            patch.setattr(look_up_call, "_LIMITS", replace(look_up_call._LIMITS, read_seconds=1.0))
        run = reconciled()

    assert run.outcomes == {Outcome.NOT_REACHED: 1}
    assert run.problems.total() == 1
    assert run.broken == 0
    call.refresh_from_db()
    assert (call.status, call.provider_call_id) == ("initiated", None)
    # The next run finds it.
    assert outcome_of() == [Outcome.SETTLED]


def test_an_account_that_does_not_answer_is_asked_once_in_a_run(user: User, simulator: Simulator) -> None:
    for _ in range(3):
        make_forgotten(user)
    simulator.fail("elevenlabs", status=401, times=10)

    run = reconciled()

    assert run.outcomes == {Outcome.NOT_REACHED: 3}
    assert asked(simulator) == 1


def test_what_cannot_be_settled_makes_room_for_the_others(user: User, simulator: Simulator) -> None:
    for _ in range(2):
        make_forgotten(user, provider_call_id=None, provider="twilio", status="in-progress", age=QUARTER * 3)
    call = make_forgotten(user)
    dialled(simulator, call)
    simulator.settle()
    Call.objects.exclude(pk=call.pk).update(updated_at=timezone.now() - QUARTER * 3)

    assert outcome_of(limit=2) == [Outcome.GOING_ON] * 2
    assert outcome_of(limit=1) == [Outcome.SETTLED]


def test_without_credentials_a_call_is_left_alone_for_a_day(user: User) -> None:
    VoiceAccount.objects.all().delete()
    young, old = make_forgotten(user), make_forgotten(user, age=timedelta(hours=25))

    assert outcome_of() == [Outcome.FAILED, Outcome.NO_CREDENTIALS]

    for call, status in ((young, "initiated"), (old, "failed")):
        call.refresh_from_db()
        assert call.status == status
    assert old.provider_metadata == {"failureReason": "no_credentials"}


def test_young_and_ended_calls_and_those_of_vendors_are_not_looked_at(user: User, simulator: Simulator) -> None:
    make_forgotten(user, age=timedelta(minutes=5))
    make_forgotten(user, status="failed")
    make_forgotten(user, provider="external")

    assert outcome_of() == []
    assert asked(simulator) == 0


def test_one_call_whose_turn_breaks_stops_no_other(user: User, simulator: Simulator) -> None:
    """Secrets that no key opens."""
    other = make_forgotten(user, provider="sinch", provider_call_id="unknown-at-sinch")
    make_forgotten(user)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE calls_voiceaccount SET secrets = 'unreadable' WHERE provider = 'elevenlabs'")

    run = reconciled()

    assert run.outcomes == {Outcome.BROKEN: 1, Outcome.FAILED: 1}
    assert run.broken == 1
    other.refresh_from_db()
    assert other.status == "failed"


# ---- Organizations


def test_each_call_is_asked_for_with_its_own_organization_s_credentials(
    user: User, other_user: User, simulator: Simulator
) -> None:
    simulator.add_account(elevenlabs_account("sk_other", "phnum_other"))
    open_account(other_user, simulator, "elevenlabs", secrets={"api_key": "sk_other"})
    ours, theirs = make_forgotten(user), make_forgotten(other_user)
    dialled(simulator, ours)
    dialled(simulator, theirs, api_key="sk_other", number_id="phnum_other")
    # Their conversation under our id, in the other account: not ours.
    stolen = make_forgotten(user)
    dialled(simulator, stolen, api_key="sk_other", number_id="phnum_other")
    simulator.settle()

    assert outcome_of() == [Outcome.FAILED, Outcome.SETTLED, Outcome.SETTLED]

    stolen.refresh_from_db()
    assert stolen.status == "failed"


def test_one_organization_can_be_reconciled_alone(user: User, other_user: User) -> None:
    make_forgotten(user)
    theirs = make_forgotten(other_user)

    assert outcome_of(organization_id=user.organization_id) == [Outcome.FAILED]

    theirs.refresh_from_db()
    assert theirs.status == "initiated"
