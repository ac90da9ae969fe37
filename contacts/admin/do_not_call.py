"""The Do Not Call list: entries are added and taken off, one by one or by a file, and never changed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from contacts.admin.do_not_call_forms import DoNotCallForm, ImportForm
from contacts.admin.lists_as_files import NumbersAdmin, tell_faults
from contacts.do_not_call_csv import NotALine, lines_of, written_lines
from contacts.models import DoNotCallNumber, DoNotCallSource
from contacts.selectors.do_not_call import do_not_call_rows, told_to
from contacts.services.do_not_call import add_to_do_not_call, remove_from_do_not_call
from contacts.services.import_do_not_call import ImportOutcome, import_do_not_call
from tether_calls.accounts.sight import sight_of
from tether_calls.common.admin import MadeFilter, Who, refuse_nul
from tether_calls.common.admin.display import NOTHING, labelled, list_at, moment


@admin.register(DoNotCallNumber)
class DoNotCallAdmin(NumbersAdmin):
    who_adds = Who.STAFF
    who_deletes = Who.STAFF

    form = DoNotCallForm
    known_by_id: ClassVar = {"call_id": "calls.call"}
    list_display = ("number", "why", "origin", "added_by", "created")
    list_select_related = ("organization", "added_by")
    list_filter = (("source", ChoicesDropdownFilter), ("created_at", MadeFilter))
    page_select_related = ("organization", "added_by")
    fieldsets = ((None, {"fields": ("phone_number", "why", "source", "added_by", "call", "created")}),)
    add_fieldsets = ((None, {"fields": ("phone_number", "reason")}),)
    readonly_fields = ("why", "source", "added_by", "call", "created")
    # What a reason quotes was said in a call, which not everybody sees.
    not_asked_by_address = frozenset({"reason", "call_id"})

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        user: Any = request.user
        return told_to(sight_of(user), super().rows(request))

    # ---- Writes, by the services -------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: DoNotCallNumber, form: Any, change: bool) -> None:
        entry, _ = add_to_do_not_call(
            organization_id=obj.organization_id,
            phone_number=obj.phone_number,
            source=DoNotCallSource.ADMIN,
            reason=obj.reason,
            added_by_id=request.user.pk,
        )
        obj.pk = entry.pk

    def delete_model(self, request: HttpRequest, obj: DoNotCallNumber) -> None:
        remove_from_do_not_call(organization_id=obj.organization_id, phone_number=obj.phone_number)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[DoNotCallNumber]) -> None:
        for entry in queryset:
            self.delete_model(request, entry)

    # ---- Files -------------------------------------------------------------------------------------------------

    @action(description="Import", url_path="import", icon="upload", permissions=["add"])  # type: ignore[untyped-decorator]
    def import_list(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for a file, then add its numbers."""
        refuse_nul(request)
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = ImportForm(*sent, user=request.user)
        if not form.is_valid():
            return self.import_page(request, form, title="Import a Do Not Call list")
        try:
            outcome = import_do_not_call(
                organization_id=form.organization_id,
                lines=lines_of(form.cleaned_data["file"].chunks()),
                reason=form.cleaned_data["reason"],
                region=form.cleaned_data["region"] or None,
                added_by_id=request.user.pk,
            )
        except NotALine as fault:
            form.add_error("file", f"{fault}.")
            return self.import_page(request, form, title="Import a Do Not Call list")
        _tell(request, outcome)
        return HttpResponseRedirect(list_at("contacts.donotcallnumber"))

    @action(description="Export", url_path="export", icon="download", permissions=["view", "file"])  # type: ignore[untyped-decorator]
    def export_list(self, request: HttpRequest) -> HttpResponseBase:
        """The list as CSV; superusers are asked whose."""
        refuse_nul(request)
        form = self.export_form(request)
        if not form.is_valid():
            return self.export_page(request, form, title="Export a Do Not Call list")
        user: Any = request.user
        lines = written_lines(do_not_call_rows(organization_id=form.organization_id, sight=sight_of(user)))
        return self.file_of(request, lines, organization_id=form.organization_id, name="do-not-call.csv")

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Number")
    def number(self, entry: DoNotCallNumber) -> str:
        return entry.phone_number

    @admin.display(description="Reason")
    def why(self, entry: Any) -> str:
        return entry.told_reason or NOTHING

    @labelled("Source", {"Call": "info", "Import": "primary"})
    def origin(self, entry: DoNotCallNumber) -> str:
        return entry.get_source_display()

    @admin.display(description="Added")
    def created(self, entry: DoNotCallNumber) -> str:
        return moment(entry.created_at)

    @admin.display(description="Call")
    def call(self, entry: Any) -> SafeString | str:
        return NOTHING if entry.told_call_id is None else self.link_by_id(entry, "call_id")


def _tell(request: HttpRequest, outcome: ImportOutcome) -> None:
    level = messages.SUCCESS if outcome.is_read else messages.ERROR
    sentence = f"Added {outcome.added} numbers; {outcome.known} lines name one that was there already."
    if not outcome.is_read:
        sentence += " Less than half of the lines name a number: is this the right file, and the right country?"
    messages.add_message(request, level, sentence)
    tell_faults(request, outcome.faults, invalid=outcome.invalid)
