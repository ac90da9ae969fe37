"""Scorecards: by which criteria the organization judges calls, and how its agents come out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Avg, Count, F, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from unfold.admin import TabularInline

from calls.models import CallScore, Criterion, Scorecard
from calls.selectors.seen_calls import ids_of_seen
from calls.services.review.scorecards import (
    MOST_CRITERIA,
    NewCriterion,
    create_scorecard,
    may_keep_scorecards,
    update_scorecard,
)
from tether_calls.accounts.sight import sight_of
from tether_calls.common.admin import StaffWho, TetherAdmin

_DAYS = 30
_AGENTS = 50


class CriteriaFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # not subscriptable at run time
    """What is asked now, to be replaced as a whole."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            # A row that is wrong by itself has no values.
            return
        names = [each.name.casefold() for each in self.asked()]
        if len(set(names)) < len(names):
            raise ValidationError("A criterion is named twice.")

    def asked(self) -> list[NewCriterion]:
        """In the order that their positions say; those without one come last."""
        rows = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None)]
        kept = [row for row in rows if not row.get("DELETE") and row.get("name")]
        kept.sort(key=lambda row: row.get("position") or 0)
        return [NewCriterion(row["name"].strip(), row["kind"], row["weight"]) for row in kept]


class CriterionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    def has_changed(self) -> bool:
        # One without a name is a row that was left empty, whatever its other fields begin with.
        return bool(self.data.get(self.add_prefix("name"), "").strip()) if self.is_bound else super().has_changed()


class CriteriaInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    model = Criterion
    form = CriterionForm
    formset = CriteriaFormSet
    fields = ("name", "kind", "weight", "position")
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    min_num = 1
    extra = 3
    max_num = MOST_CRITERIA

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, validate_min=True, validate_max=True, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Criterion]:
        asked: QuerySet[Criterion] = super().get_queryset(request).filter(version=F("scorecard__version"))
        return asked.order_by("position")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_keep_scorecards(request.user)  # type: ignore[arg-type]  # staff

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Scorecard)
class ScorecardAdmin(TetherAdmin):
    """Others than administrators read them; scores keep the criteria of their version."""

    who_adds = who_changes = StaffWho(may_keep_scorecards)
    come_from = "Administrators add them."
    list_display = ("name", "version", "is_archived")
    list_select_related = ("organization",)
    list_filter = ("is_archived",)
    search_fields = ("name",)
    search_help_text = "Name"
    ordering = ("key",)
    fieldsets = ((None, {"fields": ("name", "is_archived")}),)
    inlines = (CriteriaInline,)
    change_form_template = "admin/calls/scorecard/page.html"

    def save_model(self, request: HttpRequest, obj: Scorecard, form: Any, change: bool) -> None:
        """With its criteria, below."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        user: Any = request.user
        scorecard: Scorecard = form.instance
        criteria = formsets[0].asked()
        name, is_archived = form.cleaned_data["name"], form.cleaned_data["is_archived"]
        if change:
            update_scorecard(
                user=user,
                organization_id=scorecard.organization_id,
                scorecard_id=scorecard.pk,
                changes={"name": name, "is_archived": is_archived, "criteria": criteria},
            )
            return
        made = create_scorecard(
            user=user,
            organization_id=scorecard.organization_id,
            name=name,
            criteria=criteria,
            is_archived=is_archived,
        )
        scorecard.pk, scorecard._state.adding = made.pk, False

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        # The rows of the formset are not those that were written.
        return super().construct_change_message(request, form, [], add)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        scorecard = context.get("original")
        if scorecard is not None:
            context["averages"] = _averages(scorecard, request.user)
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response


def _averages(scorecard: Scorecard, user: Any) -> dict[str, Any]:
    """Of agents, by scores of the last days, as unfold's table takes it; the most scored first. One statement."""
    since = timezone.now() - timedelta(days=_DAYS)
    scores = CallScore.objects.of_organization(scorecard.organization_id).filter(
        scorecard_id=scorecard.pk, created_at__gte=since
    )
    if (sight := sight_of(user)) is not None:
        scores = scores.filter(call_id__in=ids_of_seen(sight))
    by_agent = scores.values("call__ai_agent_id", "call__ai_agent__name", "call__agent_name").annotate(
        scores=Count("pk"), average=Avg("percent")
    )
    rows = [
        [each["call__ai_agent__name"] or each["call__agent_name"] or "No agent", each["scores"], _percent(each)]
        for each in by_agent.order_by("-scores", "call__ai_agent__name")[:_AGENTS]
    ]
    return {"headers": ["Agent", "Scores", "Average"], "rows": rows}


def _percent(group: dict[str, Any]) -> str:
    return f"{group['average']:.1f} %"
