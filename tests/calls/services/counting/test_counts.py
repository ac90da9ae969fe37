"""What is added up is what calls are, one by one: whatever happens to them, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from calls.models import Call, CallDelta, CallRollup, CallStatus, StaleRollup
from calls.models.rollup import DIMENSIONS
from calls.selectors.counting.sources import Question, Time
from calls.services.counting import rebuild as rebuild_module
from calls.services.counting.fold import count_calls, fold_batch
from calls.services.counting.rebuild import rebuild_from_the_beginning, rebuild_step
from tests.calls.services.counting.by_hand import by_hand, counted, question
from tests.factories import make_call, make_prepaid, make_prompt, make_user
from tether_calls.accounts import wallet
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db

# Around the changes of clocks of these zones in 2026, and the ends of months.
MOMENTS = [
    datetime(2026, 3, 8, 4, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 3, 8, 5, tzinfo=UTC),
    datetime(2026, 3, 9, 3, 59, tzinfo=UTC),
    datetime(2026, 3, 31, 18, 30, tzinfo=UTC),
    datetime(2026, 4, 1, tzinfo=UTC),
    datetime(2026, 10, 31, 22, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 4, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    datetime(2026, 11, 2, 4, 59, tzinfo=UTC),
    datetime(2027, 1, 1, tzinfo=UTC),
    # Of a change by half an hour.
    datetime(2026, 4, 4, 14, 45, tzinfo=UTC),
    datetime(2026, 4, 4, 15, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 45, tzinfo=UTC),
]
ZONES = [
    "UTC",
    "America/Toronto",
    "America/Havana",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Pacific/Apia",
    "Australia/Lord_Howe",
]


def _minutes_later(minutes: int) -> datetime:
    return datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=minutes)


moments = st.sampled_from(MOMENTS) | st.integers(0, 300 * 24 * 60).map(_minutes_later)
durations = st.none() | st.sampled_from([0.0, 0.3, 1.0, 59.9, 154.0, 86400.0]) | st.floats(0, 4000, width=32)
steps = st.lists(
    st.tuples(
        st.sampled_from(["make", "report", "move", "delete", "book", "zone", "fold", "rebuild", "step", "person"]),
        st.integers(0, 9),
        moments,
        durations,
        st.sampled_from(CallStatus.values),
    ),
    min_size=1,
    max_size=25,
)
questions = st.fixed_dictionaries(
    {
        "begin": st.none() | moments,
        "end": st.none() | moments,
        "dimensions": st.lists(st.sampled_from(DIMENSIONS), max_size=3, unique=True),
        "time": st.sampled_from([None, Time.DAY, Time.HOUR, Time.HOUR_OF_WEEK]),
        "with_classes": st.booleans(),
        "conditions": st.just({}) | st.sampled_from([{"status": "completed"}, {"direction": "inbound"}]),
    }
)


class World:
    """An organization to which things happen."""

    def __init__(self) -> None:
        self.user = make_user()
        assert self.user.organization is not None
        self.organization = self.user.organization
        make_prepaid(self.organization, "1000")
        self.people = [self.user, make_user(organization=self.organization)]
        self.agents = [None, make_prompt(self.organization), make_prompt(self.organization, name="Sam")]

    def do(self, what: str, number: int, moment: datetime, duration: float | None, status: str) -> None:
        calls = list(Call.objects.filter(organization=self.organization).order_by("pk"))
        call = calls[number % len(calls)] if calls else None
        if what == "make":
            self._make(number, moment, duration, status)
        elif what == "fold":
            fold_batch()
        elif what == "rebuild":
            rebuild_from_the_beginning(organization_id=self.organization.pk)
        elif what == "step":
            rebuild_step(organization_id=self.organization.pk)
        elif what == "zone":
            Organization.objects.filter(pk=self.organization.pk).update(time_zone=ZONES[number % len(ZONES)])
        elif what == "person" and len(self.people) > 1:
            self.people.pop().delete()
        elif call is not None:
            self._change(call, what, number, moment, duration, status)

    def _make(self, number: int, moment: datetime, duration: float | None, status: str) -> None:
        make_call(
            self.people[number % len(self.people)],
            ai_agent=self.agents[number % 3],
            agent_name="" if number % 3 else "Vendor's agent",
            direction=("inbound", "outbound")[number % 2],
            provider=("external", "elevenlabs")[number % 2],
            start_time=moment,
            duration=duration,
            status=status,
        )

    def _change(
        self, call: Call, what: str, number: int, moment: datetime, duration: float | None, status: str
    ) -> None:
        if what == "report":
            call.status, call.duration = status, duration
            call.save()
        elif what == "move":
            Call.objects.filter(pk=call.pk).update(start_time=moment, ai_agent=self.agents[number % 3])
        elif what == "delete":
            call.delete()
        elif what == "book":
            wallet.hold(
                organization_id=self.organization.pk, call_id=call.pk, amount=Decimal("0.5"), rate=Decimal("0.5")
            )
            wallet.settle(organization_id=self.organization.pk, call_id=call.pk, charge=Decimal(number))


@pytest.fixture(autouse=True, scope="module")
def _steps_of_two_calls() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuild_module, "STEP", 2)
        yield


@settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(steps=steps, asked=st.lists(questions, min_size=3, max_size=3))
def test_the_counts_are_those_of_the_calls(steps: list[Any], asked: list[dict[str, Any]]) -> None:
    world = World()

    for step in steps:
        world.do(*step)

    for each in asked:
        wanted = question(world.organization, **each)
        assert counted(wanted) == by_hand(wanted)
    # Once all is added up, nothing is left to be counted, and all is as it was.
    count_calls()
    assert not CallDelta.objects.filter(organization_id=world.organization.pk).exists()
    assert not StaleRollup.objects.filter(pk=world.organization.pk).exists()
    for each in asked:
        wanted = question(world.organization, **each)
        assert counted(wanted) == by_hand(wanted)


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("UTC", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("America/Toronto", datetime(2026, 3, 8, 7, tzinfo=UTC)),
        ("America/Toronto", datetime(2026, 11, 1, 6, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ],
)
def test_hours_around_a_change_of_clocks_are_counted_whole_and_in_part(zone: str, change: datetime, user: User) -> None:
    assert user.organization is not None
    Organization.objects.filter(pk=user.home_id).update(time_zone=zone)
    for minutes in range(-100, 140, 20):
        make_call(user, start_time=change + timedelta(minutes=minutes))
    count_calls()

    for begin in (-90, -75, -30, -10, 0, 20, 30, 60):
        for length in (0, 10, 30, 60, 75, 150):
            since = change + timedelta(minutes=begin)
            wanted = question(user.organization, begin=since, end=since + timedelta(minutes=length), time=Time.HOUR)
            assert counted(wanted) == by_hand(wanted)


@pytest.mark.parametrize("time", [None, *Time])
@pytest.mark.parametrize("dimensions", [(), ("status",), ("status", "user_id")])
def test_whole_days_are_counted_without_reading_a_call(
    time: Time | None, dimensions: tuple[str, ...], user: User, django_assert_num_queries: Any
) -> None:
    assert user.organization is not None
    for hour in range(3):
        make_call(user, start_time=MOMENTS[0] + timedelta(hours=hour))
    count_calls()
    wanted = question(user.organization, dimensions=dimensions, time=time)

    with django_assert_num_queries(1) as asked:
        found = counted(wanted)

    assert found == by_hand(wanted)
    assert '"calls_call"' not in asked[0]["sql"]


def all_of(user: User) -> Question:
    assert user.organization is not None
    return question(user.organization, dimensions=DIMENSIONS, time=Time.DAY, with_classes=True)


def save(call: Call) -> None:
    call.status = "busy"
    call.save()


def save_in_bulk(call: Call) -> None:
    call.duration = 7
    Call.objects.bulk_update([call], ["duration"])


def write_sql(call: Call) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE calls_call SET provider_phone_number = '+14165550123' WHERE id = %s", [call.pk])


DOORS = [
    save,
    save_in_bulk,
    write_sql,
    lambda call: Call.objects.filter(pk=call.pk).update(start_time=call.start_time + timedelta(days=40)),
    lambda call: call.delete(),
    lambda call: Call.objects.filter(pk=call.pk)._raw_delete("default"),
    lambda call: call.user.delete(),
    lambda call: call.ai_agent.delete(),
    lambda call: Call.objects.bulk_create(
        [Call(organization_id=call.organization_id, provider="sinch", direction="inbound", status="failed")]
    ),
]


@pytest.mark.parametrize("door", DOORS, ids=range(len(DOORS)))
def test_no_writer_can_be_forgotten(door: Any, user: User) -> None:
    assert user.organization is not None
    owner = make_user(organization=user.organization)
    for _ in range(3):
        call = make_call(owner, ai_agent=make_prompt(user.organization))
    count_calls()

    door(call)

    before = by_hand(all_of(user))
    assert CallDelta.objects.filter(organization_id=user.home_id).exists()
    assert counted(all_of(user)) == before
    count_calls()
    assert counted(all_of(user)) == before


def test_what_changes_no_count_leaves_no_trace(user: User) -> None:
    call = make_call(user)
    count_calls()

    call.ai_summary = "They will call back."
    call.save()

    assert not CallDelta.objects.exists()


def test_a_call_that_is_gone_leaves_no_rows(user: User) -> None:
    call = make_call(user)
    count_calls()
    assert CallRollup.objects.count() == 4

    call.delete()
    count_calls()

    assert not CallRollup.objects.exists()
