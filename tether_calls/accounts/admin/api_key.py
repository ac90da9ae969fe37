"""API keys: made, shown to whom it concerns, and revoked; never edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import DropdownFilter

from tether_calls.accounts import api_keys
from tether_calls.accounts.models import ApiKey, Organization
from tether_calls.accounts.services import revoke_api_key
from tether_calls.common.admin import TetherAdmin, Who
from tether_calls.common.admin.display import labelled, list_at, moment, page_of

# In the session: the key that the next page may show in clear. Its row's id, never the key.
_TO_SHOW = "api_key_to_show"


class StateFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("works", "Works"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        revoked = Q(revoked_at__isnull=False)
        return {"works": queryset.exclude(revoked), "revoked": queryset.filter(revoked)}.get(self.value(), queryset)


@admin.register(ApiKey)
class ApiKeyAdmin(TetherAdmin):
    who_adds = Who.STAFF
    who_revokes = Who.STAFF

    organization_path = "user__organization"
    list_display = ("name", "user", "state", "created", "used")
    list_select_related = ("user__organization",)
    list_filter = (StateFilter,)
    search_fields = ("name", "user__email")
    search_help_text = "Name or user's e-mail"
    autocomplete_fields = ("user",)
    page_select_related = ("user__organization",)
    fieldsets = ((None, {"fields": (("name", "user"), ("state", "created"), "used")}),)
    add_fieldsets = ((None, {"fields": ("user", "name")}),)
    readonly_fields = ("state", "created", "used", "organization")
    actions = ("revoke_selected",)
    change_form_template = "admin/accounts/apikey/page.html"
    add_form_template = "admin/change_form.html"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.add_fieldsets if obj is None else super().get_fieldsets(request, obj)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        users = super().get_field_queryset(db, db_field, request)
        # Nobody outside of an organization has the API.
        return None if users is None else users.filter(organization__isnull=False)

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.who_revokes.includes(request.user)

    # ---- The page of one key -----------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<path:object_id>/show/", self.admin_site.admin_view(self.show_view), name="accounts_apikey_show"),
            path(
                "<path:object_id>/revoke/", self.admin_site.admin_view(self.revoke_view), name="accounts_apikey_revoke"
            ),
        ]
        urls: list[URLPattern] = super().get_urls()
        return own + urls

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        if "_popup" in request.POST:
            popup: HttpResponse = super().response_add(request, obj, post_url_continue)
            return popup
        messages.success(request, f"The API key “{obj}” works from now on. Copy it to where it is used.")
        return self._page_with_key(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        api_key: ApiKey | None = context.get("original")
        if api_key is not None:
            key = api_keys.key_of(api_key)
            may_see = request.session.pop(_TO_SHOW, None) == api_key.pk and api_key.revoked_at is None
            context |= {
                "masked_key": f"{api_keys.PREFIX}…{key[-4:]}",
                "shown_key": key if may_see else None,
                "copy_attributes": {"type": "button", "data-copy": ""},
                "may_revoke": api_key.revoked_at is None and self.has_revoke_permission(request),
            }
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def show_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """POST only: a link or an image elsewhere must not bring a key onto anybody's screen."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        api_key = self._found(request, object_id)
        if api_key is None:
            return self._unknown(request, object_id)
        self.log_change(request, api_key, "Showed the key.")
        return self._page_with_key(request, api_key)

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Ask, then revoke."""
        api_key = self._found(request, object_id)
        if api_key is None:
            return self._unknown(request, object_id)
        if request.method != "POST":
            return self._ask(request, [api_key], back=page_of(api_key))
        self._revoke(request, [api_key])
        return HttpResponseRedirect(page_of(api_key))

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponseBase | None:
        chosen = list(queryset.filter(revoked_at=None).select_related("user"))
        if "confirmed" not in request.POST:
            return self._ask(request, chosen, back=list_at("accounts.apikey"), action="revoke_selected")
        self._revoke(request, chosen)
        return None

    def _found(self, request: HttpRequest, object_id: str) -> ApiKey | None:
        api_key: ApiKey | None = self.get_object(request, object_id)
        return api_key if self.has_revoke_permission(request) else None

    def _unknown(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        response: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return response

    def _page_with_key(self, request: HttpRequest, api_key: ApiKey) -> HttpResponse:
        request.session[_TO_SHOW] = api_key.pk
        return HttpResponseRedirect(page_of(api_key))

    def _ask(self, request: HttpRequest, keys: Sequence[ApiKey], *, back: str, action: str = "") -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Revoke API keys" if action else "Revoke API key",
            "api_keys": keys,
            "back": back,
            "action": action,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/accounts/apikey/revoke.html", context)

    def _revoke(self, request: HttpRequest, keys: Sequence[ApiKey]) -> None:
        for api_key in keys:
            revoke_api_key(api_key=api_key)
            self.log_change(request, api_key, "Revoked.")
        count = len(keys)
        messages.success(request, f"Revoked {count} API key{'' if count == 1 else 's'}: refused from now on.")

    # ---- Columns -----------------------------------------------------------------------------------------------

    @labelled("State", {"Works": "success", "Revoked": "danger"})
    def state(self, api_key: ApiKey) -> str:
        if api_key.revoked_at is not None:
            return "Revoked"
        organization = api_key.user.organization
        if not api_key.user.is_active:
            return "User inactive"
        return "Works" if organization is not None and organization.is_active else "Organization inactive"

    @admin.display(description="Created")
    def created(self, api_key: ApiKey) -> str:
        return moment(api_key.created_at)

    @admin.display(description="Last used")
    def used(self, api_key: ApiKey) -> str:
        return moment(api_key.last_used_at) if api_key.last_used_at is not None else "Never"

    @admin.display(description="Organization")
    def organization(self, api_key: ApiKey) -> Organization | None:
        return api_key.user.organization
