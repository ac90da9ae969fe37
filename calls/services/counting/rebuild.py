"""Adds an organization's calls up anew, some days at a time, while calls are written; it may be cut off anywhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from calls.models import Call, CallDelta, CallRollup, StaleRollup
from calls.models.rollup import DIMENSIONS
from calls.selectors.counting.sources import Question, Rows, compiled, in_period, one_by_one
from calls.services.counting.add_up import Change, add_up, take_turns
from tether_calls.accounts.models import Organization
from tether_calls.common.days import begin_of_day, day_of

_DAY = timedelta(days=1)
# Calls added up in one transaction, and the rest of the last one's day.
STEP = 10_000


@transaction.atomic
def rebuild_from_the_beginning(*, organization_id: str) -> None:
    """Have it all added up anew: by `rebuild_step`s, of this process or of the job."""
    take_turns()
    StaleRollup.objects.of_organization(organization_id).update_or_create(
        organization_id=organization_id, defaults={"through": None}
    )


@transaction.atomic
def rebuild_step(*, organization_id: str) -> int | None:
    """Add up the next days; returns how many calls they had. None: there is nothing left to do.

    Calls and the changes that are not added up yet are cut at one moment: what is committed later leaves a change that
    is added up afterwards.
    """
    take_turns()
    stale = StaleRollup.objects.of_organization(organization_id).select_for_update().first()
    organization = Organization.objects.filter(pk=organization_id).first()
    if stale is None:
        return None
    if organization is None:
        stale.delete()
        return None
    if stale.through is None:
        CallRollup.objects.of_organization(organization_id).delete()
    asked = Question(organization_id=organization_id, zone=organization.zone, dimensions=DIMENSIONS, with_cost=True)
    end = _end_of_step(asked, stale.through)
    changes = _cut(asked, stale.through, end)
    add_up(organization_id=organization_id, zone=organization.zone, changes=changes)
    if end is None:
        stale.delete()
    else:
        stale.through = end
        stale.save()
    return len(changes)


def _end_of_step(asked: Question, begin: datetime | None) -> datetime | None:
    """The end of the day on which the last call of the step began; None: there are not that many left."""
    calls = in_period(Call.objects.of_organization(asked.organization_id), begin, None)
    last = calls.order_by("start_time").values_list("start_time", flat=True)[STEP - 1 : STEP].first()
    end = None if last is None else begin_of_day(day_of(last, asked.zone) + _DAY, asked.zone)
    # What began at the end of time has no day of its own.
    return end if end is not None and last is not None and end > last else None


def _cut(asked: Question, begin: datetime | None, end: datetime | None) -> list[Change]:
    """The calls of a period, whose changes are deleted as of the same moment."""
    calls = in_period(Call.objects.of_organization(asked.organization_id), begin, end)
    changes = in_period(CallDelta.objects.of_organization(asked.organization_id), begin, end)
    rows = one_by_one(calls, asked, moment=F("start_time"))
    if connection.vendor == "postgresql":
        found = _read_and_delete(rows, changes)
    else:
        found = list(rows)
        changes.delete()
    wide = len(DIMENSIONS)
    # After the dimensions: the status once more, no day.
    # A sum of PostgreSQL's is a Decimal.
    return [Change(row[wide + 2], tuple(row[:wide]), *map(int, row[wide + 3 : wide + 6])) for row in found]


def _read_and_delete(rows: Rows, changes: Rows) -> list[tuple[Any, ...]]:
    """One statement, which sees one moment: of two the second would see what was committed between them."""
    read, read_params = compiled(rows)
    chosen, chosen_params = compiled(changes.order_by().values("pk"))
    table = CallDelta._meta.db_table
    # wall: both are of one organization
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH counted AS (DELETE FROM {table} WHERE id IN ({chosen})) {read}",  # noqa: S608
            [*chosen_params, *read_params],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
