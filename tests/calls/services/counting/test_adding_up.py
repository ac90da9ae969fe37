"""Adding up while calls are written, anew, after a zone changed, and where it was cut off."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from calls.models import Call, CallDelta, CallRollup, StaleRollup
from calls.models.counting_triggers import count_together, drop_triggers_in_the_way, make_triggers
from calls.models.rollup import DIMENSIONS
from calls.selectors.counting.sources import Time
from calls.services.counting import fold
from calls.services.counting import rebuild as rebuild_module
from calls.services.counting.fold import count_calls, fold_batch
from calls.services.counting.rebuild import rebuild_from_the_beginning, rebuild_step
from tests.at_once import at_once
from tests.calls.services.counting.by_hand import by_hand, counted, question
from tests.factories import make_call, make_user
from tether_calls.accounts.models import Organization, User
from tether_calls.background.jobs import stopping

pytestmark = pytest.mark.django_db


def assert_right(user: User) -> None:
    assert user.organization is not None
    wanted = question(user.organization, dimensions=DIMENSIONS, time=Time.DAY, with_classes=True)
    assert counted(wanted) == by_hand(wanted)


def make_calls(user: User, *, days: int) -> list[Call]:
    first = make_call(user)
    return [first, *(make_call(user, start_time=first.start_time + timedelta(days=day)) for day in range(1, days))]


@pytest.mark.django_db(transaction=True)
def test_calls_may_be_written_all_the_while(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild_module, "STEP", 2)
    calls = make_calls(user, days=6)

    def write() -> None:
        for call in calls:
            make_call(user, start_time=call.start_time, status="busy")
            Call.objects.filter(pk=call.pk).update(duration=7, start_time=call.start_time + timedelta(days=1))

    def fold_on() -> None:
        for _ in range(12):
            fold_batch()

    def rebuild() -> None:
        for _ in range(2):
            rebuild_from_the_beginning(organization_id=user.home_id)
            while rebuild_step(organization_id=user.home_id) is not None:
                pass

    at_once([write, write, fold_on, rebuild, rebuild])

    assert_right(user)
    count_calls()
    assert_right(user)
    assert not CallDelta.objects.exists()


def test_other_organizations_calls_are_not_touched(user: User, other_user: User) -> None:
    make_calls(user, days=2)
    make_calls(other_user, days=3)
    count_calls()
    rows = list(CallRollup.objects.of_organization(other_user.home_id).order_by("pk").values())

    call_command("rebuild_rollups", "--organization", user.home_id, stdout=io.StringIO())

    assert list(CallRollup.objects.of_organization(other_user.home_id).order_by("pk").values()) == rows
    assert_right(user)
    assert_right(other_user)


def test_a_rebuilding_that_was_cut_off_is_gone_on_with(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild_module, "STEP", 1)
    make_calls(user, days=5)
    count_calls()
    rebuild_from_the_beginning(organization_id=user.home_id)
    for _ in range(3):
        assert rebuild_step(organization_id=user.home_id) == 1
    assert_right(user)

    count_calls()

    assert not StaleRollup.objects.exists()
    assert_right(user)


def test_the_job_ends_with_its_process(user: User) -> None:
    make_calls(user, days=2)
    rebuild_from_the_beginning(organization_id=user.home_id)
    stopping.set()
    try:
        count_calls()
    finally:
        stopping.clear()

    assert StaleRollup.objects.get().through is None
    assert CallDelta.objects.count() == 2


def test_many_changes_are_added_up_in_batches(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "BATCH", 2)
    make_calls(user, days=5)

    count_calls()

    assert not CallDelta.objects.exists()
    assert_right(user)


def test_another_zone_has_all_added_up_anew(user: User) -> None:
    make_calls(user, days=3)
    count_calls()

    Organization.objects.filter(pk=user.home_id).update(time_zone="Pacific/Auckland")

    assert StaleRollup.objects.filter(pk=user.home_id).exists()
    assert_right(user)
    count_calls()
    assert not StaleRollup.objects.exists()
    assert_right(user)


def test_the_same_zone_changes_nothing(user: User) -> None:
    Organization.objects.filter(pk=user.home_id).update(time_zone="UTC", name="Other")

    assert not StaleRollup.objects.exists()


def test_the_command_says_what_it_did(user: User) -> None:
    make_calls(user, days=3)
    output = io.StringIO()

    call_command("rebuild_rollups", stdout=output)

    assert output.getvalue() == "Added up 3 calls of 1 organizations\n"
    assert not StaleRollup.objects.exists()
    assert_right(user)


def test_the_command_knows_its_organizations() -> None:
    with pytest.raises(CommandError, match="no such organization"):
        call_command("rebuild_rollups", "--organization", "5f0000000000000000000000")


def test_calls_written_before_there_were_triggers_are_added_up(user: User) -> None:
    make_calls(user, days=2)
    make_user()
    count_calls()
    _lose_triggers()
    make_call(user)

    make_triggers(using="default")

    assert [row.pk for row in StaleRollup.objects.all()] == [user.home_id]
    assert_right(user)
    count_calls()
    assert_right(user)


def test_migrations_that_change_nothing_leave_the_counts(user: User) -> None:
    make_calls(user, days=2)

    drop_triggers_in_the_way(using="default", plan=[])
    make_triggers(using="default")

    assert not StaleRollup.objects.exists()
    make_call(user)
    assert CallDelta.objects.count() == 3


def test_calls_that_are_counted_together_are_counted_once(user: User) -> None:
    make_calls(user, days=2)
    with transaction.atomic():
        count_together()
        changed, _ = make_calls(user, days=2)
        Call.objects.filter(pk=changed.pk).update(duration=7)
    make_call(user)

    assert sum(CallDelta.objects.values_list("calls", flat=True)) == 5
    count_calls()
    assert_right(user)


def test_of_calls_that_are_counted_together_a_caller_who_was_handed_over_is_one(user: User) -> None:
    with transaction.atomic():
        count_together()
        make_call(user, transferred_from=make_call(user))

    assert sum(CallDelta.objects.values_list("calls", flat=True)) == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there each trigger is made anew")
def test_where_the_trigger_of_before_counted_nothing_is_added_up_anew(user: User) -> None:
    make_calls(user, days=2)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "DROP TRIGGER new_call_is_counted ON calls_call; DROP TRIGGER new_calls_are_counted ON calls_call;"
            " CREATE OR REPLACE TRIGGER call_is_counted AFTER INSERT OR UPDATE OR DELETE ON calls_call"
            " FOR EACH ROW EXECUTE FUNCTION calls_call_is_counted()"
        )

    make_triggers(using="default")

    assert not StaleRollup.objects.exists()
    make_call(user)
    assert CallDelta.objects.count() == 3
    count_calls()
    assert_right(user)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there it is a trigger of each call")
def test_where_new_calls_alone_went_uncounted_all_are_added_up(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER new_call_is_counted ON calls_call")
    make_call(user)

    make_triggers(using="default")

    assert [row.pk for row in StaleRollup.objects.all()] == [user.home_id]
    count_calls()
    assert_right(user)


def _lose_triggers() -> None:
    """As a migration does on SQLite."""
    if connection.vendor == "sqlite":
        drop_triggers_in_the_way(using="default", plan=["a migration"])
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "DROP TRIGGER call_is_counted ON calls_call; DROP TRIGGER new_call_is_counted ON calls_call;"
                " DROP TRIGGER new_calls_are_counted ON calls_call"
            )
