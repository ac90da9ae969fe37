"""The job that redacts old calls: place after place, slice after slice, with room between them for others.

What a slice masks, and how far the run is, are written in one transaction: cut off anywhere, the next worker goes on
behind it. Rows are looked at outside of it, so that nobody waits while a long conversation is read; one that was
changed meanwhile is looked at once more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction

from calls.models import Call, Export, LegalHold, RedactionRun, RedactionState
from calls.selectors.privacy.holds import held_calls, held_contacts, held_names
from calls.services.exports.discard import begin_again, discard
from calls.services.lifecycle.heed_holds import heeded_holds
from calls.services.lifecycle.lock_calls import in_lock_order
from calls.services.redacting.claim import PAUSES, claim, finish, try_later
from calls.services.redacting.places import PLACES, Place
from tether_calls.background.jobs import stopping
from tether_calls.background.turns import NotOurs, give_back, hold, lock
from tether_calls.common.errors import ErrorCode
from tether_calls.common.redacted_kinds import Kinds, kinds_of

logger = logging.getLogger(__name__)

RUN_SECONDS: Final = 50.0
# As long as what was done before it: others have half of the time, whatever it costs.
_LONGEST_PAUSE: Final = 1.0
_HAVE_WORDS: Final = ("calls", "contacts", "doNotCall")


def redact_old_calls() -> None:
    """The job: as much as can be done in a minute, of one organization after the other."""
    until = time.monotonic() + RUN_SECONDS
    while time.monotonic() < until and not stopping.is_set():
        # wall: the job does the runs of every organization
        run = claim()
        if run is None:
            return
        _take_turn(run, until)


def _take_turn(run: RedactionRun, until: float) -> None:
    try:
        if run.failures > len(PAUSES):
            # Cut off each time, such as by the kernel: nobody was left to say that it has failed.
            finish(run, RedactionState.FAILED, error=str(ErrorCode.INTERNAL_ERROR))
            return
        while go_on(run):
            if time.monotonic() > until or stopping.is_set():
                give_back(run)
                return
    except NotOurs:
        logger.info("The redaction %s was canceled, or is another worker's by now", run.pk)
    except Exception:
        logger.exception("The redaction %s could not go on", run.pk)
        try:
            try_later(run)
        except NotOurs:
            logger.info("The redaction %s was canceled, or is another worker's by now", run.pk)


def go_on(run: RedactionRun) -> bool:
    """Do the next slice of a run that is in our hands; whether there is more. Raises NotOurs, and what went wrong."""
    if not run.places:
        hold(run, places=[_counted(place, run.organization_id) for place in PLACES])
        return True
    if run.position >= len(PLACES):
        _discard_exports(run)
        finish(run, RedactionState.DONE)
        return False
    began = time.monotonic()
    _go_through(run, PLACES[run.position])
    time.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))
    return True


def _counted(place: Place, organization_id: str) -> dict[str, Any]:
    """How much there is of it: what comes later is redacted as it comes."""
    rows = place.of(organization_id).order_by("-pk")
    last = rows.values_list("pk", flat=True).first()
    told = {"place": place.name, "title": place.title, "last": "" if last is None else str(last)}
    return {**told, "total": 0 if last is None else rows.count(), "done": 0, "changed": 0, "kept": 0}


def _go_through(run: RedactionRun, place: Place) -> None:
    entry = run.places[run.position]
    rows = place.of(run.organization_id).order_by("pk")
    if run.cursor:
        rows = rows.filter(pk__gt=run.cursor)
    found = list(rows.filter(pk__lte=entry["last"])[: place.at_once]) if entry["last"] else []
    if not found:
        hold(run, position=run.position + 1, cursor="", failures=0)
        return
    kinds = kinds_of(run.kinds)
    looked_at = {row.pk: (_columns(row, wanted), wanted) for row in found if (wanted := place.redacted(row, kinds))}
    news = [pk for pk, (before, wanted) in looked_at.items() if before != wanted]
    with transaction.atomic():
        holds = _Holds(run.organization_id, heeded_holds(run.organization_id))
        lock(run)
        changed = [] if not news else _changed(place, run.organization_id, news, looked_at, kinds, holds)
        entry["done"] += len(found)
        entry["changed"] += len(changed)
        entry["kept"] += len(news) - len(changed) if holds.placed else 0
        hold(run, cursor=str(found[-1].pk), places=run.places, failures=0)


def _changed(
    place: Place,
    organization_id: str,
    pks: Sequence[Any],
    looked_at: Mapping[Any, tuple[dict[str, Any], dict[str, Any]]],
    kinds: Kinds,
    holds: _Holds,
) -> list[tuple[Any, Mapping[str, Any]]]:
    """Write what is new of these rows; those that were changed, with what was in them before."""
    locked = place.of(organization_id).filter(pk__in=pks).select_for_update(of=("self",))
    in_order = in_lock_order(locked) if locked.model is Call else locked.order_by("pk")
    rows = holds.let_go(place, list(in_order))
    changed: list[tuple[Any, Mapping[str, Any]]] = []
    for row in rows:
        before, wanted = looked_at[row.pk]
        now = _columns(row, wanted)
        if now != before:
            # Somebody has changed it since.
            wanted = place.redacted(row, kinds)
        news = {name: value for name, value in wanted.items() if value != now[name]}
        if not news:
            continue
        for name, value in news.items():
            setattr(row, name, value)
        # wall: a row of the organization, locked here
        type(row)._base_manager.filter(pk=row.pk).update(**news)
        changed.append((row, now))
    if changed and place.follow is not None:
        place.follow(changed)
    return changed


def _columns(row: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    # PostgreSQL hands out binary columns as views.
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in values.items()}


class _Holds:
    """What legal holds keep as it is."""

    def __init__(self, organization_id: str, placed: Sequence[LegalHold]) -> None:
        self._organization_id = organization_id
        self.placed = placed

    def let_go(self, place: Place, rows: list[Any]) -> list[Any]:
        """Those that no hold keeps."""
        if not self.placed:
            return rows
        named = [getattr(row, name) for row in rows for name in place.calls]
        call_ids = held_calls(self._organization_id, self.placed, named)
        told = [getattr(row, place.conversation) for row in rows] if place.conversation else []
        names = held_names(self._organization_id, self.placed, told)
        contact_ids = self._held_contacts(place, rows)
        kept = set() if place.held is None else place.held(self._organization_id, self.placed, rows)
        return [
            row
            for row in rows
            if row.pk not in kept
            and not any(getattr(row, name) in call_ids for name in place.calls)
            and not (place.conversation and getattr(row, place.conversation) in names)
            and not (place.contact and getattr(row, place.contact) in contact_ids)
        ]

    def _held_contacts(self, place: Place, rows: Sequence[Any]) -> frozenset[str]:
        named = [getattr(row, place.contact) for row in rows] if place.contact else []
        return held_contacts(self._organization_id, self.placed, named)


def _discard_exports(run: RedactionRun) -> None:
    """Files of exports may have any of it, also those that are made meanwhile. Who needs one makes another."""
    exports = Export.objects.of_organization(run.organization_id).filter(kind__in=_HAVE_WORDS)
    for export in exports.defer("carry"):
        if not begin_again(export):
            discard(export)
            export.delete()
