"""What the list of calls can be asked for: each filter only says what it wants, and one selector finds the calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    MultipleChoicesDropdownFilter,
    TextFilter,
)
from unfold.contrib.filters.forms import RangeDateForm
from unfold.widgets import UnfoldAdminSelectWidget

from calls.admin.review.heard import HeardFilter
from calls.models import Call
from calls.selectors.review.queues import queues_of
from calls.services.review.score_call import may_review
from tether_calls.common.admin import DayFilter, OwnRowsFilter
from tether_calls.common.days import begin_of_day
from tether_calls.common.object_id import is_object_id

# How far back the periods reach that one click asks for: by days, today included.
PERIODS: Mapping[str, tuple[str, int]] = {"today": ("Today", 1), "7": ("7 days", 7), "30": ("30 days", 30)}
WITHIN = "start_time_within"


class WrongFilterError(ValueError):
    """What an address asks for cannot be meant; the text tells how it is written."""


class Asks:
    """A filter that tells what it asks for by the names of `StaffFilter`, and leaves it to others to find it."""

    # The name of it; where there may be several values at once, that of one value and that of several.
    asks: ClassVar[str] = ""
    asks_many: ClassVar[str] = ""

    lookup_kwarg: str
    used_parameters: dict[str, Any]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        """What is asked otherwise, such as `contact__isnull`, is found as Django finds it."""
        others = {name: values for name, values in self.used_parameters.items() if name != self.lookup_kwarg}
        return queryset.filter(build_q_object_from_lookup_parameters(others)) if others else queryset

    def values(self) -> list[str]:
        """What is asked for, without what an empty field of a form says."""
        given = self.used_parameters.get(self.lookup_kwarg) or []
        return [str(value) for value in (given if isinstance(given, list) else [given]) if str(value)]

    def asked(self) -> dict[str, Any]:
        values = self.values()
        if not values:
            return {}
        if len(values) > 1 and self.asks_many:
            return {self.asks_many: tuple(values)}
        return {self.asks: self.read(values[-1])}

    def read(self, value: str) -> Any:
        return value


class OneOfFilter(Asks, ChoicesDropdownFilter):  # type: ignore[misc]  # unfold has no types
    pass


class DirectionFilter(OneOfFilter):
    asks = "direction"


class ProviderFilter(OneOfFilter):
    asks = "provider"


class AnyOfFilter(Asks, MultipleChoicesDropdownFilter):  # type: ignore[misc]
    pass


class StatusFilter(AnyOfFilter):
    asks, asks_many = "status", "statuses"


class EndReasonFilter(AnyOfFilter):
    asks, asks_many = "end_reason", "end_reasons"


class AnsweredByFilter(AnyOfFilter):
    asks, asks_many = "answered_by", "answerers"


class RowFilter(Asks, OwnRowsFilter):
    pass


class ContactFilter(RowFilter):
    asks = "contact_id"


class AgentFilter(RowFilter):
    asks, heading = "ai_agent_id", "agent"


class UserFilter(RowFilter):
    asks = "user_id"


class TagFilter(RowFilter):
    asks, heading = "tag", "tag"


class DispositionFilter(RowFilter):
    asks = "disposition"


class StarFilter(Asks, BooleanRadioFilter):  # type: ignore[misc]
    asks = "is_starred"

    def read(self, value: str) -> bool:
        return value in ("1", "True")


class OfTheListFilter(Asks):
    """One that no column has a name for."""

    parameter_name: str

    @property
    def lookup_kwarg(self) -> str:  # type: ignore[override]
        return self.parameter_name

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        return queryset


class YesOrNoFilter(OfTheListFilter, DropdownFilter):  # type: ignore[misc]
    """Those that have something, or those that do not, as `names` has both."""

    names: ClassVar[tuple[str, str]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(zip(("1", "0"), self.names, strict=True))

    def read(self, value: str) -> bool:
        return value == "1"


class RecordingFilter(YesOrNoFilter):
    title = "recording"
    parameter_name = "recorded"
    asks = "has_recording"
    names = ("With a recording", "Without")


class OptOutFilter(YesOrNoFilter):
    title = "opted out"
    parameter_name = "opted_out"
    asks = "opt_out"
    names = ("Asked not to be called again", "Not asked")


class HeardOfListFilter(OfTheListFilter, HeardFilter):
    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self._me = request.user.pk

    def asked(self) -> dict[str, Any]:
        answers: Mapping[str, dict[str, Any]] = {
            "not_by_me": {"heard": False, "heard_by": self._me},
            "by_me": {"heard": True, "heard_by": self._me},
            "by_nobody": {"heard": False},
            "by_anybody": {"heard": True},
        }
        return next((answers[value] for value in self.values() if value in answers), {})


class QueueFilter(OfTheListFilter, DropdownFilter):  # type: ignore[misc]
    """Which calls were drawn for a listening queue; for those who review calls. One statement more for them."""

    title = "listening queue"
    parameter_name = "queue"
    asks = "queue_id"

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        user: Any = request.user
        self._may_review = may_review(user)
        super().__init__(request, *args)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        scope = model_admin.scope_of(request)
        if not self._may_review or scope is None:
            return []
        return [
            (queue.pk, f"{queue.name} (archived)" if queue.is_archived else queue.name)
            for queue in queues_of(organization_id=scope)
        ]

    def has_output(self) -> bool:
        return bool(self.lookup_choices or self.values())

    def read(self, value: str) -> str:
        if not self._may_review:
            raise WrongFilterError("Listening queues are for those who review calls.")
        if not is_object_id(value):
            raise WrongFilterError("There is no such listening queue.")
        return value


class TextOfTheListFilter(OfTheListFilter, TextFilter):  # type: ignore[misc]
    def read(self, value: str) -> Any:
        return value.strip() or None


class LongerThanFilter(TextOfTheListFilter):
    """In minutes, or as a clock has it."""

    title = "length, at least (minutes, or 1:30)"
    chip_name = "length at least"
    parameter_name = "longer_than"
    asks = "min_duration"

    def read(self, value: str) -> float:
        minutes, _, seconds = value.strip().partition(":")
        try:
            length = float(minutes.replace(",", ".") or 0) * 60 + float(seconds or 0)
        except ValueError:
            length = -1.0
        if not 0 <= length < 1e9:
            raise WrongFilterError("A length is written like 2 or 1:30, in minutes.")
        return length


class VendorAgentFilter(TextOfTheListFilter):
    """A vendor's agent is known by name only."""

    title = "name of a vendor's agent"
    chip_name = "vendor's agent"
    parameter_name = "agent_name"
    asks = "agent_name"


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


def asked_by(request: HttpRequest, specs: list[Any]) -> dict[str, Any] | None:
    """What all filters ask for; None where one of them cannot be meant, of which the user is told."""
    try:
        return {name: value for spec in specs if hasattr(spec, "asked") for name, value in spec.asked().items()}
    except WrongFilterError as error:
        messages.error(request, str(error))
        return None
