"""Deletes rows that are past their time, in slices that hold nothing for long."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from calls.models import (
    Delivery,
    LegalHold,
    OutgoingText,
    RefusedPush,
    ScheduledCall,
    TextState,
    ToolCall,
    Transfer,
    TransferState,
    WebhookMessage,
)
from calls.selectors.privacy.holds import held_calls, held_names, named_contacts
from calls.services.agent_calls.idempotency import outdated_requests
from calls.services.exports.discard import discard_files, outdated_exports
from calls.services.lifecycle.heed_holds import heeded_holds
from contacts.models import Reminder
from tether_calls.accounts.models import AvailabilityChange, EndedSession, OidcLogin, PasswordReset, UserSession
from tether_calls.background.jobs import stopping
from tether_calls.common.object_id import first_object_id_at
from tether_calls.common.slices import delete_in_slices
from tether_calls.realtime.models import EventLog
from tether_calls.trails.services.prune import prune_trails

# The job stops after this long; the next one goes on.
RUN_SECONDS = 1_200.0
# They go in the order of their chains, and their chains remember that they were there.
_TRAILS = "access logs"


@dataclass(frozen=True)
class Outdated:
    """What is past its time in one table."""

    title: str
    rows: QuerySet[Model, Model]
    # A column with an index, in whose order they are deleted.
    by: str = "pk"
    # One that may be large.
    weighed_by: str | None = None
    # Removes what rows with these ids have outside of the database; returns those that may go.
    release: Callable[[Sequence[str]], Sequence[str]] | None = None
    # Of rows with these ids those that may go: asked in the transaction that deletes them.
    may_go: Callable[[Sequence[str]], Sequence[str]] | None = None


@dataclass(frozen=True)
class Progress:
    """Of one table: what has been deleted of how many rows that were past their time at the beginning.

    `seconds`: for how long the last slice held what it deleted.
    """

    title: str
    deleted: int
    total: int
    seconds: float = 0.0


def prune() -> None:
    """The job: as much as can be deleted in twenty minutes."""
    until = time.monotonic() + RUN_SECONDS
    for _ in prune_in_turns():
        if time.monotonic() > until or stopping.is_set():
            return


def prune_in_turns() -> Iterator[Progress]:
    """Delete a slice of each table, then the next ones, telling after each.

    However much is left of one, the others get their turn: what a provider has sent goes in time, also where there are
    more events than can be deleted.
    """
    waiting = deque(_steps_of_tables(count=False))
    while waiting:
        steps = waiting.popleft()
        if (progress := next(steps, None)) is not None:
            yield progress
            waiting.append(steps)


def prune_step_by_step(*, count: bool) -> Iterator[Progress]:
    """Delete table by table and slice by slice, telling after each; with `count` each table is counted first."""
    return chain.from_iterable(_steps_of_tables(count=count))


def _steps_of_tables(*, count: bool) -> list[Iterator[Progress]]:
    return [*(_steps(outdated, count=count) for outdated in all_outdated(timezone.now())), _steps_of_trails()]


def _steps(outdated: Outdated, *, count: bool) -> Iterator[Progress]:
    total = outdated.rows.count() if count else 0
    deleted = 0
    yield Progress(outdated.title, deleted, total)
    for piece in delete_in_slices(
        outdated.rows,
        by=outdated.by,
        weighed_by=outdated.weighed_by,
        release=outdated.release,
        may_go=outdated.may_go,
    ):
        deleted += piece.rows
        yield Progress(outdated.title, deleted, max(total, deleted), piece.seconds)


def _steps_of_trails() -> Iterator[Progress]:
    deleted = 0
    yield Progress(_TRAILS, deleted, 0)
    for piece in prune_trails(timezone.now()):
        deleted += piece.rows
        yield Progress(_TRAILS, deleted, deleted, piece.seconds)


def all_outdated(now: datetime) -> list[Outdated]:
    return [
        Outdated("events", _older(EventLog, settings.TETHER_EVENT_LOG_DAYS, now)),
        Outdated("deliveries of providers", _older(Delivery, settings.TETHER_DELIVERY_DAYS, now), weighed_by="body"),
        # By them a request is known again, as by its delivery.
        Outdated("answers of agents' tools", _older(ToolCall, settings.TETHER_DELIVERY_DAYS, now)),
        Outdated("refused pushes", _older(RefusedPush, settings.TETHER_REFUSED_PUSH_DAYS, now)),
        Outdated("changes of availability", _older(AvailabilityChange, settings.TETHER_AVAILABILITY_LOG_DAYS, now)),
        Outdated(
            "scheduled calls",
            _over(ScheduledCall, settings.TETHER_SCHEDULED_CALL_DAYS, now, "updated_at").exclude(
                state__in=ScheduledCall.UNFINISHED
            ),
        ),
        # What somebody has written in them, and was told of a caller, stays under a legal hold.
        Outdated(
            "reminders",
            _over(Reminder, settings.TETHER_REMINDER_DAYS, now, "fired_at").filter(text_at=None),
            may_go=partial(_not_held, Reminder, _held_reminders),
        ),
        # With whom they were offered to.
        Outdated(
            "transfers",
            _older(Transfer, settings.TETHER_TRANSFER_DAYS, now).exclude(state=TransferState.OFFERED),
            may_go=partial(_not_held, Transfer, _held_transfers),
        ),
        # Their messages stay.
        Outdated(
            "ways of texts", _older(OutgoingText, settings.TETHER_OUTGOING_TEXT_DAYS, now).filter(state=TextState.DONE)
        ),
        # With their attempts.
        Outdated("webhooks sent", _older(WebhookMessage, settings.TETHER_WEBHOOK_LOG_DAYS, now)),
        Outdated("idempotency keys", outdated_requests(now), by="created_at"),
        # wall: the job deletes what is past its time, of every organization
        Outdated("exports", outdated_exports(now), release=discard_files),
        # What `flushexpiredtokens` and `clearsessions` delete in one statement each. Tokens are numbered as they are
        # made, and have no index by their end.
        Outdated("expired tokens", OutstandingToken.objects.filter(expires_at__lte=now)),
        # wall: the job deletes what is past its time, of every organization
        Outdated("sessions of users", UserSession.objects.filter(expires_at__lte=now), by="expires_at"),
        # wall: the job deletes what is past its time, of every organization
        Outdated("password resets", PasswordReset.objects.filter(expires_at__lte=now), by="expires_at"),
        # wall: the job deletes what is past its time, of every organization
        Outdated("logins at an OpenID provider", OidcLogin.objects.filter(expires_at__lte=now), by="expires_at"),
        Outdated("ended sessions", EndedSession.objects.filter(expires_at__lte=now), by="expires_at"),
        Outdated("expired sessions", Session.objects.filter(expire_date__lt=now), by="expire_date"),
    ]


def _older(model: type[Model], days: int, now: datetime) -> QuerySet[Model, Model]:
    """An id begins with the time of its making, and is an index."""
    # wall: the job deletes what is past its time, of every organization
    return model._default_manager.filter(pk__lt=first_object_id_at(now - timedelta(days=days)))


def _over(model: type[Model], days: int, now: datetime, since: str) -> QuerySet[Model, Model]:
    """What is over, by a column, for so long: no younger than that in any case, which the index of ids tells."""
    return _older(model, days, now).filter(**{f"{since}__lt": now - timedelta(days=days)})


def _not_held(
    model: type[Any], held_of: Callable[[str, Sequence[LegalHold], Sequence[Any]], Collection[str]], ids: Sequence[str]
) -> list[str]:
    """In the transaction that deletes them. A statement, and two to four for each organization that they are of."""
    # wall: rows that the job has found, of several organizations
    rows = model._default_manager.filter(pk__in=ids).order_by("organization_id", "pk")
    going: list[str] = []
    for organization_id, some in groupby(rows, key=attrgetter("organization_id")):
        found = list(some)
        kept = held_of(organization_id, heeded_holds(organization_id), found)
        going += [row.pk for row in found if row.pk not in kept]
    return going


def _held_reminders(organization_id: str, holds: Sequence[LegalHold], rows: Sequence[Reminder]) -> frozenset[str]:
    contacts = named_contacts(organization_id, holds, {row.contact_id for row in rows})
    return frozenset(row.pk for row in rows if row.contact_id in contacts)


def _held_transfers(organization_id: str, holds: Sequence[LegalHold], rows: Sequence[Transfer]) -> frozenset[str]:
    calls = held_calls(organization_id, holds, [call_id for row in rows for call_id in (row.call_id, row.leg_id)])
    names = held_names(organization_id, holds, [row.conversation_id for row in rows])
    return frozenset(
        row.pk for row in rows if row.call_id in calls or row.leg_id in calls or row.conversation_id in names
    )
