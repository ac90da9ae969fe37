"""Webhooks to partners: where they go, whether they arrive, and what to do when they do not."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from calls.models import WebhookEvent, WebhookSubscription
from calls.services.webhooks_out.subscriptions import (
    disable_subscription,
    enable_subscription,
    faults_of_url,
    subscribe,
    unsubscribe,
)
from tether_calls.common.admin import OrganizationForm, TetherAdmin, Who
from tether_calls.common.admin.display import NOTHING, labelled, link, list_at, moment, page_of
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import TetherError
from tether_calls.common.masking import masked

# In the session: the webhook whose secret the next page shows in clear. Its row's id, never the secret.
_TO_SHOW = "webhook_to_show"
UNREADABLE = "None of ENCRYPTION_KEYS opens it."


class WebhookForm(OrganizationForm):
    url = forms.CharField(max_length=2048, widget=UnfoldAdminTextInputWidget, label="URL")
    subscribed_events = forms.MultipleChoiceField(
        choices=WebhookEvent.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, label="Events"
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        for fault in faults_of_url(url):
            self.add_error("url", fault)
        return url

    def _get_validation_exclusions(self) -> set[str]:
        # Not needed for any constraint, and not readable where the key is gone.
        return {*super()._get_validation_exclusions(), "secrets"}


@admin.register(WebhookSubscription)
class WebhookSubscriptionAdmin(TetherAdmin):
    who_adds = Who.STAFF
    who_changes = Who.STAFF
    who_deletes = Who.STAFF

    form = WebhookForm
    list_display = ("name", "url", "state", "failing", "created")
    list_select_related = ("organization",)
    list_filter = ("is_active", ("disabled_reason", ChoicesDropdownFilter))
    search_fields = ("name", "url")
    search_help_text = "Name or address"
    autocomplete_fields = ("organization",)
    fieldsets = ((None, {"fields": ("name", "url", "subscribed_events")}),)
    readonly_fields = ("state", "failing", "created", "secret", "sent")
    actions = ("enable_selected", "disable_selected")

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        # A list, and a page, open also where no key opens the secrets.
        return super().rows(request).defer("secrets")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return [*fieldsets, ("State", {"fields": ("state", "failing", "secret", "sent", "created")})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=["name", "url", "subscribed_events"])
            return
        user: Any = request.user
        made = subscribe(
            organization_id=obj.organization_id,
            name=obj.name,
            url=obj.url,
            subscribed_events=obj.subscribed_events,
            created_by=user,
        )
        obj.pk = made.subscription.pk
        obj._state.adding = False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            response: HttpResponse = super().add_view(request, form_url, extra_context)
        except TetherError as error:
            messages.error(request, f"{error.message}.")
            return HttpResponseRedirect(list_at("calls.webhooksubscription"))
        return response

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"“{obj}” receives events from now on. Hand the secret to the receiver's people.")
        request.session[_TO_SHOW] = obj.pk
        return HttpResponseRedirect(page_of(obj))

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        if object_id is not None and request.method == "GET":
            # Once, on the page that follows the making.
            request.may_see_secret = request.session.pop(_TO_SHOW, None) == object_id  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, *args, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.may_see_secret = getattr(request, "may_see_secret", False)
        return found

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # What was sent goes along, be it ever so much: it is neither listed nor asked about.
        chosen = list(objs)
        return [str(each) for each in chosen], {"webhooks, with what was sent there": len(chosen)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        unsubscribe(organization_id=obj.organization_id, subscription_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for subscription in queryset:
            self.delete_model(request, subscription)

    @admin.action(description="Enable again", permissions=["change"])
    def enable_selected(self, request: HttpRequest, queryset: QuerySet[WebhookSubscription]) -> None:
        self._each(request, queryset, enable_subscription, "Enabled", is_active=False)

    @admin.action(description="Disable", permissions=["change"])
    def disable_selected(self, request: HttpRequest, queryset: QuerySet[WebhookSubscription]) -> None:
        self._each(request, queryset, disable_subscription, "Disabled", is_active=True)

    def _each(self, request: HttpRequest, queryset: Any, act: Any, done: str, *, is_active: bool) -> None:
        chosen = list(queryset.filter(is_active=is_active))
        for subscription in chosen:
            act(subscription=subscription)
            self.log_change(request, subscription, f"{done}.")
        messages.success(request, f"{done} {len(chosen)}.")

    # ---- Columns -----------------------------------------------------------------------------------------------

    @labelled("State", {"Active": "success", "Failing": "warning", "Disabled": "danger"})
    def state(self, subscription: WebhookSubscription) -> str:
        if not subscription.is_active:
            return "Disabled"
        return "Failing" if subscription.failing_since is not None else "Active"

    @admin.display(description="Since")
    def failing(self, subscription: WebhookSubscription) -> str:
        if not subscription.is_active:
            return f"{moment(subscription.disabled_at)}: {subscription.get_disabled_reason_display()}"
        return moment(subscription.failing_since)

    @admin.display(description="Created")
    def created(self, subscription: WebhookSubscription) -> str:
        return moment(subscription.created_at)

    @admin.display(description="Secret")
    def secret(self, subscription: WebhookSubscription) -> str:
        try:
            known = str(subscription.secrets.get("signing", ""))
        except UndecipherableSecret:
            return UNREADABLE
        return known if getattr(subscription, "may_see_secret", False) else masked(known)

    @admin.display(description="Messages")
    def sent(self, subscription: WebhookSubscription) -> SafeString | str:
        if subscription._state.adding:
            return NOTHING
        query = f"subscription__id__exact={subscription.pk}"
        return link(list_at("calls.webhookmessage", query), "What was sent there")
