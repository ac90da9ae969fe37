"""When the calls of the list began: two days, or a period that moves on with every day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.forms import RangeDateForm
from unfold.widgets import UnfoldAdminSelectWidget

from calls.admin.call_list.asking import WrongFilterError
from calls.models import Call
from tether_calls.common.admin import DayFilter
from tether_calls.common.days import begin_of_day

# How far back the periods reach that one click asks for: by days, today included.
PERIODS: Mapping[str, tuple[str, int]] = {"today": ("Today", 1), "7": ("7 days", 7), "30": ("30 days", 30)}
WITHIN = "start_time_within"


class StartForm(RangeDateForm):  # type: ignore[misc]
    """Two days, and a period that moves on with every day."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(name, *args, **kwargs)
        for which in ("from", "to"):
            self.fields[f"{name}_{which}"].widget.attrs["aria-label"] = f"Start, {which}"
        choices = [("", "Any day"), *((key, title) for key, (title, _) in PERIODS.items())]
        self.fields[WITHIN] = forms.ChoiceField(
            label="", required=False, choices=choices, widget=UnfoldAdminSelectWidget(attrs={"aria-label": "Period"})
        )
        self.order_fields([WITHIN])


class StartFilter(DayFilter):
    """From one day to another, or the last days until now; of both, what both let through."""

    form_class = StartForm
    chip_name = "start"
    chip_values: ClassVar[Mapping[str, str]] = {key: title for key, (title, _) in PERIODS.items()}

    def __init__(self, field: Any, request: HttpRequest, params: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        period = (params.pop(WITHIN, None) or [""])[-1]
        super().__init__(field, request, params, *args, **kwargs)
        if period:
            self.used_parameters[WITHIN] = period

    def expected_parameters(self) -> list[str | None]:
        return [*super().expected_parameters(), WITHIN]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        return queryset

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for choice in super().choices(changelist):
            choice["form"].data[WITHIN] = self.used_parameters.get(WITHIN)
            yield choice

    def asked(self) -> dict[str, Any]:
        try:
            first, end = self._midnight("from"), self._midnight("to", days_later=1)
        except (ValueError, OverflowError):
            raise WrongFilterError("Dates are written like 2026-05-15.") from None
        if (period := self.used_parameters.get(WITHIN)) is not None:
            if period not in PERIODS:
                raise WrongFilterError(f"Periods are {', '.join(PERIODS)}.")
            since = first_day(period)
            first = since if first is None else max(first, since)
        return {name: moment for name, moment in (("start_date", first), ("end_date", end)) if moment is not None}


def first_day(period: str) -> datetime:
    """When it begins, as the reader has days."""
    _, days = PERIODS[period]
    zone = timezone.get_current_timezone()
    return begin_of_day(timezone.localdate() - timedelta(days=days - 1), zone)
