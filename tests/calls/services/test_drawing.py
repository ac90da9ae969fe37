"""Which calls are drawn to be heard: so many of each agent, of every kind there is, and the same again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.models import Call, ListeningQueue, QueuedCall
from calls.services.review.draw_calls import DAYS_BACK, Drawable, draw, draw_due
from tests.admin_site import make_recording
from tests.calls.api.labelling import make_disposition, make_tag, put_on
from tests.factories import make_call, make_prompt
from tether_calls.accounts.models import Organization, User

NOW = datetime(2026, 5, 15, 12, tzinfo=UTC)
CALLS = [
    Drawable(f"{number:024x}", agent=f"agent {number % 3}", outcome=outcome, seconds=seconds)
    for number, (outcome, seconds) in enumerate(
        [("customer_hangup", 60.0)] * 300 + [("silence", 5.0)] * 30 + [("transferred", 900.0)] * 3
    )
]


def drawn_by(seed: str = "seed", *, per_agent: int = 4, strata: str = "outcome") -> list[str]:
    return draw(CALLS, seed=seed, per_agent=per_agent, strata=strata)


BY_ID = {call.call_id: call for call in CALLS}


def test_each_agent_has_as_many_as_asked_for_and_no_call_comes_twice() -> None:
    drawn = drawn_by()

    assert Counter(BY_ID[call_id].agent for call_id in drawn) == {f"agent {number}": 4 for number in range(3)}
    assert len(set(drawn)) == len(drawn)


def test_the_same_seed_draws_the_same_in_whatever_order_calls_come_and_another_one_others() -> None:
    assert draw(CALLS[::-1], seed="seed", per_agent=4, strata="outcome") == drawn_by()
    assert set(drawn_by("another")) != set(drawn_by())


def test_what_is_rare_is_among_them() -> None:
    for agent in range(3):
        of_agent = [BY_ID[call_id] for call_id in drawn_by() if BY_ID[call_id].agent == f"agent {agent}"]
        assert {call.outcome for call in of_agent} == {"customer_hangup", "silence", "transferred"}
    lengths = {BY_ID[call_id].seconds for call_id in drawn_by(strata="duration", per_agent=3)}
    assert lengths == {5.0, 60.0, 900.0}


def test_without_kinds_the_lot_decides_alone() -> None:
    seeds = [drawn_by(str(seed), strata="none", per_agent=2) for seed in range(20)]
    outcomes = Counter(BY_ID[call_id].outcome for drawn in seeds for call_id in drawn)
    assert outcomes["customer_hangup"] > 80


def test_agents_take_turns() -> None:
    agents = [BY_ID[call_id].agent for call_id in drawn_by()]
    assert all(len(set(agents[place : place + 3])) == 3 for place in range(0, 12, 3))


def test_where_there_are_fewer_all_are_drawn() -> None:
    assert len(draw(CALLS[:5], seed="s", per_agent=50, strata="both")) == 5
    assert draw([], seed="s", per_agent=5, strata="both") == []


# ---- Out of the database ---------------------------------------------------------------------------------------------


def make_queue(home: Organization, **fields: Any) -> ListeningQueue:
    return ListeningQueue.objects.create(organization=home, **{"name": "Quality", "per_agent": 2, **fields})


def recorded(user: User, *, days_ago: int = 1, **fields: Any) -> Call:
    call = make_call(user, start_time=NOW - timedelta(days=days_ago), **fields)
    make_recording(call)
    return call


def queued(queue: ListeningQueue) -> set[str]:
    return set(QueuedCall.objects.filter(queue=queue).values_list("call_id", flat=True))


@pytest.mark.django_db
def test_whole_days_of_the_last_week_are_drawn_once(user: User, home: Organization) -> None:
    queue = make_queue(home)
    for days_ago in (0, 1, DAYS_BACK, DAYS_BACK + 1):
        recorded(user, days_ago=days_ago)

    assert draw_due(queue, now=NOW) == 2
    recorded(user)
    assert draw_due(queue, now=NOW) == 0
    assert draw_due(queue, now=NOW + timedelta(days=1)) == 1
    assert queue.draws.count() == DAYS_BACK + 1


@pytest.mark.django_db
def test_days_are_those_of_the_organization(user: User, home: Organization) -> None:
    Organization.objects.filter(pk=home.pk).update(time_zone="Pacific/Auckland")
    home.refresh_from_db()
    # It is past midnight there.
    make_recording(make_call(user, start_time=NOW - timedelta(hours=1)))

    assert draw_due(make_queue(home), now=NOW + timedelta(hours=1)) == 1


@pytest.mark.django_db
def test_only_what_can_be_heard_and_the_filter_lets_through_is_drawn(user: User, home: Organization) -> None:
    tag, disposition, mia = make_tag(home), make_disposition(home), make_prompt(home)
    fits = recorded(user, ai_agent=mia, direction="inbound", duration=90.0, disposition=disposition)
    put_on(fits, tag)
    others: list[dict[str, Any]] = [{"duration": 10.0}, {"direction": "outbound"}, {"disposition": None}]
    for fields in others:
        put_on(recorded(user, **{"direction": "inbound", "duration": 90.0, "disposition": disposition, **fields}), tag)
    recorded(user, direction="inbound", duration=90.0, disposition=disposition)
    silent = make_call(user, start_time=NOW - timedelta(days=1), direction="inbound", disposition=disposition)
    put_on(silent, tag)

    queue = make_queue(home, per_agent=50, direction="inbound", least_seconds=60, tag=tag, disposition=disposition)
    draw_due(queue, now=NOW)

    assert queued(queue) == {fits.pk}


@pytest.mark.django_db
def test_calls_of_another_organization_are_not_drawn(home: Organization, other_user: User) -> None:
    recorded(other_user)
    assert draw_due(make_queue(home), now=NOW) == 0


@pytest.mark.django_db
def test_of_one_that_is_archived_nothing_is_drawn(user: User, home: Organization) -> None:
    recorded(user)
    assert draw_due(make_queue(home, is_archived=True), now=NOW) == 0
