"""The admin's site: unfold's, without what no page of ours shows."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from tether_calls.common.admin.navigation import navigation


class TetherSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Every model by its app, when it is asked for: pages get it, and show the sidebar's lists instead."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """What the user may open, and which of it is open; made for each page, so that nothing has to be copied."""
        groups = navigation(request)
        return [{**group, "items": self._get_navigation_items(request, group["items"])} for group in groups]
