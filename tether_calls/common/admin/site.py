"""The admin's site: unfold's, without what no page of ours shows."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class TetherSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Every model by its app, when it is asked for: pages get it, and show the sidebar's lists instead."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))
