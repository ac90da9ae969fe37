"""reconcile_calls: recordings whose webhooks were lost, or that could not be fetched at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import Call, Recording
from calls.services.reconciling.finish_lookup import Outcome
from tests.calls.event_log import events_of
from tests.calls.services.reconciling.forgotten import (
    QUARTER,
    dialled,
    make_forgotten,
    outcome_of,
    reconciled,
)
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db


def ended(user: User, simulator: Simulator, *, ago: timedelta = timedelta(hours=1), **fields: Any) -> Call:
    """A call whose transcript has come, and whose recording has not."""
    end = timezone.now() - ago
    call = make_forgotten(user, age=ago + QUARTER, status="completed", end_time=end, duration=60.0, **fields)
    if call.provider == "elevenlabs" and call.provider_call_id is None:
        Call.objects.filter(pk=call.pk).update(provider_call_id=dialled(simulator, call))
        simulator.settle()
    Call.objects.filter(pk=call.pk).update(updated_at=end)
    return call


def test_a_recording_whose_webhook_was_lost_is_fetched(user: User, simulator: Simulator) -> None:
    call = ended(user, simulator)

    assert outcome_of() == [Outcome.AUDIO_FETCHED]

    assert Recording.objects.get().call_id == call.pk
    assert events_of(call)["call_recording_ready"] == 1
    assert outcome_of() == []


def test_the_recording_of_a_call_that_a_carrier_brought_to_an_agent_is_fetched(
    user: User, simulator: Simulator
) -> None:
    call = ended(user, simulator, provider="sinch", provider_call_id="sinch-1")
    conversation_id = dialled(simulator, None)
    simulator.settle()
    Call.objects.filter(pk=call.pk).update(
        ai_conversation_id=conversation_id, updated_at=timezone.now() - timedelta(hours=1)
    )

    assert outcome_of() == [Outcome.AUDIO_FETCHED]
    assert Recording.objects.get().call_id == call.pk


def test_a_call_without_audio_is_asked_for_once(user: User, simulator: Simulator) -> None:
    call = ended(user, simulator, provider_call_id="conv_unheard_of")

    assert outcome_of() == [Outcome.NO_AUDIO]

    call.refresh_from_db()
    assert (call.status, call.provider_metadata) == ("completed", {"hasAudio": False})
    Call.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    assert outcome_of() == []


def test_those_that_are_not_due_yet_do_not_keep_others_waiting(user: User, simulator: Simulator) -> None:
    """Old ones are looked at seldom: they stand first in line long before their turn."""
    for _ in range(2):
        old = ended(user, simulator, ago=timedelta(hours=20), provider_call_id=f"conv_{new_object_id()}")
        Call.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(hours=4))
    new = ended(user, simulator, ago=timedelta(minutes=20))

    assert outcome_of(limit=2) == [Outcome.AUDIO_FETCHED]

    assert Recording.objects.get().call_id == new.pk


@pytest.mark.parametrize(("waited", "is_due"), [(timedelta(minutes=170), False), (timedelta(minutes=190), True)])
def test_one_is_due_again_after_a_third_of_the_time_that_had_passed(
    waited: timedelta, is_due: bool, user: User, simulator: Simulator
) -> None:
    # Looked at nine hours after its end, it is due twelve hours after it.
    call = ended(user, simulator, ago=timedelta(hours=12))
    Call.objects.filter(pk=call.pk).update(updated_at=timezone.now() - waited)

    assert outcome_of() == ([Outcome.AUDIO_FETCHED] if is_due else [])


@pytest.mark.parametrize("ago", [timedelta(minutes=10), timedelta(hours=25)], ids=str)
def test_a_recording_is_asked_for_neither_too_early_nor_for_ever(
    ago: timedelta, user: User, simulator: Simulator
) -> None:
    ended(user, simulator, ago=ago)

    assert outcome_of() == []


def test_a_recording_that_is_not_handed_out_is_asked_for_again_after_a_pause(user: User, simulator: Simulator) -> None:
    call = ended(user, simulator)
    simulator.fail("elevenlabs", "audio", status=500)

    run = reconciled()
    assert (run.outcomes, run.recordings_missed) == ({Outcome.NOT_REACHED: 1}, 1)
    assert outcome_of() == []

    Call.objects.filter(pk=call.pk).update(updated_at=timezone.now() - timedelta(minutes=20))
    assert outcome_of() == [Outcome.AUDIO_FETCHED]


def test_a_call_is_settled_although_its_recording_is_not_handed_out(user: User, simulator: Simulator) -> None:
    call = make_forgotten(user, provider_call_id=None)
    dialled(simulator, call)
    simulator.settle()
    simulator.fail("elevenlabs", "audio", status=500)

    run = reconciled()

    assert (run.outcomes, run.recordings_missed) == ({Outcome.SETTLED: 1}, 1)
    call.refresh_from_db()
    assert call.status == "completed"
