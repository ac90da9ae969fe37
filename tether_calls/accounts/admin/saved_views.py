"""Lists of the admin whose views can be saved: above the rows the views, and a form that saves what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from tether_calls.accounts.models import SavedView
from tether_calls.accounts.saved_views import choose_default, delete_view, rename_view, save_view, views_of
from tether_calls.common.admin import TetherAdmin, refuse_nul
from tether_calls.common.admin.chips import EVERYTHING, asked_in
from tether_calls.common.admin.display import list_at
from tether_calls.common.errors import TetherError


class SavedViewsAdmin(TetherAdmin):
    """One statement more for a list. One that is opened without a query opens with the user's default view."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.views_view))
        name = f"{self.opts.app_label}_{self.opts.model_name}_views"
        return [path("views/", view, name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        if request.method == "GET" and not request.GET and self.has_view_permission(request):
            default = next((view for view in self._views(request) if view.is_default), None)
            if default is not None and default.query:
                return HttpResponseRedirect(f"{request.path}?{default.query}")
        return super().changelist_view(request, extra_context)

    def list_context(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        asked = _normal(asked_in(request.GET).urlencode())
        views = self._views(request)
        return {
            **super().list_context(request, changelist),
            "saved_views": [{"view": view, "is_on": _normal(view.query) == asked} for view in views],
            "views_address": f"{list_at(self.opts.label_lower)}views/",
            "asked": asked,
        }

    def views_view(self, request: HttpRequest) -> HttpResponseBase:
        """Save, rename, delete, make the default: what the form says under `do`."""
        refuse_nul(request)
        back = list_at(self.opts.label_lower)
        asked = asked_in(QueryDict(request.POST.get("query", ""))).urlencode()
        change = _CHANGES.get(request.POST.get("do", ""))
        if change is None or not self.has_view_permission(request):
            return HttpResponseRedirect(back)
        try:
            said = change(request, self.opts.label_lower, asked)
        except TetherError as error:
            messages.error(request, f"{error.message}.")
        else:
            messages.success(request, said)
        return HttpResponseRedirect(f"{back}?{asked}" if asked else f"{back}{EVERYTHING}")

    def _views(self, request: HttpRequest) -> list[SavedView]:
        """Read once for a request, in which it may be asked for twice."""
        asking: Any = request
        if not hasattr(asking, "saved_views"):
            asking.saved_views = views_of(asking.user, of_list=self.opts.label_lower)
        views: list[SavedView] = asking.saved_views
        return views


def _normal(query: str) -> str:
    """The same for addresses that ask for the same."""
    asked = asked_in(QueryDict(query))
    normal = QueryDict(mutable=True)
    for name, values in sorted(asked.lists()):
        normal.setlist(name, sorted(values))
    return normal.urlencode()


def _save(request: Any, of_list: str, asked: str) -> str:
    is_default = bool(request.POST.get("is_default"))
    view = save_view(
        user=request.user, of_list=of_list, name=request.POST.get("name", ""), query=asked, is_default=is_default
    )
    return f"The view {view} is saved{', and the list opens with it' if view.is_default else ''}."


def _rename(request: Any, of_list: str, asked: str) -> str:
    rename_view(user=request.user, of_list=of_list, view_id=_id(request), name=request.POST.get("name", ""))
    return "The view has another name."


def _delete(request: Any, of_list: str, asked: str) -> str:
    delete_view(user=request.user, of_list=of_list, view_id=_id(request))
    return "The view is deleted."


def _make_default(request: Any, of_list: str, asked: str) -> str:
    choose_default(user=request.user, of_list=of_list, view_id=_id(request))
    return "The list opens with this view."


def _make_no_default(request: Any, of_list: str, asked: str) -> str:
    choose_default(user=request.user, of_list=of_list, view_id=None)
    return "The list opens with everything."


def _id(request: HttpRequest) -> str:
    return request.POST.get("view", "")


_CHANGES: Mapping[str, Callable[[Any, str, str], str]] = {
    "save": _save,
    "rename": _rename,
    "delete": _delete,
    "default": _make_default,
    "no_default": _make_no_default,
}
