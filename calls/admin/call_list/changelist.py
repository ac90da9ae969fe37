"""The calls of the list: found by one filter, as far back as can be looked, each with what its row tells."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from calls.admin.call_list.asking import asked_by
from calls.models import Call
from calls.selectors.admin_search import excerpts
from calls.selectors.call_marks import Marks, marks_of
from calls.selectors.staff_list import Looked, StaffFilter, in_order_of_index, within_reach
from tether_calls.accounts import wallet
from tether_calls.accounts.acting import note_access_in, open_to
from tether_calls.common.admin import FixedOrderChangeList
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

# Of a query of calls: what is booked for each.
CHARGED = "charged"
# The columns by which the list can be sorted, and what of a call is in them.
SORTED_BY: Mapping[str, str] = {"length": "duration", "cost": CHARGED}
_NO_MARKS = Marks("", False, 0, [], None, "")


class CallChangeList(FixedOrderChangeList):
    """`wanted` is what is asked for, None where it cannot be meant; `looked` tells how far back was looked, if not all.

    Where something is searched for, each row tells where it was said.
    """

    wanted: StaffFilter | None
    root_queryset: QuerySet[Call]
    # By the address, in a way that no filter has.
    is_asked_otherwise: bool
    looked: Looked | None = None

    def get_filters(self, request: HttpRequest) -> Any:
        specs, has_filters, others, _, has_active = super().get_filters(request)
        self.is_asked_otherwise = bool(others) or any(_asks_otherwise(spec) for spec in specs)
        # Of a tag there is one row of each call: nothing comes twice, and DISTINCT would read all of the tag's calls.
        return specs, has_filters, others, False, has_active

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Call]:
        if self._sorted_by() == CHARGED:
            self.root_queryset = self.root_queryset.alias(**{CHARGED: wallet.charge_of_call()})
        calls: QuerySet[Call] = super().get_queryset(request, exclude_parameters)
        asked = asked_by(request, self.filter_specs)
        if asked is None:
            self.wanted = None
            return calls.none()
        self.wanted = StaffFilter(**asked, search=self.query or None)
        scope = self.model_admin.scope_of(request)
        among = self.root_queryset.order_by()
        found, self.looked = within_reach(
            calls,
            self.wanted,
            among=among if scope is None else among.filter(organization_id=scope),
            organization_id=scope,
            is_sorted=self.is_sorted or self.is_asked_otherwise,
            by_arrival=self.is_by_arrival(request),
        )
        return found

    def is_by_arrival(self, request: HttpRequest) -> bool:
        return bool(self.model_admin.get_ordering(request) == ("-id",))

    @property
    def is_sorted(self) -> bool:
        """By length or cost, which no index has in order: of as many calls as are looked at."""
        return ORDER_VAR in self.params

    def _sorted_by(self) -> str | None:
        """What of a call the address asks to sort by: of these columns one only, and of no other."""
        order = self.params.get(ORDER_VAR, "")
        columns = {str(self.list_display.index(column)): name for column, name in SORTED_BY.items()}
        return columns.get(order.removeprefix("-"))

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """As the admin has it, or by length or cost."""
        name = self._sorted_by()
        if name is None:
            return super().get_ordering(request, queryset)
        is_descending = self.params[ORDER_VAR].startswith("-")
        return [F(name).desc(nulls_last=True) if is_descending else F(name).asc(nulls_last=True), "-id"]

    def get_results(self, request: HttpRequest) -> None:
        # A search is of several ways, each with an index of its own, which only bitmaps bring together. So are the
        # calls of a user whose role is narrowed.
        in_several_ways = self.query or self.model_admin.sight(request) is not None
        with nullcontext() if in_several_ways else in_order_of_index():
            super().get_results(request)
            calls = self.result_list = list(self.result_list)
        marks = marks_of(calls)
        said = self._said(request, calls) if self.query else {}
        for call in calls:
            call.marks = marks.get(call.pk, _NO_MARKS)
            # Made by `marked`: everything but its marks is escaped.
            call.excerpt = SafeString(said[call.pk]) if call.pk in said else None

    def _said(self, request: HttpRequest, calls: list[Call]) -> dict[str, str]:
        """Where it was said, of each call that tells; after a row of the access log.

        The row is of the organization that is looked at, or of each of which something is shown. Without one that is
        looked at, nothing is shown of those of which staff of the platform have not said why; with one they are asked.
        """
        scope = self.model_admin.scope_of(request)
        if scope is not None:
            note_access_in(request, Accessed(kind=AccessKind.SEARCH), organization_id=scope)
            return excerpts([call.pk for call in calls], text=self.query)
        readable = open_to(request, {call.organization_id for call in calls})
        said = excerpts([call.pk for call in calls if call.organization_id in readable], text=self.query)
        for organization_id in {call.organization_id for call in calls if call.pk in said}:
            note_access_in(request, Accessed(kind=AccessKind.SEARCH), organization_id=organization_id)
        return said


def _asks_otherwise(spec: Any) -> bool:
    """Whether an address asks of a column what its filter does not offer."""
    known = getattr(spec, "lookup_kwarg", None)
    return known is not None and any(name != known for name in spec.used_parameters)
