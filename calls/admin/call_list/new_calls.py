"""Above the list: how many calls have come since it was opened that it would show as well."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from calls.models import Call
from tether_calls.common.admin import FixedOrderChangeList, TetherAdmin, refuse_nul
from tether_calls.common.object_id import first_object_id_at, is_object_id

# More are `50+`: as many as a page of the list has.
MOST_NEW = 50
_AFTER = "after"


class TellsOfNewCalls(TetherAdmin):
    """A list of calls whose page hears of new ones."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.new_calls_view))
        urls: list[URLPattern] = super().get_urls()
        return [path("new/", view, name="calls_call_new"), *urls]

    def list_context(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        return {**super().list_context(request, changelist), "new_calls": self._new_calls(request)}

    def new_calls_view(self, request: HttpRequest) -> HttpResponseBase:
        """How many calls the list that `request` asks for has got after an id; as a text, for people."""
        refuse_nul(request)
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.GET.copy()
        after = asked.pop(_AFTER, [""])[-1]
        request.GET = asked  # type: ignore[assignment]  # nothing writes to it
        # `e`: the address cannot be meant, and the list has said so.
        count = self._count(request, after) if is_object_id(after) and ERROR_FLAG not in asked else 0
        return JsonResponse({"count": count, "text": _text(count)})

    def _count(self, request: HttpRequest, after: str) -> int:
        """As far as the list counts; none where it would say that its address cannot be meant."""
        list_of_calls: Any = self.get_changelist(request)

        class CallsAfter(list_of_calls):  # type: ignore[misc]  # whichever the list is
            def get_queryset(self, *args: Any, **kwargs: Any) -> QuerySet[Call]:
                calls: QuerySet[Call] = super().get_queryset(*args, **kwargs).filter(pk__gt=after)
                return calls

            def get_results(self, request: HttpRequest) -> None:
                # Counted, and not read.
                FixedOrderChangeList.get_results(self, request)

        counting = copy(self)
        counting.get_changelist = lambda *_args, **_kwargs: CallsAfter  # type: ignore[method-assign]
        try:
            return int(counting.get_changelist_instance(request).result_count)
        except IncorrectLookupParameters:
            return 0

    def _new_calls(self, request: HttpRequest) -> dict[str, Any]:
        """What the script of the page needs to know."""
        asked = request.GET.copy()
        asked.pop(PAGE_VAR, None)
        first_page = f"?{asked.urlencode()}" if asked else "."
        asked[_AFTER] = first_object_id_at(timezone.now())
        return {
            "count_address": f"{reverse('admin:calls_call_new')}?{asked.urlencode()}",
            "list_address": first_page,
            "ticket_address": reverse("live_ticket"),
            # Without one there is no socket: the page asks now and then.
            "organization_id": self.scope_of(request) or "",
        }


def _text(count: int) -> str:
    if count > MOST_NEW:
        return f"{MOST_NEW}+ new calls"
    return f"{count} new call{'' if count == 1 else 's'}"
