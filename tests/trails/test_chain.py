"""The chain of a trail: rows are linked, and one that was changed, removed or cut off is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from tests.statements import statements_made
from tether_calls.common.object_id import new_object_id
from tether_calls.trails.models import AccessEntry, AddedOnlyError, Head, Link, Pending, Trail
from tether_calls.trails.models.triggers import drop_triggers, make_triggers
from tether_calls.trails.selectors.proof import faults_of
from tether_calls.trails.services import link as link_module
from tether_calls.trails.services.link import link_pending
from tether_calls.trails.services.prune import prune_trails

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Organization:
    """One that is known by its id alone, as the trails know it: its making is in no trail."""

    pk: str = field(default_factory=new_object_id)


@pytest.fixture
def home(db: None) -> Organization:
    return Organization()


def write(home: Organization, count: int = 1, **fields: Any) -> list[AccessEntry]:
    defaults = {"organization_id": home.pk, "kind": "transcript_read", "actor_kind": "user", "actor_name": "Kim"}
    return [AccessEntry.objects.create(**{**defaults, **fields}) for _ in range(count)]


def linked(home: Organization, count: int = 1) -> list[AccessEntry]:
    rows = write(home, count)
    link_pending()
    return rows


def faults(home: Organization) -> list[str]:
    return faults_of(home.pk, Trail.ACCESS)


@contextmanager
def behind_its_back() -> Iterator[Any]:
    """A session of somebody who may do anything in the database, and has switched the triggers off."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield cursor
            cursor.execute("SET LOCAL session_replication_role = origin")
        return
    drop_triggers(using="default", plan=[None])
    with connection.cursor() as cursor:
        yield cursor
    make_triggers(using="default")


def sql(statement: str, *values: Any) -> None:
    with behind_its_back() as cursor:
        cursor.execute(statement, values)


def test_rows_are_linked_in_their_order_and_each_organization_has_a_chain_of_its_own(home: Organization) -> None:
    other = Organization()
    rows = linked(home, 3)
    linked(other, 2)
    assert list(Link.objects.of_organization(home.pk).order_by("number").values_list("number", "entry_id")) == [
        (number, row.pk) for number, row in enumerate(rows, start=1)
    ]
    assert Head.objects.get(organization_id=other.pk).count == 2
    assert not Pending.objects.exists()
    assert (faults(home), faults(other)) == ([], [])


def test_linking_goes_on_in_batches_and_where_it_ended(home: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "BATCH", 2)
    write(home, 5)
    assert link_pending() == 5
    assert link_pending() == 0
    linked(home, 2)
    assert Head.objects.get().count == 7
    assert faults(home) == []


def test_a_row_that_waits_to_be_linked_is_no_fault(home: Organization) -> None:
    linked(home)
    write(home)
    assert faults(home) == []


def test_writing_a_row_takes_one_statement_and_no_lock_of_the_chain(home: Organization) -> None:
    with statements_made() as made:
        write(home)
    assert len(made) == 1


@pytest.mark.parametrize("table", ["trails_accessentry", "trails_link"])
@pytest.mark.parametrize("what", ["UPDATE {} SET organization_id = organization_id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_delete(home: Organization, table: str, what: str) -> None:
    linked(home)
    with pytest.raises(DatabaseError, match="neither changed nor deleted"), transaction.atomic():
        connection.cursor().execute(what.format(table))


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE")
def test_the_database_refuses_to_empty_the_table(home: Organization) -> None:
    linked(home)
    with pytest.raises(DatabaseError, match="neither changed nor deleted"), transaction.atomic():
        connection.cursor().execute("TRUNCATE trails_accessentry")


def test_so_does_the_model(home: Organization) -> None:
    (row,) = linked(home)
    for refused in (
        row.save,
        row.delete,
        AccessEntry.objects.all().delete,
        lambda: AccessEntry.objects.update(ip="10.0.0.1"),
        lambda: AccessEntry.objects.bulk_update([row], ["ip"]),
    ):
        with pytest.raises(AddedOnlyError):
            refused()


def test_a_row_that_was_changed_is_found(home: Organization) -> None:
    rows = linked(home, 3)
    sql("UPDATE trails_accessentry SET actor_name = 'Robin' WHERE id = %s", rows[1].pk)
    assert faults(home) == [f"row 2 ({rows[1].pk}) was changed"]


@pytest.mark.parametrize(
    ("column", "value"), [("ip", "10.0.0.1"), ("reason", "x"), ("call_id", "0" * 24), ("kind", "search")]
)
def test_so_is_each_of_its_columns(home: Organization, column: str, value: str) -> None:
    (row,) = linked(home)
    sql(f"UPDATE trails_accessentry SET {column} = %s", value)  # noqa: S608
    assert faults(home) == [f"row 1 ({row.pk}) was changed"]


def test_a_row_that_was_removed_is_found(home: Organization) -> None:
    rows = linked(home, 3)
    sql("DELETE FROM trails_accessentry WHERE id = %s", rows[1].pk)
    assert faults(home) == [f"row 2 ({rows[1].pk}) is missing"]


def test_a_row_that_was_removed_with_its_link_is_found(home: Organization) -> None:
    rows = linked(home, 3)
    sql("DELETE FROM trails_accessentry WHERE id = %s", rows[1].pk)
    sql("DELETE FROM trails_link WHERE number = 2")
    assert faults(home) == ["rows 2 to 2 are missing"]


def test_the_last_row_that_was_cut_off_with_its_link_is_found(home: Organization) -> None:
    rows = linked(home, 3)
    sql("DELETE FROM trails_accessentry WHERE id = %s", rows[2].pk)
    sql("DELETE FROM trails_link WHERE number = 3")
    assert faults(home) == ["rows 3 to 3 are missing at the end"]


def test_a_head_that_was_set_back_with_it_is_found_by_its_signature(home: Organization) -> None:
    rows = linked(home, 3)
    sql("DELETE FROM trails_accessentry WHERE id = %s", rows[2].pk)
    sql("DELETE FROM trails_link WHERE number = 3")
    before = Link.objects.get(number=2)
    sql("UPDATE trails_head SET count = 2, hash = %s", before.hash)
    (fault,) = faults(home)
    assert "signature" in fault


def test_a_chain_that_was_made_anew_is_found_by_its_signature(home: Organization) -> None:
    rows = linked(home, 2)
    sql("UPDATE trails_accessentry SET actor_name = 'Robin' WHERE id = %s", rows[1].pk)
    changed = AccessEntry.objects.get(pk=rows[1].pk)
    its_hash = changed.hash_after(Link.objects.get(number=1).hash)
    sql("UPDATE trails_link SET hash = %s WHERE number = 2", its_hash)
    sql("UPDATE trails_head SET hash = %s", its_hash)
    (fault,) = faults(home)
    assert "signature" in fault
    # None is none either.
    sql("UPDATE trails_head SET signature = ''")
    (fault,) = faults(home)
    assert "signature" in fault


def test_what_is_linked_beyond_the_end_is_found(home: Organization) -> None:
    linked(home, 2)
    old = Head.objects.values().get()
    rows = linked(home)
    sql("UPDATE trails_head SET count = 2, hash = %s, signature = %s", old["hash"], old["signature"])
    # In no chain that anybody could check.
    sql("UPDATE trails_accessentry SET actor_name = 'Robin' WHERE id = %s", rows[0].pk)
    assert faults(home) == ["links 3 to 3 are beyond its end"]


def test_an_old_head_that_was_put_back_is_found_by_what_was_written_down_outside(
    home: Organization, tmp_path: Path
) -> None:
    linked(home, 2)
    old = Head.objects.values().get()
    rows = linked(home)
    anchors = tmp_path / "anchors"
    call_command("check_access", write_anchors=anchors, stdout=StringIO())
    sql("DELETE FROM trails_accessentry WHERE id = %s", rows[0].pk)
    sql("DELETE FROM trails_link WHERE number = 3")
    sql("UPDATE trails_head SET count = 2, hash = %s, signature = %s", old["hash"], old["signature"])
    assert faults(home) == []

    told = StringIO()
    with pytest.raises(CommandError, match="1 of 1 chains are wrong"):
        call_command("check_access", anchors=anchors, stderr=told)

    assert "it had 3 rows when it was written down outside, and has 2" in told.getvalue()


def test_what_was_written_down_outside_holds_while_rows_are_added(home: Organization, tmp_path: Path) -> None:
    linked(home, 2)
    anchors = tmp_path / "anchors"
    call_command("check_access", write_anchors=anchors, stdout=StringIO())
    linked(home, 2)
    call_command("check_access", anchors=anchors, stdout=StringIO())


def test_a_row_that_was_put_in_past_the_chain_is_found(home: Organization) -> None:
    linked(home)
    with behind_its_back():
        (row,) = write(home)
    assert faults(home) == [f"row {row.pk} is in no chain"]


def test_a_row_that_went_before_it_was_linked_is_found(home: Organization) -> None:
    linked(home)
    (row,) = write(home)
    sql("DELETE FROM trails_accessentry WHERE id = %s", row.pk)
    link_pending()
    assert faults(home) == [f"row {row.pk} was written, and was gone before it was linked"]


def test_a_chain_without_head_is_found(home: Organization) -> None:
    linked(home)
    sql("DELETE FROM trails_head")
    assert "the chain has no head" in faults(home)


def test_the_head_holds_under_a_key_that_is_being_replaced(home: Organization, settings: Any) -> None:
    linked(home)
    with override_settings(SECRET_KEY="another" * 8, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert faults(home) == []
    with override_settings(SECRET_KEY="another" * 8):
        assert len(faults(home)) == 1


def test_the_command_tells_of_every_chain(home: Organization) -> None:
    other = Organization()
    linked(home)
    rows = linked(other)
    out = StringIO()
    call_command("check_access", stdout=out)
    assert out.getvalue().startswith("2 chains are right")

    sql("DELETE FROM trails_accessentry WHERE id = %s", rows[0].pk)
    told = StringIO()
    with pytest.raises(CommandError, match="1 of 2 chains are wrong"):
        call_command("check_access", stderr=told)
    assert told.getvalue() == f"Organization {other.pk}: row 1 ({rows[0].pk}) is missing\n"
    call_command("check_access", organization=home.pk, stdout=StringIO())


# ---- What is past its time ------------------------------------------------------------------------------------------


def pruned(now: datetime) -> int:
    return sum(piece.rows for piece in prune_trails(now))


def test_rows_that_are_past_their_time_go_and_the_rest_can_be_checked(home: Organization) -> None:
    long_ago = timezone.now() - timedelta(days=731)
    old = write(home, 3)
    for row in old:
        aged = new_object_id(long_ago)
        sql("UPDATE trails_pending SET entry_id = %s WHERE entry_id = %s", aged, row.pk)
        sql("UPDATE trails_accessentry SET id = %s WHERE id = %s", aged, row.pk)
    link_pending()
    new = linked(home, 2)

    assert pruned(timezone.now()) == 3

    assert list(AccessEntry.objects.order_by("pk").values_list("pk", flat=True)) == [row.pk for row in new]
    assert (Head.objects.get().floor, Link.objects.count()) == (3, 2)
    assert faults(home) == []
    linked(home)
    assert faults(home) == []

    sql("DELETE FROM trails_accessentry WHERE id = %s", new[0].pk)
    assert faults(home) == [f"row 4 ({new[0].pk}) is missing"]


def test_nothing_goes_before_its_time(home: Organization) -> None:
    linked(home, 2)
    assert pruned(timezone.now() + timedelta(days=729)) == 0
    assert pruned(timezone.now() + timedelta(days=731)) == 2
    assert faults(home) == []


def test_who_moves_the_floor_to_delete_is_found(home: Organization) -> None:
    linked(home, 2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE trails_head SET floor = 1")
        cursor.execute("DELETE FROM trails_accessentry WHERE id IN (SELECT entry_id FROM trails_link WHERE number = 1)")
    assert "signature" in faults(home)[0]
