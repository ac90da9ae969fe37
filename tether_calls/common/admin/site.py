"""The admin's site: unfold's, without what no page of ours shows."""

from __future__ import annotations

from functools import partial, wraps
from typing import Any

from django.contrib.admin.actions import delete_selected
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from tether_calls.common.admin.navigation import navigation
from tether_calls.common.transactions import until_done


@wraps(delete_selected)
def delete_all_or_none(*args: Any) -> HttpResponseBase | None:
    """What is refused of one row keeps the others, and Django's log, which it writes first, tells of none.

    Done again, from the first row, where another transaction came between.
    """
    *_, request, _rows = args
    chosen = partial(delete_selected, *args)
    # Until then it only asks whether they are to go.
    answer: HttpResponseBase | None = until_done(transaction.atomic(chosen)) if request.POST.get("post") else chosen()
    return answer


class TetherSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.add_action(delete_all_or_none, "delete_selected")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Every model by its app, when it is asked for: pages get it, and show the sidebar's lists instead."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """What the user may open, and which of it is open; made for each page, so that nothing has to be copied."""
        groups = navigation(request)
        return [{**group, "items": self._get_navigation_items(request, group["items"])} for group in groups]
