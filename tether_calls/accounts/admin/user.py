"""Users: superusers manage them, staff of an organization see their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from tether_calls.accounts.admin.access_reason import access_reason_view
from tether_calls.accounts.admin.reading_zone import reading_zone_view
from tether_calls.accounts.admin.security import security_view
from tether_calls.accounts.models import AvailabilityReason, OidcIdentity, User, UserSession
from tether_calls.accounts.selectors import availability_log
from tether_calls.accounts.services.api_keys import leave_keys_behind
from tether_calls.accounts.services.availability import note_availability
from tether_calls.accounts.services.second_factor import take_away
from tether_calls.common.admin import TetherAdmin, Who
from tether_calls.common.admin.display import link, moment
from tether_calls.realtime.presence import present_among


@admin.register(User)
class UserAdmin(DjangoUserAdmin, TetherAdmin):  # type: ignore[misc, type-arg]  # unfold has no types
    who_adds = Who.SUPERUSERS
    who_changes = Who.SUPERUSERS

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    come_from = "Superusers add them."
    list_display = ("email", "full_name", "access_role", "is_active", "logged_in")
    list_select_related = ("organization",)
    list_filter = (("access_role", ChoicesDropdownFilter), "is_active")
    ordering = ("email",)
    search_fields = ("email", "full_name")
    search_help_text = "Email or name"
    autocomplete_fields = ("organization",)
    filter_horizontal = ()
    readonly_fields = ("logged_in", "created", "online_now", "lately", "has_password", "has_two_factor", "at_provider")
    actions = ("take_second_factor_away", "forget_at_provider")
    page_select_related = ("organization",)
    fieldsets = (
        (None, {"fields": ("email", "full_name", "access_role", "department", "time_zone", "is_active")}),
        ("Availability", {"fields": ("is_available", "online_now", "lately")}),
        ("History", {"fields": ("logged_in", "has_two_factor", "at_provider", "created")}),
    )
    add_fieldsets = (
        (None, {"fields": ("organization", "email", "full_name", "access_role", "department")}),
        ("Password", {"fields": ("password1", "password2")}),
        ("This admin", {"fields": ("is_staff", "is_superuser")}),
    )
    superuser_fieldsets = (
        (None, {"fields": ("email", "full_name", "access_role", "department", "time_zone", "is_active")}),
        ("Login", {"fields": ("has_password", "has_two_factor", "logged_in", "at_provider")}),
        ("Availability", {"fields": ("is_available", "online_now", "lately")}),
        ("This admin", {"fields": ("is_staff", "is_superuser")}),
        ("History", {"fields": ("created",)}),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(reading_zone_view)
        security = self.admin_site.admin_view(security_view)
        reason = self.admin_site.admin_view(access_reason_view)
        urls: list[URLPattern] = super().get_urls()
        return [
            path("time-zone/", view, name="accounts_user_reading_zone"),
            path("security/", security, name="accounts_user_security"),
            path("access-reason/", reason, name="accounts_user_access_reason"),
            *urls,
        ]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002  # Django's
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and isinstance(response, HttpResponseRedirect):
            # wall: a superuser's; the user's sessions have ended with the password
            UserSession.objects.filter(user_id=id).delete()
        return response

    @admin.action(description="Take two-factor login away", permissions=["change"])
    def take_second_factor_away(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.filter(has_two_factor=True):
            take_away(user=user)
            self.log_change(request, user, "Two-factor login taken away.")
        messages.success(request, "They log in with their password alone, until they set it up again.")

    @admin.action(description="Forget who they are at the OpenID provider", permissions=["change"])
    def forget_at_provider(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            # wall: of one user, whom a superuser has chosen
            if OidcIdentity.objects.filter(user=user).delete()[0]:
                self.log_change(request, user, "Forgotten who they are at the OpenID provider.")
        messages.success(request, "Their next login there is matched by email again.")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        user: Any = request.user
        if obj is None or not user.is_superuser:
            return super().get_fieldsets(request, obj)
        heading, options = self.superuser_fieldsets[0]
        return ((heading, {"fields": ("organization", *options["fields"])}), *self.superuser_fieldsets[1:])

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        is_another = change and "is_available" in form.changed_data
        if is_another:
            obj.availability_changed_at = timezone.now()
        if change and "organization" in form.changed_data:
            self._leave_keys_behind(request, obj)
        super().save_model(request, obj, form, change)
        if is_another and obj.organization_id is not None:
            note_availability(obj, reason=AvailabilityReason.STAFF)

    def _leave_keys_behind(self, request: HttpRequest, user: User) -> None:
        """As long as they are of the organization: what becomes of them is in its audit log."""
        # wall: whom a superuser moves, as of which organization they still are
        left = leave_keys_behind(user=User.objects.get(pk=user.pk))
        if left:
            told = f"Revoked {left} API key{'' if left == 1 else 's'} of theirs: what uses them is the organization's."
            messages.warning(request, told)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields  # users, other than rows, may change their organization

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        columns = tuple(super().get_list_display(request))
        user: Any = request.user
        return (*columns, "is_staff") if user.is_superuser else columns

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        user: Any = request.user if request is not None else None
        if user is not None and not user.is_superuser:
            # Else the address bar would tell who is a superuser, and letter by letter any password's hash.
            return lookup in ("access_role__exact", "is_active__exact")
        return bool(super().lookup_allowed(lookup, value, request))

    @admin.display(description="Last login")
    def logged_in(self, user: User) -> str:
        return moment(user.last_login)

    @admin.display(description="Password")
    def has_password(self, user: User) -> SafeString:
        """What is kept of one is for nobody to read: that there is one, and where it is changed."""
        text = "Set" if user.has_usable_password() else "None"
        return format_html("{} · {}", text, link("../password/", "Change the password"))

    @admin.display(description="OpenID provider")
    def at_provider(self, user: User) -> str:
        """Whether they have logged in there, so that their e-mail address counts no more."""
        # wall: of one user, who is shown
        since = OidcIdentity.objects.filter(user=user).order_by("pk").values_list("created_at", flat=True).first()
        return "Not known there" if since is None else f"Known there since {moment(since)}"

    @admin.display(description="Created")
    def created(self, user: User) -> str:
        return moment(user.created_at)

    @admin.display(description="Now")
    def online_now(self, user: User) -> str:
        """Whether a browser of theirs is connected."""
        is_online = user.organization_id is not None and present_among(
            organization_id=user.organization_id, user_ids=[user.pk]
        )
        return "Online: a browser is connected" if is_online else "Offline"

    @admin.display(description="Lately")
    def lately(self, user: User) -> str:
        changes = availability_log(user) if user.organization_id is not None else []
        if not changes:
            return "Never changed"
        return format_html_join(
            mark_safe("<br>"),
            "{}, {}, {}{}",
            (
                (
                    moment(change.at),
                    "available" if change.is_available else "not available",
                    change.get_reason_display().lower(),
                    f" ({change.times} times within a minute)" if change.times > 1 else "",
                )
                for change in changes
            ),
        )
