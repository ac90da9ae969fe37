"""API keys: made, shown to whom it concerns, replaced and revoked; never edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter

from tether_calls.accounts import api_keys
from tether_calls.accounts.models import ApiKey, KeyPermission, Organization
from tether_calls.accounts.roles import may_manage_keys
from tether_calls.accounts.selectors import EXPIRES_SOON, about_to_expire
from tether_calls.accounts.services.api_keys import (
    MAX_DIALS_PER_DAY,
    MAX_REQUESTS_PER_MINUTE,
    revoke_api_key,
    rotate_api_key,
)
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.admin import StaffWho, TetherAdmin
from tether_calls.common.admin.display import labelled, link_to, list_at, moment, page_of
from tether_calls.common.errors import TetherError

# In the session: the key that the next page may show in clear. Its row's id, never the key.
_TO_SHOW = "api_key_to_show"
# How long a replaced key may go on working, as it is asked for.
OVERLAPS: dict[str, tuple[str, timedelta]] = {
    "none": ("is refused at once", timedelta()),
    "hour": ("works for an hour", timedelta(hours=1)),
    "day": ("works for a day", timedelta(days=1)),
    "week": ("works for a week", timedelta(weeks=1)),
}
_LIMITS = {"requests_per_minute": MAX_REQUESTS_PER_MINUTE, "dials_per_day": MAX_DIALS_PER_DAY}


class StateFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("works", "Works"),
            ("expiring", f"Expires within {EXPIRES_SOON.days} days"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        revoked = Q(revoked_at__isnull=False)
        expired = Q(expires_at__isnull=False, expires_at__lte=timezone.now())
        states = {
            "works": ~revoked & ~expired,
            "expiring": about_to_expire(timezone.now()),
            "expired": ~revoked & expired,
            "revoked": revoked,
        }
        return queryset.filter(states.get(self.value(), Q()))


@admin.register(ApiKey)
class ApiKeyAdmin(TetherAdmin):
    who_adds = StaffWho(may_manage_keys)
    who_revokes = StaffWho(may_manage_keys)

    organization_path = "user__organization"
    come_from = "Administrators add them."
    list_display = ("name", "user", "state", "may", "expires", "used")
    list_select_related = ("user__organization",)
    list_filter = (StateFilter,)
    search_fields = ("name", "user__email")
    search_help_text = "Name or user's email"
    autocomplete_fields = ("user",)
    page_select_related = ("user__organization", "replaced_by")
    fieldsets = (
        (None, {"fields": (("name", "user"), ("state", "created"), ("expires", "used"), "replacement")}),
        ("Permissions", {"fields": tuple(KeyPermission.values)}),
        ("Limits", {"fields": (tuple(_LIMITS),)}),
    )
    add_fieldsets = (
        (None, {"fields": ("user", "name", "expires_at")}),
        ("Permissions", {"fields": tuple(KeyPermission.values)}),
        ("Limits", {"fields": tuple(_LIMITS)}),
    )
    readonly_fields = ("state", "created", "expires", "used", "replacement", "organization")
    actions = ("revoke_selected",)
    change_form_template = "admin/accounts/apikey/page.html"
    add_form_template = "admin/change_form.html"

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """Who does not see all calls has their own keys here: others' tell what reads them."""
        rows = super().rows(request)
        user: Any = request.user
        return rows if sees_all_calls(user) else rows.filter(user_id=user.pk)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.add_fieldsets if obj is None else super().get_fieldsets(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in _LIMITS:
            kwargs["max_value"] = _LIMITS[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        users = super().get_field_queryset(db, db_field, request)
        # Users without an organization do not have the API.
        return None if users is None else users.filter(organization__isnull=False)

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.who_revokes.includes(request.user)

    # ---- The page of one key -----------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<path:object_id>/show/", self.admin_site.admin_view(self.show_view), name="accounts_apikey_show"),
            path(
                "<path:object_id>/rotate/", self.admin_site.admin_view(self.rotate_view), name="accounts_apikey_rotate"
            ),
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
            is_asked_for = request.session.pop(_TO_SHOW, None) == api_key.pk
            may_revoke = self.has_revoke_permission(request)
            context |= {
                "masked_key": api_keys.masked_key(api_key),
                "shown_key": api_keys.key_of(api_key) if is_asked_for and not api_key.has_ended else None,
                "may_show": not api_key.has_ended and may_revoke,
                "may_rotate": not api_key.has_ended and api_key.replaced_by_id is None and may_revoke,
                "may_revoke": api_key.revoked_at is None and may_revoke,
            }
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def show_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """POST only: a link or an image elsewhere must not bring a key onto a screen."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        api_key = self._found(request, object_id)
        if api_key is None:
            return self._unknown(request, object_id)
        self.log_change(request, api_key, "Showed the key.")
        return self._page_with_key(request, api_key)

    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Ask how long the old key is to work, then show the new one."""
        api_key = self._found(request, object_id)
        if api_key is None:
            return self._unknown(request, object_id)
        if request.method != "POST":
            context = {"title": "Replace API key", "api_key": api_key, "overlaps": OVERLAPS, "back": page_of(api_key)}
            return self._asking(request, "admin/accounts/apikey/rotate.html", context)
        words, overlap = OVERLAPS.get(request.POST.get("overlap", ""), OVERLAPS["none"])
        try:
            new = rotate_api_key(api_key=api_key, overlap=overlap)
        except TetherError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(page_of(api_key))
        self.log_change(request, api_key, f"Replaced; {words}.")
        self.log_addition(request, new, f"Made in place of {api_key.pk}.")
        messages.success(request, f"This key takes the place of the one before, which {words}.")
        return self._page_with_key(request, new)

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
            "title": "Revoke API keys" if action else "Revoke API key",
            "api_keys": keys,
            "back": back,
            "action": action,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return self._asking(request, "admin/accounts/apikey/revoke.html", context)

    def _asking(self, request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )

    def _revoke(self, request: HttpRequest, keys: Sequence[ApiKey]) -> None:
        for api_key in keys:
            revoke_api_key(api_key=api_key)
            self.log_change(request, api_key, "Revoked.")
        count = len(keys)
        messages.success(request, f"Revoked {count} API key{'' if count == 1 else 's'}: refused from now on.")

    # ---- Columns -----------------------------------------------------------------------------------------------

    @labelled("State", {"Works": "success", "Expired": "warning", "Revoked": "danger"})
    def state(self, api_key: ApiKey) -> str:
        if api_key.revoked_at is not None:
            return "Revoked"
        if api_key.has_ended:
            return "Expired"
        organization = api_key.user.organization
        if not api_key.user.is_active:
            return "User inactive"
        return "Works" if organization is not None and organization.is_active else "Organization inactive"

    @admin.display(description="May")
    def may(self, api_key: ApiKey) -> str:
        return ", ".join(permission.label.lower() for permission in api_key.permissions)

    @admin.display(description="Expires")
    def expires(self, api_key: ApiKey) -> str:
        return moment(api_key.expires_at) if api_key.expires_at is not None else "Never"

    @admin.display(description="Replaced by")
    def replacement(self, api_key: ApiKey) -> SafeString | str:
        return link_to(api_key.replaced_by)

    @admin.display(description="Created")
    def created(self, api_key: ApiKey) -> str:
        return moment(api_key.created_at)

    @admin.display(description="Last used")
    def used(self, api_key: ApiKey) -> str:
        return moment(api_key.last_used_at) if api_key.last_used_at is not None else "Never"

    @admin.display(description="Organization")
    def organization(self, api_key: ApiKey) -> Organization | None:
        return api_key.user.organization
