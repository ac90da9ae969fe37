"""Rows of a trail, as its organization reads them, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Count

from tether_calls.common.object_id import first_object_id_at
from tether_calls.trails.models import AccessEntry, AccessKind, TrailEntry

EntryT = TypeVar("EntryT", bound=TrailEntry)
# What is counted as listening.
HEARD = (AccessKind.RECORDING_PLAY, AccessKind.RECORDING_DOWNLOAD, AccessKind.RECORDING_ADDRESS)


@dataclass(frozen=True)
class TrailPage(Generic[EntryT]):
    """`has_more`: there are older ones."""

    rows: Sequence[EntryT]
    has_more: bool


@dataclass(frozen=True, kw_only=True)
class TrailFilter:
    """None: all. By time: the first included, the last not; by the second, as ids tell it."""

    user_id: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    # By its columns, such as `kind` and `call_id`.
    columns: tuple[tuple[str, str], ...] = ()


def trail_page(
    model: type[EntryT], *, organization_id: str, wanted: TrailFilter, limit: int, before: str | None = None
) -> TrailPage[EntryT]:
    """The newest rows, or those older than the one with the id `before`. One statement."""
    rows = model.objects.of_organization(organization_id).filter(**conditions_of(wanted))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found: list[Any] = list(rows.order_by("-pk")[: limit + 1])
    return TrailPage(found[:limit], len(found) > limit)


def conditions_of(wanted: TrailFilter) -> dict[str, Any]:
    conditions: dict[str, Any] = dict(wanted.columns)
    if wanted.user_id is not None:
        conditions["user_id"] = wanted.user_id
    if wanted.start_date is not None:
        conditions["pk__gte"] = first_object_id_at(wanted.start_date)
    if wanted.end_date is not None:
        conditions["pk__lt"] = first_object_id_at(wanted.end_date)
    return conditions


@dataclass(frozen=True)
class Listener:
    """Who has got at recordings, and how often."""

    actor_kind: str
    actor_id: str | None
    name: str
    count: int


def who_listened_most(*, organization_id: str, since: datetime, most: int = 10) -> list[Listener]:
    """Who has played, saved or been handed recordings most often. One statement."""
    rows = AccessEntry.objects.of_organization(organization_id).filter(
        kind__in=HEARD, pk__gte=first_object_id_at(since)
    )
    found = rows.order_by().values_list("actor_kind", "actor_id", "actor_name").annotate(count=Count("pk"))
    return [Listener(*row) for row in found.order_by("-count", "actor_name")[:most]]
