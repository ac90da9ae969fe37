"""Webhooks to partners: where they go, whether they arrive, and what to do when they do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from calls.models import WebhookEvent, WebhookSubscription
from calls.selectors.webhooks_out.subscriptions import FAILING, GIVEN_UP
from calls.services.webhooks_out.rotate_secret import rotate_secret
from calls.services.webhooks_out.send_test import send_test
from calls.services.webhooks_out.subscriptions import (
    change_subscription,
    faults_of_url,
    subscribe,
    take_over,
    unsubscribe,
)
from tether_calls.accounts.acting import require_reason_in
from tether_calls.accounts.roles import may_manage_webhooks
from tether_calls.common.admin import OrganizationForm, StaffWho, TetherAdmin
from tether_calls.common.admin.display import NOTHING, labelled, link, link_to, list_at, moment, page_of
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.masking import masked

# In the session: the webhook whose secret the next page shows in clear. Its row's id, never the secret.
_TO_SHOW = "webhook_to_show"
UNREADABLE = "None of ENCRYPTION_KEYS opens it."
# How long a secret that is replaced here signs as well.
_OVERLAP = timedelta(days=1)


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


class StateFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failing", "Failing"), ("given_up", "Disabled for failures")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter({"failing": FAILING, "given_up": GIVEN_UP}.get(self.value(), Q()))


@admin.register(WebhookSubscription)
class WebhookSubscriptionAdmin(TetherAdmin):
    who_adds = StaffWho(may_manage_webhooks)
    who_changes = StaffWho(may_manage_webhooks)
    who_deletes = StaffWho(may_manage_webhooks)

    class Media:
        js = ("tether/copy.js",)

    form = WebhookForm
    come_from = "Administrators add them."
    list_display = ("name", "url", "state", "failing", "created")
    list_select_related = ("organization",)
    page_select_related = ("api_key",)
    list_filter = (StateFilter, "is_active", ("disabled_reason", ChoicesDropdownFilter))
    search_fields = ("name", "url")
    search_help_text = "Name or address"
    autocomplete_fields = ("organization",)
    fieldsets = ((None, {"fields": ("name", "url", "subscribed_events")}),)
    readonly_fields = ("state", "failing", "created", "secret", "sent", "owner")
    actions = ("enable_selected", "disable_selected", "take_over_selected", "test_selected", "replace_secret")

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        # A list, and a page, open also where no key opens the secrets.
        return super().rows(request).defer("secrets")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return [*fieldsets, ("State", {"fields": ("state", "failing", "owner", "secret", "sent", "created")})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        user: Any = request.user
        _require_reason(request, obj)
        values: Any = {"name": obj.name, "url": obj.url, "subscribed_events": obj.subscribed_events}
        if change:
            change_subscription(organization_id=obj.organization_id, subscription_id=obj.pk, changes=values, by=user)
            return
        made = subscribe(organization_id=obj.organization_id, by=user, **values)
        obj.pk = made.subscription.pk
        obj._state.adding = False

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"“{obj}” receives events from now on. Hand the secret to the receiver's people.")
        return self._page_with_secret(request, obj)

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        if object_id is not None and request.method == "GET":
            # Once, on the page that follows the making.
            request.may_see_secret = request.session.pop(_TO_SHOW, None) == object_id  # type: ignore[attr-defined]
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except TetherError as error:
            if error.code is ErrorCode.REASON_REQUIRED:
                raise
            messages.error(request, f"{error.message}.")
            return HttpResponseRedirect(list_at("calls.webhooksubscription"))

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
        user: Any = request.user
        unsubscribe(organization_id=obj.organization_id, subscription_id=obj.pk, by=user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for subscription in queryset:
            self.delete_model(request, subscription)

    @admin.action(description="Enable again", permissions=["change"])
    def enable_selected(self, request: HttpRequest, queryset: QuerySet[WebhookSubscription]) -> None:
        disabled = queryset.filter(is_active=False)
        _require_reason(request, *disabled)
        self._each(request, disabled, "Enabled", change_subscription, changes={"is_active": True})

    @admin.action(description="Disable", permissions=["change"])
    def disable_selected(self, request: HttpRequest, queryset: QuerySet[WebhookSubscription]) -> None:
        active = queryset.filter(is_active=True)
        self._each(request, active, "Disabled", change_subscription, changes={"is_active": False})

    @admin.action(description="Take over from its API key", permissions=["change"])
    def take_over_selected(self, request: HttpRequest, queryset: QuerySet[WebhookSubscription]) -> None:
        of_keys = queryset.exclude(api_key=None)
        _require_reason(request, *of_keys)
        self._each(request, of_keys, "Taken over", take_over)

    @admin.action(description="Send a test", permissions=["change"])
    def test_selected(self, request: HttpRequest, queryset: QuerySet[WebhookSubscription]) -> None:
        self._each(request, queryset, "Test asked for", send_test)

    @admin.action(description="Replace the secret; the old one works for a day", permissions=["change"])
    def replace_secret(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        if queryset.count() != 1:
            messages.error(request, "Choose one: its new secret is shown next.")
            return None
        for subscription in self._each(request, queryset, "Secret replaced", rotate_secret, overlap=_OVERLAP):
            return self._page_with_secret(request, subscription)
        return None

    def _each(
        self, request: HttpRequest, chosen: Any, done: str, act: Callable[..., object], **values: Any
    ) -> list[WebhookSubscription]:
        """Those for which the service did it; why it did not for others is shown."""
        succeeded = []
        for subscription in chosen:
            try:
                act(
                    organization_id=subscription.organization_id,
                    subscription_id=subscription.pk,
                    by=request.user,
                    **values,
                )
            except TetherError as error:
                messages.error(request, f"“{subscription}”: {error.message}.")
                continue
            self.log_change(request, subscription, f"{done}.")
            succeeded.append(subscription)
        messages.success(request, f"{done}: {len(succeeded)}.")
        return succeeded

    def _page_with_secret(self, request: HttpRequest, subscription: WebhookSubscription) -> HttpResponse:
        request.session[_TO_SHOW] = subscription.pk
        return HttpResponseRedirect(page_of(subscription))

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

    @admin.display(description="Of")
    def owner(self, subscription: WebhookSubscription) -> SafeString | str:
        return "A user" if subscription.api_key is None else link_to(subscription.api_key)

    @admin.display(description="Secret")
    def secret(self, subscription: WebhookSubscription) -> SafeString | str:
        try:
            known = str(subscription.secrets.get("signing", ""))
        except UndecipherableSecret:
            return UNREADABLE
        if not getattr(subscription, "may_see_secret", False):
            return masked(known)
        return render_to_string("admin/shown_secret.html", {"name": "Secret", "secret": known})

    @admin.display(description="Messages")
    def sent(self, subscription: WebhookSubscription) -> SafeString | str:
        if subscription._state.adding:
            return NOTHING
        query = f"subscription__id__exact={subscription.pk}"
        return link(list_at("calls.webhookmessage", query), "What was sent there")


def _require_reason(request: HttpRequest, *subscriptions: WebhookSubscription) -> None:
    """Before any of them begins to send what is said in calls. Raises REASON_REQUIRED."""
    telling = {each.organization_id for each in subscriptions if WebhookEvent.CALL_TRANSCRIPT in each.subscribed_events}
    for organization_id in sorted(telling):
        require_reason_in(request, organization_id=organization_id)
