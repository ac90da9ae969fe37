"""Accounts with providers. Their secrets are typed in and never shown: a page tells the last characters of each."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.html import format_html_join
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget, UnfoldAdminURLInputWidget

from calls.admin.tools_box import ToolsOnPage
from calls.models import VoiceAccount
from calls.providers.base import Provider
from calls.providers.registry import carriers, provider_of, providers
from calls.providers.setting import Setting
from calls.selectors.voice_accounts.accounts import set_value, settings_of, value_of
from tether_calls.common.admin import OrganizationForm, Who, WrittenNumberField
from tether_calls.common.admin.display import NOTHING, moment, page_of
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.masking import masked
from tether_calls.common.phone import digits_to_find

UNREADABLE = "None of ENCRYPTION_KEYS opens what is stored. Add the key again, or enter all of it anew."


def _typed(setting: Setting) -> forms.CharField:
    # Never filled in by us, nor by the browser.
    attributes = {"autocomplete": "new-password"}
    widget = UnfoldAdminPasswordWidget(attributes) if setting.is_secret else UnfoldAdminTextInputWidget(attributes)
    return forms.RegexField(
        r"^[\x21-\x7e]+\Z",
        required=False,
        max_length=setting.max_length,
        widget=widget,
        label=setting.title[0].upper() + setting.title[1:],
        help_text="Empty: stays as it is.",
    )


class _AccountForm(OrganizationForm):
    base_url = forms.URLField(
        label="Base URL",
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
        help_text="Another address of the provider's API: a region, or the simulator.",
    )

    phone_number = WrittenNumberField(required=False, help_text="Calls from here unless the user has a number.")

    class Meta:
        labels: ClassVar[dict[str, str]] = {}

    def clean(self) -> dict[str, Any]:
        super().clean()
        provider = self.cleaned_data.get("provider") or self.instance.provider
        if self.cleaned_data.get("is_active") and provider:
            self._check_active(provider_of(provider))
        return self.cleaned_data

    def save(self, commit: bool = True) -> Any:
        account: VoiceAccount = self.instance
        typed = {setting: self.cleaned_data.get(setting.field) for setting in typed_settings(account)}
        if any(typed.values()):
            account.secrets = _readable_secrets(account)
            for setting, value in typed.items():
                if value:
                    set_value(account, setting, value)
        return super().save(commit)

    def _check_active(self, provider: Provider[Any]) -> None:
        if not provider.carries_calls:
            labels = " or ".join(f"{provider_of(name).label}'s" for name in carriers())
            self.add_error("is_active", f"Browser calls are {labels}.")
            return
        known = _readable_secrets(self.instance)
        missing = [
            setting.title
            for setting in provider.settings
            if setting.is_required
            and not self.cleaned_data.get(_form_field(provider, setting))
            and not known.get(setting.name)
        ]
        if missing:
            self.add_error("is_active", f"Missing: {', '.join(missing)}.")

    def _get_validation_exclusions(self) -> set[str]:
        # Reading them is not needed for any constraint, and fails where the key is gone.
        return {*super()._get_validation_exclusions(), "secrets"}


def _form_field(provider: Provider[Any], setting: Setting) -> str:
    return "account_id" if provider.account_id == setting.name else setting.field


@cache
def _form_for(known: tuple[Provider[Any], ...], shown: tuple[Provider[Any], ...]) -> type[_AccountForm]:
    """The form with a field for every setting that has no column, of all `known` providers.

    The column of the account's id is labelled as the providers that are `shown` call it.
    """
    typed = {
        setting.field: _typed(setting)
        for provider in known
        for setting in provider.settings
        if setting.name != provider.account_id
    }
    ids = [setting.title for provider in shown for setting in provider.settings if setting.name == provider.account_id]
    label = " or ".join(ids) or "account id"
    labels = {**_AccountForm.Meta.labels, "account_id": label[0].upper() + label[1:]}
    meta = type("Meta", (_AccountForm.Meta,), {"labels": labels})
    return type("VoiceAccountForm", (_AccountForm,), {**typed, "Meta": meta})


def typed_settings(account: VoiceAccount) -> list[Setting]:
    """What is entered on the page beside the columns."""
    provider = provider_of(account.provider)
    return [setting for setting in settings_of(account) if _form_field(provider, setting) == setting.field]


def _readable_secrets(account: VoiceAccount) -> dict[str, str]:
    try:
        return dict(account.secrets)
    except UndecipherableSecret:
        return {}


@admin.register(VoiceAccount)
class VoiceAccountAdmin(ToolsOnPage):
    # Where requests with the organization's secrets go to, `base_url`, is for the platform's own staff to say.
    who_adds = Who.SUPERUSERS
    who_changes = Who.SUPERUSERS
    who_deletes = Who.SUPERUSERS

    form = _AccountForm
    come_from = "Superusers add them."
    list_display = ("provider", "account_id", "phone_number", "is_active", "changed")
    list_select_related = ("organization",)
    list_filter = (("provider", ChoicesDropdownFilter), "is_active")
    search_fields = ("account_id", "phone_number")
    search_help_text = "Account or number"
    autocomplete_fields = ("organization",)
    fieldsets = ((None, {"fields": ("provider", "account_id", "phone_number", "is_active", "base_url")}),)
    readonly_fields = ("known", "changed")

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        # A list, and a page, open also where no key opens the secrets.
        return super().rows(request).defer("secrets")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = digits_to_find(search_term) or search_term
        found, has_duplicates = super().get_search_results(request, queryset, text)
        return found, has_duplicates

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        known = providers()
        form = _form_for(known, known if obj is None else (provider_of(obj.provider),))
        return super().get_form(request, obj, change=change, **{"form": form, **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        typed = [setting.field for setting in typed_settings(obj)] if self.has_change_permission(request) else []
        return [*fieldsets, ("Credentials", {"fields": ("known", *typed, "changed")})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, "provider")

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        # The page of the account asks for the credentials of its provider.
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(page_of(obj))

    @admin.display(description="Stored")
    def known(self, account: VoiceAccount) -> str:
        try:
            values = [(setting, value_of(account, setting)) for setting in typed_settings(account)]
        except UndecipherableSecret:
            return UNREADABLE
        shown = [(setting.title, masked(value) if setting.is_secret else value) for setting, value in values if value]
        return format_html_join("", "<div>{}: <code>{}</code></div>", shown) or NOTHING

    @admin.display(description="Changed")
    def changed(self, account: VoiceAccount) -> str:
        return moment(account.updated_at)
