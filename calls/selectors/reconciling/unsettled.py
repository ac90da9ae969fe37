"""Calls whose provider has to be asked what became of them; ids only. One organization after the other: an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Any, Final

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, Value

from calls.models import Call, CallStatus
from calls.models.call import CallQuerySet
from calls.providers.registry import agents_provider, providers
from calls.reports import HAS_AUDIO
from tether_calls.accounts.models import Organization

NOT_ENDED: Final = (CallStatus.INITIATED, CallStatus.RINGING, CallStatus.IN_PROGRESS, CallStatus.ANSWERED)

# How long after its end a call's recording may still come.
_AUDIO_WITHIN = timedelta(hours=24)
# A call lasts no longer than that, so an index by its start finds it by its end.
_LONGEST_CALL = timedelta(hours=12)
# Organizations read in one statement.
_BATCH = 500


def calls_not_ended(*, created_before: datetime, organization_id: str | None, limit: int) -> list[str]:
    """The ids of calls that should have ended, those first that were looked at longest ago."""
    rows = (
        row
        for calls in _by_organization(organization_id)
        for row in calls.filter(
            status__in=NOT_ENDED, provider__in=reporting_providers(), created_at__lte=created_before
        )
        .order_by("updated_at")
        .values_list("updated_at", "pk")[:limit]
    )
    return _first(rows, limit)


def calls_without_audio(*, ended_before: datetime, now: datetime, organization_id: str | None, limit: int) -> list[str]:
    """The ids of conversations of the last day whose recording has not come, in the same order.

    Each is due with growing pauses: again after a third of the time that had passed when it was last looked at.
    """
    rows = (
        row for calls in _by_organization(organization_id) for row in _without_audio(calls, ended_before, now)[:limit]
    )
    return _first(rows, limit)


def reporting_providers() -> tuple[str, ...]:
    """The names of those that report their calls by callbacks, which can be lost."""
    return tuple(provider.name for provider in providers() if provider.reports_calls)


def lacks_audio(call: Call) -> bool:
    """Whether a recording of it is still to be asked for. One statement, or none."""
    if call.provider_metadata.get(HAS_AUDIO) is False or call.audio_erased_at is not None:
        return False
    return not call.recordings.exists()


def _without_audio(calls: CallQuerySet, ended_before: datetime, now: datetime) -> Any:
    """Those that are due: else more than `limit` that are not would stand in front of one that is."""
    oldest = now - _AUDIO_WITHIN
    return (
        calls.annotate(waited=_until(now, "updated_at"), passed=_until(now, "end_time"))
        .filter(
            Q(waited__gte=ExpressionWrapper(F("passed") / 4, output_field=DurationField())),
            Q(provider=agents_provider().name, provider_call_id__isnull=False) | Q(ai_conversation_id__isnull=False),
            status=CallStatus.COMPLETED,
            start_time__gte=oldest - _LONGEST_CALL,
            end_time__gte=oldest,
            end_time__lte=ended_before,
            recordings=None,
            audio_erased_at=None,
        )
        .exclude(provider_metadata__has_key=HAS_AUDIO)
        .order_by("updated_at")
        .values_list("updated_at", "pk")
    )


def _until(now: datetime, column: str) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(Value(now, DateTimeField()) - F(column), output_field=DurationField())


def _by_organization(organization_id: str | None) -> Iterator[CallQuerySet]:
    ids = _active_organizations() if organization_id is None else iter((organization_id,))
    return (Call.objects.of_organization(each) for each in ids)


def _active_organizations() -> Iterator[str]:
    # Page by page: on SQLite an open cursor keeps what comes after it from seeing new rows.
    active, last = Organization.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True), ""
    while ids := list(active.filter(pk__gt=last)[:_BATCH]):
        yield from ids
        last = ids[-1]


def _first(rows: Iterable[tuple[datetime, str]], limit: int) -> list[str]:
    return [call_id for _, call_id in nsmallest(limit, rows)]
