"""The job that makes calls at their time: once each, by every rule there is, again where that was asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import Call, ScheduledCall, WebhookMessage
from calls.services.agent_calls import dial_due as job
from calls.services.scheduled_calls import claim as hands
from calls.services.scheduled_calls.change_call import cancel_call, move_call
from calls.services.scheduled_calls.claim import NotOurs, begun, claim, hold
from calls.services.scheduled_calls.schedule import Schedule
from calls.services.webhooks_out.fan_out import ensure_cursor, fan_out
from tests.accounts.keys import make_key
from tests.admin_site import make_webhook
from tests.at_once import at_once
from tests.calls.api.ai.outbound import ANOTHER_NUMBER, ANOTHER_NUMBER_ID, Office, customer, dials, make_number
from tests.calls.dial_limits import PEOPLE, limit_dials
from tests.calls.scheduling import come_due, dial_due, end, make_scheduled, states_told
from tests.contract.components import assert_is
from tests.factories import make_contact, make_do_not_call, make_prepaid, make_user
from tether_calls.accounts.models import CallingHours, Wallet
from tether_calls.accounts.services.api_keys import revoke_api_key, rotate_api_key
from tether_calls.common.times import to_wire

pytestmark = pytest.mark.django_db


def make_due(office: Office, **fields: Any) -> ScheduledCall:
    """A call of the office's agent to its contact, who answers."""
    defaults = {"agent": office.agent, "contact": office.contact}
    return make_scheduled(office.user, **{**defaults, **fields})


def test_a_call_is_made_at_its_time_and_told_of(office: Office, simulator: Simulator) -> None:
    early = make_due(office, next_at=timezone.now() + timedelta(hours=1))
    due = make_due(office, call_reason="As agreed")

    dial_due(due)

    assert (due.state, due.attempts, due.lease, dials(simulator)) == ("in_progress", 1, None, 1)
    call = Call.objects.get()
    assert (call.pk, call.to_number, call.ai_agent_id) == (due.last_call_id, customer(0), office.agent.pk)
    assert call.metadata == {"callReason": "As agreed", "scheduledCallId": due.pk}
    assert states_told(due) == ["in_progress"]
    early.refresh_from_db()
    assert (early.state, early.attempts) == ("scheduled", 0)

    dial_due(due)
    assert dials(simulator) == 1
    end(due.last_call_id, status="completed", end_reason="customer_hangup")
    dial_due(due)
    assert (due.state, due.outcome) == ("completed", "customer_hangup")
    assert states_told(due) == ["in_progress", "completed"]


def test_money_is_held_when_it_is_dialled_and_not_before(prepaid: Office) -> None:
    due = make_due(prepaid)
    assert Wallet.objects.get().balance == 1

    dial_due(due)

    assert str(Wallet.objects.get().balance) == "0.7500"


# ---- Rules, asked at the moment of dialling


def test_a_number_that_came_onto_the_list_meanwhile_is_not_dialled(office: Office, simulator: Simulator) -> None:
    due = make_due(office)
    make_do_not_call(office.agent.organization, phone_number=customer(0))

    dial_due(due)

    assert (due.state, due.code, due.attempts, dials(simulator)) == ("failed", "DO_NOT_CALL", 0, 0)
    assert states_told(due) == ["failed"]


def test_outside_of_the_hours_it_moves_to_the_next_permitted_minute_and_keeps_why(
    office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 12, 5, 1, 0, tzinfo=UTC)
    due = make_due(office, not_before=now, next_at=now)
    CallingHours.objects.create(organization=office.agent.organization)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: now)
        dial_due(due)

    assert (due.state, due.code, due.moved_from) == ("scheduled", "OUTSIDE_CALLING_HOURS", now)
    assert due.next_at == datetime(2026, 12, 5, 14, 0, tzinfo=UTC)
    assert dials(simulator) == 0

    monkeypatch.setattr(timezone, "now", lambda: due.next_at)
    dial_due(due)
    assert (due.state, dials(simulator)) == ("in_progress", 1)


def test_what_the_hours_move_behind_its_time_expires_with_the_reason(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 12, 5, 1, 0, tzinfo=UTC)
    due = make_due(office, not_before=now, next_at=now, not_after=now + timedelta(hours=13))
    CallingHours.objects.create(organization=office.agent.organization)
    monkeypatch.setattr(timezone, "now", lambda: now)

    dial_due(due)

    assert (due.state, due.code) == ("expired", "OUTSIDE_CALLING_HOURS")
    assert states_told(due) == ["expired"]


def test_what_nobody_came_to_dial_in_its_time_expires(office: Office, simulator: Simulator) -> None:
    now = timezone.now()
    due = make_due(office, not_before=now - timedelta(hours=2), not_after=now - timedelta(seconds=1))

    dial_due(due)

    assert (due.state, due.code, dials(simulator)) == ("expired", "SCHEDULE_EXPIRED", 0)


def test_ceilings_move_it(office: Office, settings: Any, simulator: Simulator) -> None:
    limit_dials(settings, minute=1)
    first = make_due(office)
    second = make_due(office, contact=make_contact(office.agent.organization, phone_number=customer(1)))

    dial_due(first)
    second.refresh_from_db()

    assert (first.state, second.state, second.code) == ("in_progress", "scheduled", "DIAL_LIMIT_REACHED")
    assert (second.attempts, dials(simulator)) == (0, 1)
    assert timedelta(0) < second.next_at - timezone.now() <= timedelta(minutes=1)


def test_without_money_it_is_not_made(office: Office, simulator: Simulator) -> None:
    make_prepaid(office.agent.organization, "0")
    due = make_due(office)

    dial_due(due)

    assert (due.state, due.code, due.attempts, dials(simulator)) == ("failed", "INSUFFICIENT_FUNDS", 1, 0)


def test_an_agent_that_is_gone_calls_nobody(office: Office, simulator: Simulator) -> None:
    due = make_due(office)
    office.agent.delete()

    dial_due(due)

    assert (due.state, due.code, dials(simulator)) == ("failed", "AGENT_NOT_FOUND", 0)


def test_an_agent_that_lost_its_voice_calls_nobody(office: Office) -> None:
    due = make_due(office)
    office.agent.voice_enabled = False
    office.agent.save()

    assert dial_due(due).code == "NO_VOICE_AGENT"


@pytest.mark.parametrize("change", [{"is_active": False}, {"organization": None}], ids=str)
def test_a_user_who_has_left_has_nobody_called(office: Office, simulator: Simulator, change: Any) -> None:
    due = make_due(office)
    type(office.user).objects.filter(pk=office.user.pk).update(**change)

    dial_due(due)

    assert (due.state, due.code, dials(simulator)) == ("failed", "FORBIDDEN", 0)


def test_of_a_revoked_key_nothing_is_dialled_and_a_rotated_one_is_followed(
    office: Office, simulator: Simulator
) -> None:
    office.number.ai_agent = office.agent
    office.number.save()
    old = make_key(office.user, "can_initiate_calls")
    due = make_due(office, source="partner", api_key=old)
    new = rotate_api_key(api_key=old, overlap=timedelta(hours=1))

    due.refresh_from_db()
    assert due.api_key_id == new.pk
    revoke_api_key(api_key=new)
    dial_due(due)
    assert (due.state, due.code, dials(simulator)) == ("failed", "API_KEY_ENDED", 0)


def test_a_partners_call_counts_among_the_dials_of_its_key(office: Office, simulator: Simulator) -> None:
    office.number.ai_agent = office.agent
    office.number.save()
    key = make_key(office.user, "can_initiate_calls", dials_per_day=1)
    for number in PEOPLE[:2]:
        contact = make_contact(office.agent.organization, phone_number=number)
        make_due(office, source="partner", api_key=key, contact=contact)

    job.dial_scheduled_calls()

    rows = ScheduledCall.objects.order_by("pk").values_list("state", "code")
    assert list(rows) == [("in_progress", ""), ("scheduled", "TOO_MANY_REQUESTS")]
    assert dials(simulator) == 1


def test_a_number_to_call_from_is_kept_to(office: Office) -> None:
    make_number(office.user, phone_number=ANOTHER_NUMBER, elevenlabs_phone_number_id=ANOTHER_NUMBER_ID)
    due = make_due(office, from_number=ANOTHER_NUMBER)

    dial_due(due)

    assert Call.objects.get().from_number == ANOTHER_NUMBER


# ---- Again


@pytest.mark.parametrize(
    ("on", "ended"),
    [
        ("no_answer", {"status": "no-answer", "end_reason": "no_answer"}),
        ("busy", {"status": "busy", "end_reason": "busy"}),
        ("machine", {"status": "completed", "end_reason": "voicemail_left"}),
        ("machine", {"status": "completed", "end_reason": "customer_hangup", "answered_by": "machine"}),
        ("failed_to_start", {"status": "failed", "end_reason": "carrier_error"}),
    ],
)
def test_it_is_made_again_for_what_was_asked(office: Office, simulator: Simulator, on: str, ended: Any) -> None:
    due = make_due(office, max_attempts=3, delays_minutes=[5, 60], retry_on=[on])
    dial_due(due)

    for attempt, minutes in ((1, 5), (2, 60)):
        end(due.last_call_id, **ended)
        before = timezone.now()
        dial_due(due)
        assert (due.state, due.attempts, due.outcome) == ("scheduled", attempt, ended["end_reason"])
        assert timedelta(0) <= due.next_at - before - timedelta(minutes=minutes) < timedelta(minutes=1)
        release_dial_lock()
        come_due()
        dial_due(due)
        assert (due.state, due.attempts) == ("in_progress", attempt + 1)
    end(due.last_call_id, **ended)
    dial_due(due)

    assert due.state == ("completed" if ended["status"] == "completed" else "failed")
    assert (due.attempts, dials(simulator)) == (3, 3)


def release_dial_lock() -> None:
    """As if the half minute in which the same dial is the same call were over."""
    from django.core.cache import cache

    cache.clear()


@pytest.mark.parametrize(
    "ended",
    [
        {"status": "failed", "end_reason": "unknown_at_provider", "failureReason": "unknown_at_provider"},
        {"status": "failed", "end_reason": "unheard_of", "failureReason": "unheard_of"},
        {"status": "failed", "end_reason": "provider_error", "failureReason": "no_credentials"},
        {"status": "failed", "end_reason": "unknown", "failureReason": "recorded_as_another_call"},
        {"status": "completed", "end_reason": "provider_error", "failureReason": None},
        {"status": "failed", "end_reason": "invalid_number", "failureReason": None},
    ],
    ids=str,
)
def test_it_is_never_made_again_when_nobody_knows_or_it_was_no_accident(
    office: Office, simulator: Simulator, ended: Any
) -> None:
    everything = ["no_answer", "busy", "machine", "failed_to_start"]
    due = make_due(office, max_attempts=5, retry_on=everything)
    dial_due(due)
    metadata = {"failureReason": ended.pop("failureReason")}
    end(due.last_call_id, **ended, provider_metadata=metadata)

    dial_due(due)

    assert due.state == ("completed" if ended["status"] == "completed" else "failed")
    assert dials(simulator) == 1


@pytest.mark.parametrize("fault", [{"fault": "close"}, *({"status": each} for each in (500, 502, 503, 504))], ids=str)
def test_a_lost_answer_is_not_asked_for_again(office: Office, simulator: Simulator, fault: dict[str, Any]) -> None:
    simulator.fail("elevenlabs", "outbound-call", **fault, after=True)
    due = make_due(office, max_attempts=5, retry_on=["failed_to_start"])

    dial_due(due)
    release_dial_lock()
    come_due()
    dial_due(due)

    assert (due.state, due.attempts, dials(simulator)) == ("in_progress", 1, 1)
    assert Call.objects.get().status == "initiated"


def test_what_the_provider_refused_failed_to_start(office: Office, simulator: Simulator) -> None:
    simulator.fail("elevenlabs", "outbound-call", status=422)
    due = make_due(office, max_attempts=2, retry_on=["failed_to_start"])

    dial_due(due)
    dial_due(due)
    assert (due.state, due.attempts, due.outcome) == ("scheduled", 1, "provider_error")
    come_due()
    dial_due(due)

    assert (due.state, due.attempts, dials(simulator)) == ("in_progress", 2, 2)


def test_without_an_account_at_the_provider_it_is_tried_as_often_as_asked(office: Office) -> None:
    office.account.delete()
    due = make_due(office, max_attempts=2, retry_on=["failed_to_start"])

    dial_due(due)
    assert (due.state, due.attempts, due.code) == ("scheduled", 1, "PROVIDER_ERROR")
    come_due()
    dial_due(due)

    assert (due.state, due.attempts, due.code) == ("failed", 2, "PROVIDER_ERROR")
    assert not Call.objects.exists()


def test_it_is_not_made_again_after_its_time(office: Office) -> None:
    due = make_due(office, max_attempts=2, delays_minutes=[30], not_after=timezone.now() + timedelta(minutes=20))
    dial_due(due)
    end(due.last_call_id, status="busy", end_reason="busy")

    dial_due(due)

    assert (due.state, due.code, due.outcome) == ("expired", "SCHEDULE_EXPIRED", "busy")


def test_a_call_that_was_deleted_is_over(office: Office) -> None:
    due = make_due(office, max_attempts=2)
    dial_due(due)
    Call.objects.all().delete()

    assert dial_due(due).state == "completed"


# ---- Hands


def test_a_plan_that_is_canceled_while_it_is_in_hand_dials_nobody(office: Office, simulator: Simulator) -> None:
    make_due(office)
    (mine,) = claim(now=timezone.now(), limit=5)

    cancel_call(organization_id=mine.organization_id, scheduled_id=mine.pk)

    job._take_turn(mine)
    mine.refresh_from_db()
    assert (mine.state, dials(simulator), Call.objects.count()) == ("canceled", 0, 0)


def test_a_plan_that_is_moved_between_the_last_look_and_the_dial_dials_nobody(
    office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_due(office)
    (mine,) = claim(now=timezone.now(), limit=5)
    note = begun(mine)

    def moved_first(call: Call) -> None:
        later = Schedule(not_before=timezone.now() + timedelta(hours=1))
        move_call(organization_id=mine.organization_id, scheduled_id=mine.pk, schedule=later)
        note(call)

    monkeypatch.setattr(job, "begun", lambda _: moved_first)
    job._take_turn(mine)

    assert (dials(simulator), Call.objects.count()) == (0, 0)


def test_what_is_in_hand_is_nobody_elses_until_the_lease_is_over(office: Office) -> None:
    make_due(office)
    now = timezone.now()
    (mine,) = claim(now=now, limit=5)

    assert claim(now=now, limit=5) == []
    (again,) = claim(now=now + hands.LEASE + timedelta(seconds=1), limit=5)
    assert (again.pk, again.failures) == (mine.pk, 1)
    with pytest.raises(NotOurs):
        hold(mine)


def test_one_that_every_worker_dies_of_is_given_up(office: Office, simulator: Simulator) -> None:
    due = make_due(office, failures=job.MOST_FAILURES)

    dial_due(due)

    assert (due.state, due.code, dials(simulator)) == ("failed", "INTERNAL_ERROR", 0)


def test_a_fault_of_ours_is_tried_again_a_moment_later(
    office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = make_due(office)

    def broken(**_: Any) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(job, "place_call", broken)
        dial_due(due)
    assert (due.state, due.failures, due.code) == ("scheduled", 1, "INTERNAL_ERROR")
    come_due()
    dial_due(due)

    assert (due.state, due.failures, dials(simulator)) == ("in_progress", 0, 1)


def test_each_organization_has_its_turn(office: Office) -> None:
    others = make_user()
    for number in range(job.AT_ONCE * 2):
        make_due(office, contact=make_contact(office.agent.organization, phone_number=PEOPLE[number]))
    theirs = make_scheduled(others)

    claimed = claim(now=timezone.now(), limit=job.AT_ONCE)

    assert theirs.pk in {each.pk for each in claimed}
    assert len(claimed) <= job.AT_ONCE


def test_two_plans_for_one_moment_ring_once(office: Office, simulator: Simulator) -> None:
    first, second = make_due(office), make_due(office)

    job.dial_scheduled_calls()

    first.refresh_from_db()
    second.refresh_from_db()
    assert dials(simulator) == 1
    assert first.last_call_id == second.last_call_id


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_take_different_calls(office: Office) -> None:
    for number in range(30):
        make_due(office, contact=make_contact(office.agent.organization, phone_number=PEOPLE[number]))

    def work() -> list[str]:
        taken: list[str] = []
        while claimed := claim(now=timezone.now(), limit=3):
            taken += [each.pk for each in claimed]
        return taken

    taken = [pk for worker in at_once([work] * 3) for pk in worker]

    assert len(taken) == len(set(taken))
    left = ScheduledCall.objects.filter(state="scheduled").count()
    assert len(taken) + left == 30
    assert taken


def test_webhooks_tell_of_what_is_planned_and_what_has_become_of_it(office: Office) -> None:
    webhook = make_webhook(office.agent.organization, subscribed_events=["call.scheduled"])
    ensure_cursor()
    due = make_due(office)
    moved = Schedule(not_before=timezone.now() + timedelta(hours=1))
    move_call(organization_id=due.organization_id, scheduled_id=due.pk, schedule=moved)
    cancel_call(organization_id=due.organization_id, scheduled_id=due.pk)

    fan_out()
    fan_out()

    bodies = [json.loads(each.body) for each in WebhookMessage.objects.filter(subscription=webhook).order_by("pk")]
    assert [(body["event_type"], body["scheduled_call"]["status"]) for body in bodies] == [
        ("call.scheduled", "scheduled"),
        ("call.scheduled", "canceled"),
    ]
    assert bodies[0]["scheduled_call"]["estimated_start"] == to_wire(moved.not_before)
    for body in bodies:
        assert_is("PartnerScheduledCall", body["scheduled_call"])
