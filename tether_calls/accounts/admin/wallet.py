"""Wallets: the balance, its books, and what is booked by hand."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from tether_calls.accounts.models import Wallet, WalletEntry
from tether_calls.accounts.selectors import running_low
from tether_calls.accounts.sight import of_calls_seen, sight_of
from tether_calls.accounts.wallet import WalletSums, adjust, sums_of, top_up
from tether_calls.common.admin import TetherAdmin, Who
from tether_calls.common.admin.display import NOTHING, labelled, moment, page_of, zone_shown
from tether_calls.common.admin.known_by_id import know_others, link_by_id
from tether_calls.common.errors import TetherError
from tether_calls.common.money import PLACES, money_text
from tether_calls.common.object_id import is_object_id, new_object_id

ENTRIES_PER_PAGE = 50
_PAGE = "page"
# What an entry knows by its id.
_OTHERS = {"call_id": "calls.call"}


class BookingForm(forms.Form):
    """What is booked by hand. `entry_id` is drawn with the form: sent twice, it is booked once."""

    amount = forms.DecimalField(max_digits=12, decimal_places=PLACES, widget=UnfoldAdminDecimalFieldWidget)
    note = forms.CharField(max_length=500, widget=UnfoldAdminTextInputWidget, help_text="What for, or by which invoice")
    entry_id = forms.CharField(widget=forms.HiddenInput)

    def clean_entry_id(self) -> str:
        entry_id: str = self.cleaned_data["entry_id"]
        if not is_object_id(entry_id):
            raise forms.ValidationError("Open this page anew.")
        return entry_id


# By the last part of the address: title, what it says, and the service.
_BOOKINGS = {
    "top-up": ("Top up", "Money that came in.", top_up),
    "adjust": ("Adjust", "A correction; with a minus, it takes. Balances may become negative by it.", adjust),
}


class BalanceFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    title = "balance"
    parameter_name = "balance"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("low", f"Less than {money_text(settings.TETHER_LOW_BALANCE)}")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Wallet]) -> QuerySet[Wallet]:
        return queryset.filter(running_low()) if self.value() == "low" else queryset


@admin.register(Wallet)
class WalletAdmin(TetherAdmin):
    # And with Django's permission accounts.add_walletentry, which superusers have: else an organization's own staff
    # would be paid in any case.
    who_books = Who.STAFF

    come_from = "An organization that is prepaid has one."
    list_display = ("left", "state", "booked", "opened")
    list_select_related = ("organization",)
    list_filter = (BalanceFilter,)
    search_fields = ("organization__name",)
    search_help_text = "Organization"
    page_select_related = ("organization",)
    fieldsets = (
        (None, {"fields": (("left", "state"), ("booked", "opened"))}),
        ("Where it came from, and where it went", {"fields": (("topped_up", "adjusted"), ("spent", "held"))}),
    )
    readonly_fields = ("left", "state", "booked", "opened", "topped_up", "adjusted", "spent", "held")
    change_form_template = "admin/accounts/wallet/page.html"

    def has_book_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return self.who_books.includes(user) and user.has_perm("accounts.add_walletentry")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{booking}/",
                self.admin_site.admin_view(self.booking_view),
                {"booking": booking},
                name=f"accounts_wallet_{booking.replace('-', '_')}",
            )
            for booking in _BOOKINGS
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    # ---- The page of one wallet --------------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        wallet: Wallet = context["original"]
        user: Any = request.user
        sight = sight_of(user)
        # Of calls that are not seen none, which would tell when there were calls, and of what length.
        entries = wallet.entries.filter(of_calls_seen(sight)).select_related("made_by").order_by("-number")
        pages = Paginator(entries, ENTRIES_PER_PAGE)
        if sight is None:
            pages.count = wallet.entry_count  # counted already, with every entry
        page = pages.get_page(request.GET.get(_PAGE))
        context |= {
            "entries": page,
            "ledger": ledger_table(know_others(request, _OTHERS, page)),
            "may_book": self.has_book_permission(request),
        }
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def booking_view(self, request: HttpRequest, object_id: str, booking: str) -> HttpResponseBase:
        """A form, then one entry."""
        wallet: Wallet | None = self.get_object(request, object_id) if self.has_book_permission(request) else None
        if wallet is None:
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        if request.method != "POST":
            return self._ask(request, wallet, booking, BookingForm(initial={"entry_id": new_object_id()}))
        form = BookingForm(request.POST)
        if form.is_valid():
            booked = self._book(request, wallet, booking, form)
            if booked is not None:
                return booked
        return self._ask(request, wallet, booking, form)

    def _book(self, request: HttpRequest, wallet: Wallet, booking: str, form: BookingForm) -> HttpResponse | None:
        title, _, service = _BOOKINGS[booking]
        user: Any = request.user
        try:
            entry = service(organization_id=wallet.organization_id, made_by=user, **form.cleaned_data)
        except TetherError as error:
            for detail in error.details:
                form.add_error(detail.path, detail.message)
            return None
        booked = f"{title}: {money_text(entry.amount)} {wallet.currency}, entry {entry.number}."
        self.log_change(request, wallet, booked)
        messages.success(request, booked)
        return HttpResponseRedirect(page_of(wallet))

    def _ask(self, request: HttpRequest, wallet: Wallet, booking: str, form: BookingForm) -> TemplateResponse:
        title, explanation, _ = _BOOKINGS[booking]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "explanation": explanation,
            "wallet": wallet,
            "form": form,
            "back": page_of(wallet),
        }
        return TemplateResponse(request, "admin/accounts/wallet/book.html", context)

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Balance")
    def left(self, wallet: Wallet) -> str:
        return str(wallet)

    @labelled("State", {"In credit": "success", "Empty": "warning", "Owed": "danger"})
    def state(self, wallet: Wallet) -> str:
        return "Owed" if wallet.balance < 0 else "In credit" if wallet.balance else "Empty"

    @admin.display(description="Entries")
    def booked(self, wallet: Wallet) -> int:
        return wallet.entry_count

    @admin.display(description="Opened")
    def opened(self, wallet: Wallet) -> str:
        return moment(wallet.created_at)

    @admin.display(description="Topped up")
    def topped_up(self, wallet: Wallet) -> str:
        return money_text(_sums_of(wallet).topped_up)

    @admin.display(description="Adjusted")
    def adjusted(self, wallet: Wallet) -> str:
        return money_text(_sums_of(wallet).adjusted)

    @admin.display(description="Spent on calls")
    def spent(self, wallet: Wallet) -> str:
        return money_text(_sums_of(wallet).spent)

    @admin.display(description="Held for calls under way")
    def held(self, wallet: Wallet) -> str:
        return money_text(_sums_of(wallet).held)


def _sums_of(wallet: Wallet) -> WalletSums:
    """Added up once for a page."""
    sums: WalletSums | None = getattr(wallet, "_sums", None)
    if sums is None:
        sums = wallet._sums = sums_of(wallet)  # type: ignore[attr-defined]
    return sums


def ledger_table(entries: Iterable[WalletEntry]) -> dict[str, Any]:
    """Entries as unfold's table takes them."""
    return {
        "headers": ["No.", f"Booked ({zone_shown()})", "Kind", "Amount", "Balance", "Call", "Note", "By"],
        "rows": [
            [
                entry.number,
                moment(entry.created_at, with_seconds=True),
                entry.get_kind_display(),
                _amount(entry.amount),
                _amount(entry.balance_after),
                link_by_id(entry, "call_id", _OTHERS["call_id"]),
                entry.note or NOTHING,
                entry.made_by or NOTHING,
            ]
            for entry in entries
        ],
    }


def _amount(amount: Decimal) -> SafeString:
    return format_html('<span class="tether-amount">{}</span>', money_text(amount))
