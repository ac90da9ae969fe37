"""Contacts: found by name, number or address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action

from contacts.admin.notes import NOTES_MAX, NotesOnPage
from contacts.contact_keepers import kept_writings
from contacts.models import Contact, ContactNote
from contacts.selectors.notes import notes_of_contact
from contacts.services.contact import overwritten
from contacts.services.notes import create_note
from tether_calls.accounts.admin.saved_views import SavedViewsAdmin
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import may_handle_privacy
from tether_calls.accounts.sight import of_contacts_seen, sight_of
from tether_calls.common.admin import MadeFilter, OrganizationForm, StaffWho, Who, WrittenNumberField
from tether_calls.common.admin.display import NOTHING, form_at, link, list_at, moment
from tether_calls.common.admin.search import searched_for
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import digits_to_find

# More contacts than this behind one search: then it is no help to narrow anything else down by them.
MATCHING_MAX = 500


def contact_ids_matching(request: HttpRequest, text: str, *, organization_id: str | None) -> list[str]:
    """At most MATCHING_MAX contacts that the user may see, of one organization or of all; for lists of their rows."""
    if not searched_for(text):
        return []
    contact_admin = admin.site.get_model_admin(Contact)
    contacts, _ = contact_admin.get_search_results(request, contact_admin.get_queryset(request), text)
    if organization_id is not None:
        contacts = contacts.filter(organization_id=organization_id)
    # Without an order, so that the trigram index is entered instead of one that is in order.
    return list(contacts.order_by().values_list("pk", flat=True)[:MATCHING_MAX])


class ContactForm(OrganizationForm):
    phone_number = WrittenNumberField()

    def clean(self) -> dict[str, Any]:
        """Values that a legal hold covers stay; the look at holds lasts until the page's transaction ends."""
        cleaned = super().clean()
        contact: Contact = self.instance
        if contact._state.adding:
            return cleaned
        has_to_stay = kept_writings(organization_id=contact.organization_id)
        # As it is in this moment, and stays until the page's transaction ends.
        contacts = Contact.objects.of_organization(contact.organization_id).select_for_update(no_key=True)
        there = contacts.filter(pk=contact.pk).first() or contact
        fields = overwritten(there, cleaned)
        if fields and has_to_stay(contact.pk, None):
            for name in fields:
                if name in self.changed_data:
                    self.add_error(name, f"{TetherError(ErrorCode.LEGAL_HOLD).message}.")
                else:
                    # Nobody has touched it: a number in an older spelling is read as in today's.
                    cleaned[name] = getattr(there, name)
        return cleaned


@admin.register(Contact)
class ContactAdmin(SavedViewsAdmin, NotesOnPage):
    who_adds = Who.STAFF
    who_changes = Who.STAFF
    names_calls = True

    form = ContactForm
    list_display = ("name", "number", "address", "origin", "created")
    list_select_related = ("organization",)
    list_filter = (("created_at", MadeFilter),)
    # In this form all of them are served by the index contact_search (see contacts.selectors.contacts).
    search_fields = (
        "first_name__icontains",
        "last_name__icontains",
        "email__icontains",
        "phone_number__contains",
    )
    search_help_text = "Name, number or email"
    autocomplete_fields = ("user", "organization")
    fieldsets = (
        (None, {"fields": ("first_name", "last_name", "phone_number", "email")}),
        ("Where from", {"fields": ("user", "source", "created")}),
        ("History", {"fields": ("history",)}),
    )
    readonly_fields = ("created", "history")
    change_form_template = "admin/contacts/contact/page.html"
    actions_detail = ("place_hold",)

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        user: Any = request.user
        return super().rows(request).filter(of_contacts_seen(sight_of(user)))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = digits_to_find(search_term) or search_term
        found, has_duplicates = super().get_search_results(request, queryset, text)
        return found, has_duplicates

    def has_change_permission(self, request: HttpRequest, obj: Contact | None = None) -> bool:
        """All hidden callers together are no person, whom one could name or give a number."""
        may_change: bool = super().has_change_permission(request, obj)
        return may_change and not (obj is not None and obj.is_hidden_caller)

    # ---- Legal holds -------------------------------------------------------------------------------------------

    @action(description="Place a legal hold", url_path="hold", icon="gavel", permissions=["place_hold"])  # type: ignore[untyped-decorator]
    def place_hold(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """To the form for one on this contact."""
        contact: Contact | None = self.get_object(request, object_id)
        if contact is None:
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        values = {"scope": "contact", "contact": contact.pk, "organization": contact.organization_id}
        return HttpResponseRedirect(form_at("calls.legalhold", **values))

    def has_place_hold_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return StaffWho(may_handle_privacy).includes(request.user)

    # ---- Notes -------------------------------------------------------------------------------------------------

    def notes_of(self, row: Contact, user: User) -> Sequence[ContactNote]:
        return notes_of_contact(
            organization_id=row.organization_id, contact_id=row.pk, most=NOTES_MAX, sight=sight_of(user)
        )

    def may_note(self, row: Contact) -> bool:
        return True

    def write(self, row: Contact, *, user: User, note: str, mentions: Sequence[str]) -> object:
        return create_note(
            user=user, organization_id=row.organization_id, contact_id=row.pk, note=note, mentions=mentions
        )

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Name")
    def name(self, contact: Contact) -> str:
        return contact.full_name or NOTHING

    @admin.display(description="Number")
    def number(self, contact: Contact) -> str:
        return contact.phone_number

    @admin.display(description="Email")
    def address(self, contact: Contact) -> str:
        return contact.email or NOTHING

    @admin.display(description="Source")
    def origin(self, contact: Contact) -> str:
        return contact.source or NOTHING

    @admin.display(description="Created")
    def created(self, contact: Contact) -> str:
        return NOTHING if contact._state.adding else moment(contact.created_at)

    @admin.display(description="Calls and conversations")
    def history(self, contact: Contact) -> SafeString | str:
        if contact._state.adding:
            return NOTHING
        query = f"contact__id__exact={contact.pk}"
        calls = link(list_at("calls.call", query), "Calls with this contact")
        conversations = link(list_at("conversations.conversation", query), "Conversations with this contact")
        return format_html("{} · {}", calls, conversations)
