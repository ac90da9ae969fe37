"""How a filter of the list of calls asks: it only says what it wants, and one selector finds the calls."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    MultipleChoicesDropdownFilter,
    TextFilter,
)

from calls.models import Call
from tether_calls.common.admin import OwnRowsFilter


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


class AnyOfFilter(Asks, MultipleChoicesDropdownFilter):  # type: ignore[misc]
    pass


class RowFilter(Asks, OwnRowsFilter):
    pass


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


class TextOfTheListFilter(OfTheListFilter, TextFilter):  # type: ignore[misc]
    def read(self, value: str) -> Any:
        return value.strip() or None


def asked_by(request: HttpRequest, specs: list[Any]) -> dict[str, Any] | None:
    """What all filters ask for; None where one of them cannot be meant, of which the user is told."""
    try:
        return {name: value for spec in specs if hasattr(spec, "asked") for name, value in spec.asked().items()}
    except WrongFilterError as error:
        messages.error(request, str(error))
        return None
