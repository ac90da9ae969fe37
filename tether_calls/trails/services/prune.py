"""Rows of trails that are past their time go, and what is left can still be checked.

The floor of the chain moves up first, signed, with the hash of the last link below it: the first one above it follows
from that. Then the rows and links below it go, which the database lets go for that reason alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from tether_calls.common.object_id import first_object_id_at
from tether_calls.common.slices import Slice, pause_after
from tether_calls.trails.models import Head, Link, Trail
from tether_calls.trails.models.triggers import MODELS
from tether_calls.trails.services.link import locked_head, sign

# Rows that go in one transaction.
BATCH = 500


def days_kept(trail: Trail) -> int:
    days: int = {Trail.ACCESS: settings.TETHER_ACCESS_LOG_DAYS, Trail.AUDIT: settings.TETHER_AUDIT_LOG_DAYS}[trail]
    return days


def prune_trails(now: datetime) -> Iterator[Slice]:
    """Delete what is past its time, yielding after each slice; between them is room for others."""
    for trail in Trail:
        bound = first_object_id_at(now - timedelta(days=days_kept(trail)))
        # wall: the job deletes what is past its time, of every organization
        for organization_id in list(Head.objects.filter(trail=trail).values_list("organization_id", flat=True)):
            began = time.monotonic()
            while (gone := _prune_some(organization_id, trail, bound)) > 0:
                took = time.monotonic() - began
                yield Slice(gone, took)
                pause_after(took)
                began = time.monotonic()


@transaction.atomic
def _prune_some(organization_id: str, trail: Trail, bound: str) -> int:
    """Those at the beginning of the chain that were made before; one that was made later ends it."""
    head = locked_head(organization_id=organization_id, trail=trail)
    links = Link.objects.of_organization(organization_id).filter(trail=trail)
    oldest = list(links.filter(number__gt=head.floor).order_by("number")[:BATCH])
    going: list[Link] = []
    for link in oldest:
        if link.entry_id >= bound:
            break
        going.append(link)
    if not going:
        return 0
    head.floor, head.floor_hash = going[-1].number, going[-1].hash
    sign(head)
    MODELS[trail].objects.of_organization(organization_id).filter(pk__in=[link.entry_id for link in going]).take_away()
    links.filter(number__lte=head.floor).take_away()
    return len(going)
