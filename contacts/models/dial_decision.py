from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.db.models import Q

from contacts.models.consent import CallPurpose
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class DialPath(models.TextChoices):
    """By which way somebody asked to dial."""

    USER = "user", "User's request"
    PARTNER = "partner", "Partner's request"
    SCHEDULED = "scheduled", "Scheduled call"
    CALL_BACK = "call_back", "Agent's call-back"
    REMINDER = "reminder", "Reminder"
    BROWSER = "browser", "Browser"


class ImmutableDecisionError(TypeError):
    """A decision was to be rewritten."""


class DialDecisionQuerySet(OrganizationQuerySet["DialDecision"]):
    """Decisions are added, and nothing else."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmutableDecisionError("Decisions are neither changed nor deleted")

    update = delete = bulk_update = _refuse


class DialDecision(ObjectIdModel):
    """That somebody asked to dial a number, what every rule said then, and what came of it: for good.

    The database refuses to change it, PostgreSQL to delete it as well. One change alone is left, once: a person's data
    is erased, and a pseudonym takes the number's place. Who asked is kept by id: they may leave, this stays.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(help_text="When it was decided.")
    path = models.CharField(max_length=9, choices=DialPath)
    purpose = models.CharField(max_length=9, choices=CallPurpose)
    phone_number = models.CharField(max_length=32, help_text="E.164; a pseudonym, once the person's data is erased.")
    user_id = ObjectIdField(null=True, help_text="On whose behalf.")
    api_key_id = ObjectIdField(null=True)
    agent_id = ObjectIdField(null=True, help_text="Which agent was to call.")
    scheduled_call_id = ObjectIdField(null=True)
    call_id = ObjectIdField(null=True, help_text="The call that was made, or that was refused to a browser.")
    is_allowed = models.BooleanField("allowed")
    code = models.CharField(max_length=40, blank=True, help_text="Why not.")
    next_allowed_at = models.DateTimeField(null=True, help_text="When nothing would be in the way, as far as known.")
    rules = models.JSONField(help_text="What each rule said.")
    facts = models.JSONField(help_text="All that the rules looked at.")
    # 1, 2, 3 … of one number: of two who are after the last attempt that there may be, one gets the next one.
    attempt = models.PositiveIntegerField(null=True, help_text="Of this number, where attempts are limited.")
    erased_at = models.DateTimeField(null=True, help_text="When the number went.")

    objects: ClassVar[DialDecisionQuerySet] = DialDecisionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "decision"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "phone_number", "attempt"], name="one_decision_per_number_and_attempt"
            ),
            models.UniqueConstraint(fields=["organization", "call_id"], name="one_decision_per_call"),
            models.CheckConstraint(condition=Q(path__in=DialPath.values), name="decision_path_known"),
            models.CheckConstraint(condition=Q(purpose__in=CallPurpose.values), name="decision_purpose_known"),
            models.CheckConstraint(
                condition=Q(is_allowed=True, code="", call_id__isnull=False) | (Q(is_allowed=False) & ~Q(code="")),
                name="decision_says_why_or_which_call",
            ),
            models.CheckConstraint(
                condition=Q(attempt=None) | Q(is_allowed=True, attempt__gte=1), name="decision_attempts_are_dialled"
            ),
        )
        indexes = (
            models.Index(fields=["organization", "-id"], name="decision_newest"),
            models.Index(
                fields=["organization", "phone_number", "-at"],
                condition=Q(is_allowed=True),
                name="decision_attempts_of_number",
            ),
        )

    def __str__(self) -> str:
        return f"{self.phone_number}, {'allowed' if self.is_allowed else 'refused'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ImmutableDecisionError("Decisions are not changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmutableDecisionError("Decisions are not deleted")
