"""How long calls are kept."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldBooleanSwitchWidget

from calls.models import RetentionRule
from calls.services.privacy.keep_rules import Rule, preview, rules_of, set_rules
from tether_calls.accounts.roles import may_handle_privacy
from tether_calls.common.admin import OrganizationForm, StaffWho, TetherAdmin


class RetentionForm(OrganizationForm):
    """Shorter times erase at once what is past them: how much that is has to be seen first."""

    is_confirmed = forms.BooleanField(
        required=False,
        label="Erase what is past these times",
        help_text="How much that is by now is said when you save.",
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        labels: ClassVar = {
            "storage_mode": "What is kept",
            "audio_days": "Recordings",
            "transcript_days": "Transcripts",
            "call_days": "Who called whom",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        organization = cleaned.get("organization")
        organization_id = organization.pk if organization is not None else self.instance.organization_id
        if organization_id is None or self.errors or cleaned.get("is_confirmed"):
            return cleaned
        agent = cleaned.get("agent")
        rules = rules_of(organization_id)
        counted = preview(
            organization_id=organization_id,
            rule=Rule(
                agent_id=agent.pk if agent is not None else None,
                audio_days=cleaned.get("audio_days"),
                transcript_days=cleaned.get("transcript_days"),
                call_days=cleaned.get("call_days"),
            ),
            others=[rule.agent_id for rule in rules if rule.agent_id is not None],
        )
        if counted.audio or counted.transcript or counted.call:
            self.add_error(
                "is_confirmed",
                f"Within the hour {counted.audio:,} calls would lose their recordings, {counted.transcript:,} their"
                f" words, and {counted.call:,} would name nobody any more. Nothing brings that back.",
            )
        return cleaned


@admin.register(RetentionRule)
class RetentionRuleAdmin(TetherAdmin):
    who_views = who_adds = who_changes = who_deletes = StaffWho(may_handle_privacy)
    form = RetentionForm
    list_display = ("of_what", "kept", "audio", "transcript", "call")
    list_select_related = ("organization", "agent")
    page_select_related = ("organization", "agent")
    fieldsets = (
        (None, {"fields": ("agent", "storage_mode")}),
        ("Days, from the start of a call", {"fields": ("audio_days", "transcript_days", "call_days", "is_confirmed")}),
    )

    def save_model(self, request: HttpRequest, obj: RetentionRule, form: Any, change: bool) -> None:
        self._set(request, obj, with_it=True)
        kept = RetentionRule.objects.of_organization(obj.organization_id).get(agent_id=obj.agent_id)
        obj.pk, obj._state.adding = kept.pk, False

    def delete_model(self, request: HttpRequest, obj: RetentionRule) -> None:
        self._set(request, obj, with_it=False)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for rule in queryset:
            self.delete_model(request, rule)

    def _set(self, request: HttpRequest, obj: RetentionRule, *, with_it: bool) -> None:
        user: Any = request.user
        others = [rule for rule in rules_of(obj.organization_id) if rule.pk != obj.pk and rule.agent_id != obj.agent_id]
        rows = [*others, obj] if with_it else others
        rules = [
            Rule(
                agent_id=row.agent_id,
                storage_mode=row.storage_mode,
                audio_days=row.audio_days,
                transcript_days=row.transcript_days,
                call_days=row.call_days,
            )
            for row in rows
        ]
        set_rules(user=user, organization_id=obj.organization_id, rules=rules)

    @admin.display(description="Calls")
    def of_what(self, rule: RetentionRule) -> str:
        return f"Of {rule.agent}" if rule.agent is not None else "All others"

    @admin.display(description="What is kept")
    def kept(self, rule: RetentionRule) -> str:
        return rule.get_storage_mode_display()

    @admin.display(description="Recordings")
    def audio(self, rule: RetentionRule) -> str:
        return _days(rule.audio_days)

    @admin.display(description="Transcripts")
    def transcript(self, rule: RetentionRule) -> str:
        return _days(rule.transcript_days)

    @admin.display(description="Who called whom")
    def call(self, rule: RetentionRule) -> str:
        return _days(rule.call_days)


def _days(days: int | None) -> str:
    return "For ever" if days is None else f"{days:,} days"
