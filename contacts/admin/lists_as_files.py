"""Lists of numbers that come as CSV files and go as such: the Do Not Call list, consents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse

from contacts.admin.file_forms import ExportForm
from contacts.do_not_call_csv import CsvFault
from tether_calls.accounts.acting import note_access_in
from tether_calls.accounts.roles import may_export
from tether_calls.common.admin import TetherAdmin
from tether_calls.common.admin.display import list_at
from tether_calls.common.admin.search import searched_for
from tether_calls.common.phone import digits_to_find
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

# Of the invalid lines of a file, those that are shown; with more the file wants a look first.
_FAULTS_SHOWN: Final = 20


class NumbersAdmin(TetherAdmin):
    # In this form the Do Not Call list is served by its index do_not_call_search.
    search_fields = ("phone_number__contains",)
    search_help_text = "Number"
    autocomplete_fields = ("organization",)
    actions_list: ClassVar[tuple[str, ...]] = ("import_list", "export_list")

    def has_file_permission(self, request: HttpRequest) -> bool:
        """Whoever the API gives no file gets none here."""
        user: Any = request.user
        return may_export(user)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = digits_to_find(search_term) or searched_for(search_term)
        found, has_duplicates = super().get_search_results(request, queryset, text)
        return found, has_duplicates

    def import_page(self, request: HttpRequest, form: Any, *, title: str) -> HttpResponse:
        return self._page(request, form, title=title, method="post", button="Import")

    def export_form(self, request: HttpRequest) -> ExportForm:
        """Superusers are asked whose list it is to be."""
        return ExportForm(request.GET or None if request.user.is_superuser else {}, user=request.user)

    def export_page(self, request: HttpRequest, form: ExportForm, *, title: str) -> HttpResponse:
        return self._page(request, form, title=title, method="get", button="Export")

    def file_of(
        self, request: HttpRequest, lines: Iterable[str], *, organization_id: str, name: str
    ) -> HttpResponseBase:
        """The answer that hands it out, which is in the access log. Raises REASON_REQUIRED."""
        note_access_in(request, Accessed(kind=AccessKind.EXPORT), organization_id=organization_id)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _page(self, request: HttpRequest, form: Any, *, title: str, method: str, button: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "method": method,
            "button": button,
            "back": list_at(self.opts.label_lower),
        }
        return TemplateResponse(request, "admin/contacts/file.html", context)


def tell_faults(request: HttpRequest, faults: list[CsvFault], *, invalid: int) -> None:
    """Of the lines that were left out the first, and how many there were."""
    if not faults:
        return
    shown = "; ".join(f"line {fault.line}: {fault.message}" for fault in faults[:_FAULTS_SHOWN])
    more = " …" if invalid > _FAULTS_SHOWN else ""
    messages.warning(request, f"{invalid} lines are invalid and were left out: {shown}{more}")
