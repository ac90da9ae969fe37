"""Filters that keep to an organization, and to an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import get_current_timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter, RangeDateFilter

from tether_calls.common.days import begin_of_day
from tether_calls.common.object_id import first_object_id_at

# The last year whose moments an id can tell.
_LAST_IN_IDS = datetime(2105, 12, 31, tzinfo=UTC)


class OwnRowsFilter(AutocompleteSelectFilter):  # type: ignore[misc]  # unfold has no types
    """Chooses a related row by searching; names only rows that the user may see."""

    heading: ClassVar[str] = ""
    title: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.heading:
            self.title = self.heading

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for choice in super().choices(changelist):
            # unfold would write the name of any row that the address bar names.
            field = choice["form"].fields[self.lookup_kwarg]
            related_admin = self.model_admin.admin_site.get_model_admin(self.field.remote_field.model)
            field.queryset = related_admin.get_queryset(self.request)
            yield choice


class ColumnFilter(DropdownFilter):  # type: ignore[misc]
    """One value of a column that is no enum in the database: `lookups` says which there are."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class DayFilter(RangeDateFilter):  # type: ignore[misc]
    """From one day to another, both included, by the reader's clock."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            first, end = self._midnight("from"), self._midnight("to", days_later=1)
        except (ValueError, OverflowError):
            messages.error(request, "Dates are written like 2026-05-15.")
            return queryset.none()
        return queryset.filter(**self.conditions(first, end))

    def conditions(self, first: datetime | None, end: datetime | None) -> dict[str, Any]:
        """The lookups for a span of time; `first` is in it, `end` is not."""
        bounds = {f"{self.field_path}__gte": first, f"{self.field_path}__lt": end}
        return {lookup: bound for lookup, bound in bounds.items() if bound is not None}

    def _midnight(self, which: str, *, days_later: int = 0) -> datetime | None:
        text = self.used_parameters.get(f"{self.field_path}_{which}")
        if not text:
            return None
        day = date.fromisoformat(text) + timedelta(days=days_later)
        return begin_of_day(day, get_current_timezone())


class MadeFilter(DayFilter):
    """By when a row was made: its id tells, and is in an index where the time itself is not."""

    def conditions(self, first: datetime | None, end: datetime | None) -> dict[str, Any]:
        bounds = {"pk__gte": first, "pk__lt": end}
        return {
            lookup: first_object_id_at(min(bound, _LAST_IN_IDS))
            for lookup, bound in bounds.items()
            if bound is not None
        }
