"""Old calls are redacted by what their organization does not keep now: started, watched, canceled."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from calls.models import RedactionRun
from calls.services.redacting.start import cancel_redaction, start_redaction
from tether_calls.accounts.models import Organization
from tether_calls.accounts.roles import may_handle_privacy
from tether_calls.common.admin import MadeFilter, OrganizationForm, StaffWho, TetherAdmin
from tether_calls.common.admin.display import NOTHING, labelled, link_to, moment, table
from tether_calls.common.errors import ERRORS, ErrorCode
from tether_calls.common.redacted_kinds import in_words, names_of

_WHAT_IT_DOES = (
    "All that was kept until now is masked by what the organization does not keep; nothing brings it back. Calls that a"
    " legal hold covers stay as they are."
)
_STATES = {"Queued": "info", "Running": "warning", "Done": "success", "Canceled": "info", "Failed": "danger"}


class RedactionForm(OrganizationForm):
    """There is nothing to be filled in: it goes by what the organization does not keep."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        organization = (
            cleaned.get("organization") or Organization.objects.filter(pk=self.instance.organization_id).first()
        )
        if organization is not None:
            self.instance.kinds = names_of(organization.redacts)
            if not self.instance.kinds:
                self.add_error(None, f"{ERRORS[ErrorCode.NOTHING_TO_REDACT].message}.")
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # Where one is under way already the service answers with that one, and the constraint is not asked.
        return {*super()._get_validation_exclusions(), "organization"}


@admin.register(RedactionRun)
class RedactionRunAdmin(TetherAdmin):
    who_views = who_adds = StaffWho(may_handle_privacy)
    form = RedactionForm
    list_display = ("at", "masks", "stands", "progress", "changed", "by")
    list_select_related = ("organization", "started_by")
    page_select_related = ("organization", "started_by", "canceled_by")
    list_filter = (("state", ChoicesDropdownFilter), ("created_at", MadeFilter))
    actions = ("cancel",)
    autocomplete_fields = ("organization",)
    fieldsets = (
        (None, {"fields": (("at", "by"), "masks", ("stands", "progress"), ("finished", "ended_by"))}),
        ("Places", {"fields": ("found",)}),
    )
    add_fieldsets = ((None, {"fields": (), "description": _WHAT_IT_DOES}),)
    readonly_fields: ClassVar[tuple[str, ...]] = (
        *("at", "masks", "stands", "progress", "finished", "by", "ended_by", "found"),
    )

    def save_model(self, request: HttpRequest, obj: RedactionRun, form: Any, change: bool) -> None:
        user: Any = request.user
        started = start_redaction(user=user, organization_id=obj.organization_id)
        obj.pk, obj.kinds, obj._state.adding = started.run.pk, started.run.kinds, False

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, queryset: QuerySet[RedactionRun]) -> None:
        user: Any = request.user
        runs = [run for run in queryset if run.state in RedactionRun.UNFINISHED]
        for run in runs:
            cancel_redaction(user=user, organization_id=run.organization_id, run_id=run.pk)
        messages.success(request, f"{len(runs)} canceled; what is masked stays so.")

    @admin.display(description="Started")
    def at(self, run: RedactionRun) -> str:
        return moment(run.created_at)

    @admin.display(description="Masks")
    def masks(self, run: RedactionRun) -> str:
        return in_words(run.kinds) or NOTHING

    @labelled("State", _STATES)
    def stands(self, run: RedactionRun) -> str:
        return run.get_state_display()

    @admin.display(description="Looked at")
    def progress(self, run: RedactionRun) -> str:
        total = run.sum_of("total")
        return f"{run.sum_of('done'):,} of {total:,}" if total else NOTHING

    @admin.display(description="Masked in")
    def changed(self, run: RedactionRun) -> str:
        return f"{run.sum_of('changed'):,}"

    @admin.display(description="Finished")
    def finished(self, run: RedactionRun) -> str:
        return moment(run.finished_at)

    @admin.display(description="By")
    def by(self, run: RedactionRun) -> SafeString | str:
        return link_to(run.started_by)

    @admin.display(description="Canceled by")
    def ended_by(self, run: RedactionRun) -> SafeString | str:
        return link_to(run.canceled_by)

    @admin.display(description="Looked at, masked, kept by legal holds")
    def found(self, run: RedactionRun) -> SafeString | str:
        rows = [entry for entry in run.places if entry["total"]]
        if not rows:
            return NOTHING
        return table(
            ("Place", "Rows", "Looked at", "Masked in", "Kept"),
            ((row["title"], row["total"], row["done"], row["changed"], row["kept"]) for row in rows),
        )
