"""Organizations, for superusers."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from tether_calls.accounts.admin.calling_hours import CALLING_HOURS, DAYS, CallingHoursForm
from tether_calls.accounts.calling_hours import set_calling_hours
from tether_calls.accounts.models import Organization, RulePackCode
from tether_calls.accounts.models.organization import known_time_zone
from tether_calls.accounts.services.missed_call_message import MESSAGE_MAX, fault_of_message
from tether_calls.accounts.wallet import open_wallet
from tether_calls.common.admin import TetherAdmin, Who
from tether_calls.common.admin.display import NOTHING, link, list_at, moment
from tether_calls.common.number_types import CostlyType
from tether_calls.common.redacted_kinds import KINDS, names_of

_LABELS = {
    CostlyType.PREMIUM_RATE: "Premium rate",
    CostlyType.SHARED_COST: "Shared cost",
    CostlyType.SATELLITE: "Satellites, and networks of no country",
    CostlyType.PERSONAL: "Personal numbers",
}


class OrganizationPageForm(CallingHoursForm):
    allowed_number_types = forms.MultipleChoiceField(
        required=False,
        choices=[(its_type.value, _LABELS[its_type]) for its_type in CostlyType],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label="Dials",
        help_text="They cost whoever calls them, and toll fraud is done with them. All others are refused.",
    )
    rule_packs = forms.MultipleChoiceField(
        required=False,
        choices=RulePackCode.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Rules of law that agents' calls are held against, besides the organization's own calling hours.",
    )
    time_zone = forms.CharField(
        required=False,
        max_length=64,
        initial="UTC",
        validators=[known_time_zone],
        widget=UnfoldAdminTextInputWidget,
        help_text="Where its days begin and end: calls are counted by these. Such as America/Toronto. Empty: UTC.",
    )

    missed_call_message = forms.CharField(
        required=False,
        max_length=MESSAGE_MAX,
        widget=UnfoldAdminTextareaWidget,
        help_text="Who has called in vain is sent this. {{contactName}} and {{agentName}} become names.",
    )
    texts_missed_calls = forms.BooleanField(
        required=False,
        label="Is sent",
        widget=UnfoldBooleanWidget,
        help_text="After each call that nobody answers, at most once in 4 hours to one number.",
    )
    redacted_kinds = forms.MultipleChoiceField(
        required=False,
        choices=[(kind.value, kind.called) for kind in KINDS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label="Not kept",
        help_text="Masked in transcripts, summaries, notes of agents and texts before they are written: [card].",
    )
    open_weekdays = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        choices=list(enumerate(DAYS)),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label="Open on",
        help_text="The days on which these hours begin. None: it is never open.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        weekdays = self.instance.open_weekdays
        for name in ("opens_at", "closes_at", "opt_out_policy", "consent_policy"):
            self.fields[name].required = False
        self.initial["texts_missed_calls"] = self.instance.missed_calls_texted_since is not None
        self.initial["redacted_kinds"] = self.instance.redacted_kinds.split()
        self.initial["open_weekdays"] = [day for day in range(len(DAYS)) if weekdays >> day & 1]

    def clean_missed_call_message(self) -> str:
        message: str = self.cleaned_data["missed_call_message"]
        if fault := fault_of_message(message):
            raise forms.ValidationError(fault)
        return message

    def clean_texts_missed_calls(self) -> bool:
        is_sent: bool = self.cleaned_data["texts_missed_calls"]
        # The message's own field comes before; where it has a fault, that is told.
        if is_sent and self.cleaned_data.get("missed_call_message") == "":
            raise forms.ValidationError("There is no message to be sent.")
        return is_sent

    def save(self, commit: bool = True) -> Any:
        since = self.instance.missed_calls_texted_since or timezone.now()
        self.instance.missed_calls_texted_since = since if self.cleaned_data["texts_missed_calls"] else None
        return super().save(commit)

    def clean_opens_at(self) -> time:
        found: time = self._given_or_known("opens_at")
        return found

    def clean_closes_at(self) -> time:
        found: time = self._given_or_known("closes_at")
        return found

    def clean_opt_out_policy(self) -> str:
        found: str = self._given_or_known("opt_out_policy")
        return found

    def clean_redacted_kinds(self) -> str:
        return names_of(self.cleaned_data["redacted_kinds"])

    def clean_consent_policy(self) -> str:
        found: str = self._given_or_known("consent_policy")
        return found

    def clean_open_weekdays(self) -> int:
        return sum(1 << day for day in set(self.cleaned_data["open_weekdays"]))

    def _given_or_known(self, name: str) -> Any:
        return self.cleaned_data[name] or getattr(self.instance, name)

    def clean_time_zone(self) -> str:
        return self.cleaned_data["time_zone"] or "UTC"


@admin.register(Organization)
class OrganizationAdmin(TetherAdmin):
    who_views = Who.SUPERUSERS
    who_adds = Who.SUPERUSERS
    who_changes = Who.SUPERUSERS
    shows_organization = False

    form = OrganizationPageForm
    list_display = ("name", "is_active", "is_prepaid", "created")
    list_filter = ("is_active", "is_prepaid")
    ordering = ("name", "id")
    search_fields = ("name",)
    search_help_text = "Name"
    page_select_related = ("calling_hours",)
    fieldsets = (
        (None, {"fields": ("name", "is_active", "is_prepaid", "time_zone", "created", "rows_of_it")}),
        ("Opening hours", {"fields": ("opens_at", "closes_at", "open_weekdays")}),
        ("Calling hours", {"fields": CALLING_HOURS}),
        ("Access", {"fields": ("narrows_roles", "requires_two_factor", "asks_why")}),
        ("Do Not Call", {"fields": ("opt_out_policy",)}),
        ("Redaction", {"fields": ("redacted_kinds",)}),
        (
            "May I call?",
            {
                "fields": (
                    "consent_policy",
                    "rule_packs",
                    "attempts_per_day",
                    "attempts_per_week",
                    "attempts_per_month",
                )
            },
        ),
        ("Missed calls", {"fields": ("missed_call_message", "texts_missed_calls")}),
        ("Costly numbers", {"fields": ("allowed_number_types",)}),
    )
    readonly_fields = ("created", "rows_of_it", "asks_why")

    def rows(self, request: HttpRequest) -> QuerySet[Organization]:
        user: Any = request.user
        organizations = Organization.objects.all()
        return organizations if user.is_superuser else organizations.filter(pk=user.organization_id)

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.is_prepaid:
            # It has to be there to be topped up.
            open_wallet(organization_id=obj.pk)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        set_calling_hours(organization_id=form.instance.pk, hours=form.hours)

    @admin.display(description="Created")
    def created(self, organization: Organization) -> str:
        return NOTHING if organization._state.adding else moment(organization.created_at)

    @admin.display(description="The platform's staff say why")
    def asks_why(self, organization: Organization) -> str:
        """Whom it binds does not switch it off."""
        said = "Before they hear, read or search what was said, or save it."
        return f"Yes. {said}" if organization.requires_staff_reason else "No: its own administrators have said so."

    @admin.display(description="What is in it")
    def rows_of_it(self, organization: Organization) -> SafeString | str:
        if organization._state.adding:
            return NOTHING
        by_key = f"organization__id__exact={organization.pk}"
        lists = (
            ("Calls", "calls.call", by_key),
            ("Contacts", "contacts.contact", by_key),
            ("Conversations", "conversations.conversation", by_key),
            ("Do Not Call", "contacts.donotcallnumber", by_key),
            ("Agents", "calls.prompt", by_key),
            ("Phone numbers", "calls.phonenumber", by_key),
            ("Users", "accounts.user", by_key),
            ("API keys", "accounts.apikey", f"user__{by_key}"),
            ("Wallet", "accounts.wallet", by_key),
            ("Events", "realtime.eventlog", f"organization={organization.pk}"),
        )
        return format_html_join(" · ", "{}", ((link(list_at(model, query), name),) for name, model, query in lists))
