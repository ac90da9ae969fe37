"""The base of every page of the admin: who may do what, the wall between organizations, and lists of large tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import InterfaceError, OperationalError, connection
from django.db.models import DateField, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from tether_calls.common.admin.chips import EVERYTHING, chips_of
from tether_calls.common.admin.display import list_at
from tether_calls.common.admin.filters import OwnRowsFilter
from tether_calls.common.admin.forms import OrganizationForm, entered_only
from tether_calls.common.admin.known_by_id import know_others, link_by_id
from tether_calls.common.admin.navigation import called
from tether_calls.common.admin.paginator import CappedPaginator
from tether_calls.common.admin.search import SEARCH_MAX, SEARCH_WORDS, is_cut, searched_for
from tether_calls.common.admin.who import Who, Whom
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import is_object_id

_AUDIT_LOG = "trails.auditentry"


class FixedOrderChangeList(ChangeList):  # type: ignore[misc]  # unfold has no types
    """A list in the one order that an index serves; any other would sort the whole table."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        self.params.pop(ORDER_VAR, None)
        ordering: list[Any] = super().get_ordering(request, queryset)
        return ordering

    @property
    def row_called(self) -> str:
        return str(self.model_admin.rows_called[0] if self.model_admin.rows_called else self.opts.verbose_name)

    @property
    def rows_called(self) -> str:
        return str(self.model_admin.rows_called[1] if self.model_admin.rows_called else self.opts.verbose_name_plural)

    @property
    def come_from(self) -> str:
        return str(self.model_admin.come_from)

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except Exception as error:
            # Of an address that was changed by hand: the year 99999, a broken pattern. Django, which builds the
            # statement from it, catches what building raises, but not what compiling and answering it do.
            is_database_away = isinstance(error, OperationalError | InterfaceError) and connection.vendor != "sqlite"
            if is_database_away or not self.filter_params:
                raise
            raise IncorrectLookupParameters(error) from error
        # Where the two differ, unfold writes the count next to the title, as if it were exact.
        self.full_result_count = self.result_count
        if not self.result_count:
            # Where the count has looked in vain, the list need not look again.
            self.result_list = self.queryset.none()
        if columns := self.model_admin.known_by_id:
            self.result_list = know_others(request, columns, self.result_list)


class TetherAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Rows of organizations: superusers see all, other staff their own organization's, as if there were no others."""

    who_views: ClassVar[Whom] = Who.STAFF
    who_adds: ClassVar[Whom] = Who.NOBODY
    who_changes: ClassVar[Whom] = Who.NOBODY
    who_deletes: ClassVar[Whom] = Who.NOBODY

    # The way from a row to its organization.
    organization_path: ClassVar[str] = "organization"
    # Whether superusers get the organization as a column, a filter and a field.
    shows_organization: ClassVar[bool] = True
    # What is asked for of a new row, where that is not what its page shows.
    add_fieldsets: Sequence[Any] = ()
    # What a row's page reads together with the row.
    page_select_related: Sequence[str] = ()

    # Columns with ids of rows of other apps, and of which model: pages link to these by what they are called.
    known_by_id: ClassVar[Mapping[str, str]] = {}

    # What one row and several are called below a list, where its model's words are none for a reader.
    rows_called: ClassVar[tuple[str, str] | None] = None

    # Where the rows come from, for a list that is empty and whose rows are not added in the admin.
    come_from: ClassVar[str] = ""

    # Columns with what was said: a page of theirs writes down who reads it, which no condition in an address does.
    not_asked_by_address: ClassVar[frozenset[str]] = frozenset()
    # Whether of a search only the first words count.
    cuts_searches: ClassVar[bool] = True

    form = OrganizationForm
    paginator = CappedPaginator
    ordering: ClassVar[Sequence[str]] = ("-id",)
    sortable_by: Sequence[str] = ()
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = True
    list_fullwidth = True

    # ---- Who may do what ---------------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.who_views.includes(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.who_views.includes(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.who_adds.includes(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.who_changes.includes(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.who_deletes.includes(request.user)

    # ---- The wall ----------------------------------------------------------------------------------------------

    # wall: what it hands out is what the user may know of
    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """All that the user may know of; everything below reads from here."""
        # wall: this is the admin's own: superusers see all, other staff their organization
        rows: QuerySet[Any] = self.model._default_manager.all()
        user: Any = request.user
        if user.is_superuser:
            return rows
        if user.organization_id is None:
            return rows.none()
        return rows.filter(**{f"{self.organization_path}_id": user.organization_id})

    def scope_of(self, request: HttpRequest) -> str | None:
        """The organization whose rows a list shows; None: those of all."""
        user: Any = request.user
        if not user.is_superuser:
            return str(user.organization_id)
        chosen = request.GET.get(f"{self.organization_path}__id__exact")
        return chosen if is_object_id(chosen) else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.rows(request).order_by(*self.get_ordering(request))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if not is_object_id(object_id):
            return None
        row = self.rows(request).select_related(*self.page_select_related).filter(pk=object_id).first()
        if row is not None and self.known_by_id:
            know_others(request, self.known_by_id, [row])
        return row

    def names_of(self, request: HttpRequest, ids: Collection[str]) -> dict[str, str]:
        """What these rows are called on pages that know them by id, as far as the user may know of them."""
        return {row.pk: str(row) for row in self.rows(request).filter(pk__in=ids)} if ids else {}

    def link_by_id(self, row: Any, column: str) -> SafeString | str:
        """To the page of the row whose id is in the column, one of `known_by_id`."""
        return link_by_id(row, column, self.known_by_id[column])

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        try:
            related_admin = self.admin_site.get_model_admin(db_field.remote_field.model)
        except NotRegistered:
            return None
        rows: QuerySet[Any] = related_admin.get_queryset(request)
        return rows

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Django lets an address ask anything of a list's own columns: letter by letter it would tell what is there."""
        column, _, _ = lookup.partition(LOOKUP_SEP)
        return column not in self.not_asked_by_address and bool(super().lookup_allowed(lookup, value, request))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if issubclass(form, OrganizationForm):
            user: Any = request.user
            form.home_id = None if user.is_superuser else user.organization_id
        return form

    @admin.display(description="Identifier")
    def identifier(self, row: Any) -> str:
        """As searches take it, and as the APIs have it."""
        return str(row.pk)

    # ---- Organizations, for those who see more than one --------------------------------------------------------

    def _names_organizations(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return self.shows_organization and bool(user.is_superuser)

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        columns = tuple(super().get_list_display(request))
        return (*columns, "organization") if self._names_organizations(request) else columns

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        filters = tuple(super().get_list_filter(request))
        return (*filters, (self.organization_path, OwnRowsFilter)) if self._names_organizations(request) else filters

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = list(
            self.add_fieldsets if obj is None and self.add_fieldsets else super().get_fieldsets(request, obj)
        )
        if self._names_organizations(request):
            heading, options = fieldsets[0]
            fieldsets[0] = (heading, {**options, "fields": ("organization", *options["fields"])})
        return fieldsets if obj is not None else entered_only(fieldsets, self.get_readonly_fields(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        fields = tuple(super().get_readonly_fields(request, obj))
        # Rows do not move to another organization: what refers to them would stay behind.
        return (*fields, "organization") if obj is not None and self.shows_organization else fields

    # ---- Lists and forms ---------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FixedOrderChangeList]:
        return FixedOrderChangeList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, has_duplicates = super().get_search_results(request, queryset, searched_for(search_term))
        return found, has_duplicates

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What an address fills a new row's form in with; widgets of dates take what is no date apart, and raise."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        dates = [field for field in self.opts.fields if isinstance(field, DateField) and field.name in initial]
        for field in dates:
            text = initial.pop(field.name)
            with suppress(ValidationError):
                initial[field.name] = field.to_python(text)
        return initial

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        refuse_nul(request)
        if self.cuts_searches and is_cut(request.GET.get(SEARCH_VAR, "")):
            messages.warning(
                request, f"Only the first {SEARCH_WORDS} words of a search count, and {SEARCH_MAX} letters."
            )
        if (address := _address_without_empty_fields(request)) is not None:
            return HttpResponseRedirect(address)
        response = _answer_or_tell(super().changelist_view, request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            response.context_data |= self.list_context(request, response.context_data["cl"])
        return response

    def list_context(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        """What a list shows besides its rows: at least which filters are on."""
        return {"title": called(self.opts), "chips": chips_of(changelist, request), "everything": EVERYTHING}

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refuse_nul(request)
        return _answer_or_tell(super().changeform_view, request, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponseBase:
        """What was done here; all that was done with a row that the audit log knows is told there."""
        log = self.admin_site.get_model_admin(apps.get_model(_AUDIT_LOG))
        is_known = hasattr(self.model, "audit_organization") and log.has_view_permission(request)
        address = list_at(_AUDIT_LOG, urlencode({SEARCH_VAR: object_id})) if is_known else ""
        response: HttpResponseBase = super().history_view(request, object_id, {"audit_log": address})
        return response

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _answer_or_tell(super().delete_view, request, *args, **kwargs)


def _answer_or_tell(
    view: Callable[..., HttpResponseBase], request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    """The view's answer; what a service refuses is told on the page that it was asked for on.

    No form could know it: another request was quicker, or the service has a rule of its own.
    """
    try:
        return view(request, *args, **kwargs)
    except TetherError as error:
        if request.method != "POST" or error.code is ErrorCode.REASON_REQUIRED:
            raise
        messages.error(request, f"{error.message}.")
        return HttpResponseRedirect(request.get_full_path())


def _address_without_empty_fields(request: HttpRequest) -> str | None:
    """What a form of filters makes of an address, each field of which may be empty; None where all say something."""
    if request.method != "GET" or all(value for values in dict(request.GET.lists()).values() for value in values):
        return None
    query = request.GET.copy()
    for name, values in request.GET.lists():
        query.setlist(name, [value for value in values if value])
    if query.urlencode():
        return f"{request.path}?{query.urlencode()}"
    # Else it would be another page: without a query a list may open with a saved view.
    return None if request.GET.urlencode() == EVERYTHING.lstrip("?") else f"{request.path}{EVERYTHING}"


def refuse_nul(request: HttpRequest) -> None:
    """PostgreSQL has no U+0000 in text: it would raise in unexpected places. Raises SuspiciousOperation."""
    for values in (request.GET, request.POST):
        if any("\0" in text for name, texts in values.lists() for text in (name, *map(str, texts))):
            raise SuspiciousOperation("U+0000 in a form")
