"""From call to call: the one before and the one behind in the list from which the page was opened."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.http import urlencode

from calls.admin.call_list.changelist import CHARGED
from calls.models import Call
from calls.selectors.history import TAGGED_START
from calls.selectors.staff_list import in_order_of_index
from tether_calls.accounts import wallet
from tether_calls.accounts.acting import note_access_in, open_to
from tether_calls.common.admin import FixedOrderChangeList, TetherAdmin, refuse_nul
from tether_calls.common.admin.display import list_at, page_at
from tether_calls.common.money import in_units
from tether_calls.common.row_order import first_behind
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

# The name by which Django hands the query of a list to the pages that it leads to.
LIST_QUERY = "_changelist_filters"
# What lists are ordered by besides columns of a call, and the column that has the same value.
_ALSO = {TAGGED_START: "start_time"}


@dataclass(frozen=True)
class CallsBeside:
    """Addresses: of the list, of the call above in it, and of the one below; empty where there is none."""

    back: str
    previous: str = ""
    next: str = ""


class CallsInTurn(TetherAdmin):
    """The page of a call leads to its neighbours."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        beside, searched = self._beside(request, context["original"])
        # That there is none tells of what was said as well.
        for organization_id in open_to(request, searched):
            note_access_in(request, Accessed(kind=AccessKind.SEARCH), organization_id=organization_id)
        context |= {"beside": beside}
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _beside(self, request: HttpRequest, call: Call) -> tuple[CallsBeside, set[str]]:
        """And the organizations in which was searched for them, where the list is of a search.

        Two statements, and those of the list's search and of how far back it looks. Where the page was opened without
        a list, it is that of all calls.
        """
        query = request.GET.get(LIST_QUERY, "")
        back = list_at("calls.call", query)
        try:
            listed = self._listed(request, query)
            # As the list reads its rows.
            with nullcontext() if listed.query else in_order_of_index():
                behind = partial(first_behind, listed.queryset, call, also=_ALSO, values=_values(listed, call))
                found = [behind(is_above=above) for above in (True, False)]
        except Exception as error:
            # As the list itself has it: of an address that was changed by hand.
            is_database_away = isinstance(error, OperationalError | InterfaceError) and connection.vendor != "sqlite"
            if is_database_away or not query:
                raise
            return CallsBeside(back), set()
        return CallsBeside(back, *(_page(pk, query) for pk in found)), _searched(listed, call, found)

    def _listed(self, request: HttpRequest, query: str) -> Any:
        """A list: what it looks for, where, and its rows in order; its count and its page are left out."""
        looking = copy(request)
        looking.GET = QueryDict(query)
        refuse_nul(looking)
        kind = self.get_changelist(looking)
        without_results = type(kind.__name__, (_WithoutResults, kind), {})
        admin = copy(self)
        admin.get_changelist = lambda *_, **__: without_results  # type: ignore[method-assign]
        changelist: Any = admin.get_changelist_instance(looking)
        changelist.scope = self.scope_of(looking)
        return changelist


class _WithoutResults(FixedOrderChangeList):
    def get_results(self, request: HttpRequest) -> None:
        self.result_list = self.result_count = self.full_result_count = None


def _values(listed: ChangeList, call: Call) -> dict[str, Any]:
    """Of a list that is sorted by cost, one statement."""
    if CHARGED not in listed.queryset.query.annotations:
        return {}
    charge, _ = wallet.charges_of([call.pk]).get(call.pk, (None, ""))
    return {CHARGED: None if charge is None else in_units(charge)}


def _searched(listed: Any, call: Call, found: Collection[str | None]) -> set[str]:
    """One statement where all organizations are looked at: of those of which something is shown."""
    if not listed.query:
        return set()
    if listed.scope is not None:
        return {listed.scope}
    shown = [pk for pk in found if pk is not None]
    # wall: of calls that the page leads its user to
    owners = Call.objects.filter(pk__in=shown).order_by().values_list("organization_id", flat=True)
    return {call.organization_id, *owners}


def _page(call_id: str | None, query: str) -> str:
    if call_id is None:
        return ""
    address = page_at("calls.call", call_id)
    return f"{address}?{urlencode({LIST_QUERY: query})}" if query else address
